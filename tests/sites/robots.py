"""Files of robots.txt that are strict, broken, huge or elsewhere."""

from collections.abc import Iterator
from itertools import pairwise

from tests.sites.speaker import Reply
from tests.sites.web import Web

TEXT = "text/plain; charset=utf-8"
PATH = "/robots.txt"


def says(web: Web, rules: str) -> str:
    """The URL of a robots.txt with these rules."""
    return web.page(PATH, rules, content_type=TEXT)


def forbids_everything(web: Web) -> str:
    """The URL of a robots.txt that wants nobody."""
    return says(web, "User-agent: *\nDisallow: /\n")


def fails(web: Web, *, status: int = 500) -> str:
    """The URL of a robots.txt that cannot be read: RFC 9309 takes 5xx as a complete "no" and 4xx as "yes"."""
    return web.status(PATH, status)


def huge(web: Web, *, size_bytes: int = 600_000, rule: str = "/late") -> str:
    """The URL of a robots.txt whose last rule lies beyond the 500 KiB that RFC 9309 asks a crawler to read."""
    filler = "# This line is here to be long and to say nothing whatever.\n"
    early = "User-agent: *\nDisallow: /early\n"
    return says(web, early + filler * (size_bytes // len(filler)) + f"User-agent: *\nDisallow: {rule}\n")


def redirects(web: Web, rules: str, *, hops: int = 2) -> str:
    """The URL of a robots.txt that is that many redirects away; RFC 9309 asks a crawler to follow five."""
    steps = [PATH, *(f"/moved/{n}/robots.txt" for n in range(1, hops)), "/real/robots.txt"]
    for here, there in pairwise(steps):
        web.redirect(here, there)
    web.page(steps[-1], rules, content_type=TEXT)
    return web.url + PATH


def is_html(web: Web) -> str:
    """The URL of a robots.txt that is really the front page, as on many sites."""
    return web.page(PATH, "<!doctype html><title>Welcome</title><p>Disallow: / is only text here.")


def is_binary(web: Web) -> str:
    """The URL of a robots.txt of random bytes with one rule among them."""
    noise = bytes(range(256)) * 8
    body = b"\xef\xbb\xbfUser-agent: *\r" + noise.replace(b"\n", b"") + b"\nDisallow: /secret\n"
    return web.page(PATH, body, content_type=TEXT)


def hangs(web: Web) -> str:
    """The URL of a robots.txt that never comes."""
    return web.hang(PATH)


def is_endless(web: Web) -> str:
    """The URL of a robots.txt that does not end."""

    def lines() -> Iterator[bytes]:
        yield b"User-agent: *\nDisallow: /early\n"
        while True:
            yield b"# more\n" * 5000

    return web.route(PATH, lambda _: Reply(lines(), headers={"Content-Type": TEXT}))
