"""The pages and the API over HTTP."""

from bowerbird.web.app import create_app

__all__ = ["create_app"]
