"""
Prints `docs/reference/openapi.json`, the description of the API.

    python -m bowerbird.web.openapi > docs/reference/openapi.json
"""

import json
import sys

from bowerbird.settings import Settings
from bowerbird.web.app import create_app

__all__ = ["reference"]


def reference() -> str:
    """The document as text; the same whatever the settings are."""
    return json.dumps(create_app(Settings()).openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
