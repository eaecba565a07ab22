"""
What a page says: its bytes read in the reading processes, after its scripts have run where it needs them (A12).

    bytes ──► read ──► says something ────────────────────────────► that
                  └──► needs its scripts ──► rendered ──► read again ──► that
                                        └──► could not be ──► what the bytes say, with why

A page that needs its scripts is the same on the wire whatever it shows. So its validators are not kept and its bytes
are never taken for unchanged: each crawl reads it afresh, and the text alone decides whether it says something new.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bowerbird.acquire.rendering.page import Shell, Unrendered
from bowerbird.acquire.rendering.renderers import Drawn
from bowerbird.reading import Readers, Refused, unpack
from bowerbird.settings import RenderMode

__all__ = ["Body", "PageReader", "Reading"]

# In place of the hash of a body: of a page that was rendered, and of one that should have been.
RENDERED = "rendered"
UNRENDERED = "unrendered"


@dataclass(frozen=True, slots=True)
class Body:
    """A page as it came over the wire."""

    url: str
    content_type: str
    encodings: str
    x_robots_tag: str | None
    packed: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What was read: one of `said`, `is_same` (the bytes are those of last time) and `refused`.

    `detail` is for people; `size_bytes` came over the wire while the page was rendered; `leads_to` is where its scripts
    went instead of showing anything.
    """

    said: Mapping[str, Any] = field(default_factory=dict[str, Any])
    is_same: bool = False
    refused: Refused | None = None
    detail: str = ""
    size_bytes: int = 0
    leads_to: str | None = None
    has_validators: bool = True  # False: what the site says of its bytes tells nothing of what the page shows


class Renders(Protocol):
    """Runs the scripts of a page; raises Unrendered."""

    async def render(self, shell: Shell) -> Drawn: ...


class PageReader:
    """Reads the pages of one crawl."""

    def __init__(self, readers: Readers, renderers: Renders, *, mode: RenderMode, agent: str, cap_bytes: int) -> None:
        self._readers = readers
        self._renderers = renderers
        self._mode = mode
        self._agent = agent
        self._cap_bytes = cap_bytes

    def asks_whole(self, body_hash: str | None) -> bool:
        """True if a page must be asked for whole, whatever validators are known of it."""
        return self._mode == "always" or body_hash in (RENDERED, UNRENDERED)

    async def read(self, body: Body, known_hash: str | None) -> Reading:
        """What the page says; `known_hash` is of its body when it was last read."""
        first = await self._read(body, None if self.asks_whole(known_hash) else known_hash)
        if not self._should_render(first):
            return self._unrendered(first, "rendering is off") if _needs_scripts(first) else first
        try:
            packed, encodings = body.packed, body.encodings
            shell = Shell(body.url, body.content_type, unpack(packed, encodings, cap_bytes=self._cap_bytes))
            drawn = await self._renderers.render(shell)
        except (Unrendered, Refused) as exc:
            if known_hash == RENDERED:  # what it showed then says more than its bytes do now
                return Reading(refused=Refused("error", f"it needs JavaScript, but {exc}"))
            return self._unrendered(first, str(exc))
        return await self._read_drawn(body, drawn)

    async def _read_drawn(self, body: Body, drawn: Drawn) -> Reading:
        html = replace(
            body,
            content_type="text/html; charset=utf-8",
            encodings="",
            packed=drawn.page.html.encode("utf-8", "replace"),
        )
        second = replace(await self._read(html, None), size_bytes=drawn.size_bytes, has_validators=False)
        if second.refused is not None or (_needs_scripts(second) and drawn.page.leads_to):
            refused = second.refused or Refused("empty", "")
            why = f"{refused.detail}, also after its scripts have run" if refused.detail else ""
            reason = "empty" if refused.reason == "needs javascript" else refused.reason
            return replace(second, refused=Refused(reason, why), leads_to=drawn.page.leads_to)
        return replace(second, said={**second.said, "body_hash": RENDERED}, detail="rendered with Chromium")

    def _should_render(self, reading: Reading) -> bool:
        if self._mode == "never" or reading.said.get("noindex"):
            return False
        is_html = reading.said.get("kind") == "html" or _needs_scripts(reading)
        return is_html and (self._mode == "always" or _needs_scripts(reading))

    def _unrendered(self, reading: Reading, why: str) -> Reading:
        """What its bytes say, if anything, to be read again next time."""
        detail = f"it needs JavaScript, but {why}" if _needs_scripts(reading) else f"not rendered: {why}"
        if reading.refused is not None:
            return replace(reading, refused=Refused(reading.refused.reason, detail))
        return replace(reading, said={**reading.said, "body_hash": UNRENDERED}, detail=detail, has_validators=False)

    async def _read(self, body: Body, known_hash: str | None) -> Reading:
        ask = {
            "what": "page",
            "url": body.url,
            "content_type": body.content_type,
            "encodings": body.encodings,
            "x_robots_tag": [] if body.x_robots_tag is None else [body.x_robots_tag],
            "agent": self._agent,
            "cap_bytes": self._cap_bytes,
            "known_hash": known_hash,
        }
        try:
            said = await self._readers.read(ask, body.packed)
        except Refused as refused:
            return Reading(refused=refused)
        return Reading(is_same=True) if said.get("same") else Reading(said=said)


def _needs_scripts(reading: Reading) -> bool:
    if reading.refused is not None:
        return reading.refused.reason == "needs javascript"
    return bool(reading.said.get("needs_scripts"))
