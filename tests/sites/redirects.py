"""Redirects that lead nowhere, too far, or where nobody should go."""

from itertools import pairwise

from tests.sites.speaker import Reply, Visit
from tests.sites.web import Web

# Every spelling of an address that a crawler must refuse: this machine, private networks, clouds' metadata.
PRIVATE_URLS = (
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://[::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[fe80::1]/",
    "http://[64:ff9b::a00:1]/",
    "http://2130706434/",  # 127.0.0.2 in decimal
    "http://0x7f000002/",
    "http://0177.0.0.2/",
    "http://127.2/",
    "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/",  # becomes 169.254.169.254 when a browser normalises it
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "ftp://127.0.0.1/",
)


def loop(web: Web, *, length: int = 2, path: str = "/loop") -> str:
    """The URL of the first of `length` pages, each of which redirects to the next, and the last to the first."""
    ring = [f"{path}/{n}" for n in range(length)]
    for here, there in pairwise([*ring, ring[0]]):
        web.redirect(here, there, status=302)
    return web.url + ring[0]


def growing_loop(web: Web, *, path: str = "/growing") -> str:
    """The URL of a page that redirects to itself with a longer query each time, so that no URL comes twice."""

    def longer(visit: Visit) -> Reply:
        return Reply(status=302, headers={"Location": f"{visit.target}{'&' if '?' in visit.target else '?'}n=1"})

    return web.route(path, longer)


def chain(web: Web, *, length: int = 5, path: str = "/chain", html: str = "<p>The end of the chain.") -> str:
    """The URL that leads to a page after exactly `length` redirects."""
    for n in range(length):
        web.redirect(f"{path}/{n}", f"{path}/{n + 1}", status=(301, 302, 303, 307, 308)[n % 5])
    web.page(f"{path}/{length}", html)
    return f"{web.url}{path}/0"


def to_private(web: Web, target: str = PRIVATE_URLS[0], *, path: str = "/inside") -> str:
    """The URL of a harmless page that redirects to an address inside."""
    return web.redirect(path, target, status=302)


def nowhere(web: Web, *, path: str = "/nowhere") -> str:
    """The URL of a redirect without a `Location`."""
    return web.status(path, 301)


def broken(web: Web, *, path: str = "/broken-location") -> str:
    """The URL of a redirect to something that is not a URL."""
    return web.redirect(path, "http://[broken", status=302)


def meta_refresh(web: Web, target: str, *, path: str = "/refresh") -> str:
    """The URL of a page that moves on by `<meta http-equiv=refresh>`."""
    return web.page(
        path,
        f'<!doctype html><meta http-equiv="refresh" content="0; URL=\'{target}\'"><title>Moved</title><p>Moved.',
    )
