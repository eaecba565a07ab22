"""
What a body says: bytes in, a frozen `Extracted` out, whatever the bytes are.

    HTML      main text, links, directives, item fields         PDF          text by page
    Markdown, plain text, Word documents (DOCX)                 RSS, Atom    entries and their links

Nothing here waits or reads anything but its arguments, and the only error is `Refused`. The caps keep one page to
seconds; for the open web call this in a process that can be killed when a deadline passes.
"""

from collections.abc import Sequence
from dataclasses import replace

from bowerbird.reading.directives import read_directives
from bowerbird.reading.docx import extract_docx
from bowerbird.reading.extracted import Extracted
from bowerbird.reading.feeds import extract_feed
from bowerbird.reading.html import extract_html
from bowerbird.reading.kinds import kind_of
from bowerbird.reading.pdf import extract_pdf
from bowerbird.reading.plain import extract_markdown, extract_plain
from bowerbird.reading.refused import Refused


def extract(
    body: bytes, *, url: str, content_type: str = "", x_robots_tag: Sequence[str] = (), agent: str = "bowerbird"
) -> Extracted:
    """
    What the body that came from `url` says; `agent` is the product token that directives may address.

    Raises `Refused`: `empty` (no text), `type` (not a kind we read, or not what it claims to be), `too large`,
    `error` (broken).
    """
    if not body.strip():
        raise Refused("empty", "a body without a byte")
    try:
        return _extract(body, url=url, content_type=content_type, x_robots_tag=x_robots_tag, agent=agent)
    except (RecursionError, MemoryError) as exc:
        raise Refused("error", f"it cannot be read: {type(exc).__name__}") from exc


def _extract(body: bytes, *, url: str, content_type: str, x_robots_tag: Sequence[str], agent: str) -> Extracted:
    match kind_of(body, url=url, content_type=content_type):
        case "html":
            return extract_html(body, url=url, content_type=content_type, x_robots_tag=x_robots_tag, agent=agent)
        case "pdf":
            found = extract_pdf(body, url=url)
        case "docx":
            found = extract_docx(body, url=url)
        case "feed":
            found = extract_feed(body, url=url)
        case "markdown":
            found = extract_markdown(body, url=url, content_type=content_type)
        case "text":
            found = extract_plain(body, url=url, content_type=content_type)
    directives = read_directives((), x_robots_tag, agent=agent)
    return replace(found, noindex=directives.noindex, nofollow=directives.nofollow)
