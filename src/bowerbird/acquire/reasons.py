"""Why a URL was not kept (A4): the one list of reasons, each with a sentence for people."""

from enum import StrEnum

__all__ = ["Reason"]


class Reason(StrEnum):
    """A word of the coverage report; `sentence` says it in full."""

    ROBOTS = "robots"
    BUDGET = "budget"
    OFF_HOST = "off-host"
    DUPLICATE = "duplicate"
    NOT_RELEVANT = "not relevant"
    TOO_LARGE = "too large"
    TYPE = "type"
    ERROR = "error"
    EMPTY = "empty"
    SCRIPTS = "needs javascript"
    NOINDEX = "noindex"
    NOFOLLOW = "nofollow"
    TRAP = "trap"
    REFUSED = "refused"
    INVALID = "invalid"

    @property
    def sentence(self) -> str:
        """What it means, for the person who reads the report."""
        return _SENTENCES[self]


_SENTENCES = {
    Reason.ROBOTS: "The site's robots.txt asks crawlers not to fetch it.",
    Reason.BUDGET: "A limit was reached first: pages, depth, time or bytes; or the job was cancelled before its turn.",
    Reason.OFF_HOST: "It belongs to another site than the one that was asked for.",
    Reason.DUPLICATE: (
        "It says what another page says, leads to a page that is kept under its own address, or has another row's id."
    ),
    Reason.NOT_RELEVANT: "It was never fetched: gathering stopped when new pages added little to the goal.",
    Reason.TOO_LARGE: "It is larger than the limit for one page, packed or unpacked.",
    Reason.TYPE: "It is not a kind of page that is read, such as an image, a video or an archive.",
    Reason.ERROR: "It could not be read: the site did not answer, also after trying again, or the file is broken.",
    Reason.EMPTY: "There is no text in it.",
    Reason.SCRIPTS: (
        "It shows nothing until its JavaScript has run, which did not happen; why stands beside it. Chromium, where it"
        " is installed, runs it."
    ),
    Reason.NOINDEX: "The page asks not to be kept (noindex).",
    Reason.NOFOLLOW: "It was only linked with the request not to follow the link (nofollow).",
    Reason.TRAP: "Its address is one of endlessly many that the site makes up, such as a calendar's.",
    Reason.REFUSED: "It is at a private or otherwise forbidden network address, or a link that may lead anywhere.",
    Reason.INVALID: "It is not written as expected; what was seen stands beside it.",
}
