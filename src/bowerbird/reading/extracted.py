"""What reading a body gives, whatever kind of body it is."""

from dataclasses import dataclass, field
from typing import Literal

from bowerbird.reading.links import Link
from bowerbird.reading.structured import ItemFields

Kind = Literal["html", "pdf", "docx", "markdown", "text", "feed"]

MAX_TITLE_CHARS = 300


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page says. `text` is in the format of `acquire.blocks`; dates are ISO 8601 in UTC or empty."""

    kind: Kind
    title: str
    text: str  # empty for a page that only leads on to others
    lang: str = ""  # the primary subtag that the page states: "en"
    links: tuple[Link, ...] = ()
    canonical: str | None = None  # normalised, and not the page's own address
    noindex: bool = False  # the site asks that nothing of this page be stored; its links may still lead on
    nofollow: bool = False
    published: str = ""
    modified: str = ""
    item: ItemFields = field(default_factory=ItemFields)
    needs_scripts: bool = False  # next to nothing is shown until the page's scripts have run
    page_starts: tuple[int, ...] = ()  # of a PDF: the offset in `text` at which each of its pages begins
