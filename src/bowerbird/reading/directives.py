"""What a page asks of robots: `<meta name="robots">` and the header X-Robots-Tag, for all agents or for ours."""

from collections.abc import Iterable
from dataclasses import dataclass

_DIRECTIVES_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})


@dataclass(frozen=True, slots=True)
class Directives:
    """Whether a page may be stored, and whether its links may be followed."""

    noindex: bool = False
    nofollow: bool = False


def read_directives(metas: Iterable[tuple[str, str]], x_robots_tag: Iterable[str], *, agent: str) -> Directives:
    """
    The strictest reading of all that applies to `agent` (a product token).

    `metas` are (name, content) of a page's meta elements; `x_robots_tag` are the values of that header.
    """
    said: set[str] = set()
    for name, content in metas:
        if name.strip().lower() in ("robots", agent.lower()):
            said.update(part.strip().lower() for part in content.split(","))
    for header in x_robots_tag:
        said.update(_of_header(header, agent.lower()))
    return Directives(noindex=bool(said & {"noindex", "none"}), nofollow=bool(said & {"nofollow", "none"}))


def _of_header(value: str, agent: str) -> set[str]:
    """The directives of one header; an agent's name with a colon says for whom the ones after it are."""
    said: set[str] = set()
    applies = True
    for part in value.lower().split(","):
        name, colon, rest = part.strip().partition(":")
        if colon and name.strip() not in _DIRECTIVES_WITH_VALUE:
            applies = name.strip() in (agent, "*", "robots")
            name = rest
        if applies:
            said.add(name.strip())
    return said
