"""What `bowerbird demo` can show: a site, what to gather it for, and what to ask of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bowerbird.demo.server import DEMO_GOAL, DEMO_QUESTION, DemoPages, SitePages, VendorPages

__all__ = ["PACKS", "Pack"]


@dataclass(frozen=True, slots=True)
class Pack:
    """A site and what is done with it."""

    about: str  # as in "A small site about …"
    pages: Callable[[str], SitePages]
    port: int  # the same each time, so that a second demo meets the same pages again
    goal: str
    question: str
    is_whole: bool = False  # everything is gathered, also what is not of the goal
    table: str = ""  # the goal of a table; then the question is asked of its rows


PACKS: Final[Mapping[str, Pack]] = {
    "learning": Pack("machine learning", DemoPages, 8765, DEMO_GOAL, DEMO_QUESTION),
    "vendors": Pack(
        "wedding vendors who do not exist",
        VendorPages,
        8766,
        "photographers: name, city, style, price from",
        "film photographers in Melbourne under $3,000",
        is_whole=True,
        table="photographers: name, city, style, price from",
    ),
}
