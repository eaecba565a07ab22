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
from bowerbird.reading.extracted import Extracted
from bowerbird.reading.kinds import kind_of
from bowerbird.reading.refused import Refused


def extract(
    body: bytes, *, url: str, content_type: str = "", x_robots_tag: Sequence[str] = (), agent: str = "bowerbird"
) -> Extracted:
    """
    What the body that came from `url` says; `agent` is the product token that directives may address.

    Raises `Refused`: `empty` (no text), `needs javascript` (none until its scripts have run), `type` (not a kind we
    read, or not what it claims to be), `too large`, `error` (broken).
    """
    if not body.strip():
        raise Refused("empty", "a body without a byte")
    try:
        return _extract(body, url=url, content_type=content_type, x_robots_tag=x_robots_tag, agent=agent)
    except (RecursionError, MemoryError) as exc:
        raise Refused("error", f"it cannot be read: {type(exc).__name__}") from exc


def _extract(body: bytes, *, url: str, content_type: str, x_robots_tag: Sequence[str], agent: str) -> Extracted:
    # Each kind's libraries are loaded with the first body of it: most processes meet one or two.
    match kind_of(body, url=url, content_type=content_type):
        case "html":
            from bowerbird.reading.html import extract_html

            return extract_html(body, url=url, content_type=content_type, x_robots_tag=x_robots_tag, agent=agent)
        case "pdf":
            from bowerbird.reading.pdf import extract_pdf

            found = extract_pdf(body, url=url)
        case "docx":
            from bowerbird.reading.docx import extract_docx

            found = extract_docx(body, url=url)
        case "feed":
            from bowerbird.reading.feeds import extract_feed

            found = extract_feed(body, url=url)
        case "markdown":
            from bowerbird.reading.plain import extract_markdown

            found = extract_markdown(body, url=url, content_type=content_type)
        case "text":
            from bowerbird.reading.plain import extract_plain

            found = extract_plain(body, url=url, content_type=content_type)
    directives = read_directives((), x_robots_tag, agent=agent)
    return replace(found, noindex=directives.noindex, nofollow=directives.nofollow)
