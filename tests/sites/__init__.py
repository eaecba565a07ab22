"""A local web for tests, with every unpleasant thing that a real one does."""

from bowerbird.demo import FolderSite
from tests.sites.speaker import Raw, Reply, Visit
from tests.sites.web import Route, Web

__all__ = ["FolderSite", "Raw", "Reply", "Route", "Visit", "Web"]
