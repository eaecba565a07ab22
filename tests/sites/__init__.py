"""
A local web for tests, with every unpleasant thing that a real one does.

    with Web() as web:
        web.site({"/": "<a href=/a>A</a>", "/a": "<p>Text"})
        trap = traps.calendar(web)          # each of these adds something and returns its URL
        ...
        assert web.hits["/a"] == 1

`redirects`, `bodies`, `traps`, `statuses`, `charsets`, `markup`, `documents`, `robots` and `sitemaps` are the kinds of
unpleasantness; `FolderSite` and `DemoSite` (in `bowerbird.demo`) are sites that behave.
"""

from bowerbird.demo import FolderSite
from tests.sites.speaker import Raw, Reply, Visit
from tests.sites.web import Route, Web

__all__ = ["FolderSite", "Raw", "Reply", "Route", "Visit", "Web"]
