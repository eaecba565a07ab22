"""An answer as it is shown, made from the outside contract's JSON, so that old answers look like new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from bowerbird.web.listings import Link, page_href
from bowerbird.web.queries.conversations import Cited
from bowerbird.web.words import duration, host_and_path, moment

__all__ = [
    "AnswerView",
    "CitationView",
    "ClaimView",
    "ConflictView",
    "SourceView",
    "StepView",
    "answer_view",
    "step_view",
    "versions_in",
]

_VERDICTS: Final = {
    "partial": "partly supported",
    "contradicted": "contradicted by another page",
    "unsupported": "not supported",
}
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CitationView:
    """A number that opens its evidence."""

    n: int
    title: str
    href: str
    fragment_href: str


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One sentence with its verdict and what it rests on; a supported one needs no words."""

    text: str
    verdict: str
    verdict_words: str
    citations: tuple[CitationView, ...]


@dataclass(frozen=True, slots=True)
class SourceView:
    """A cited page below the answer."""

    n: int
    title: str
    href: str
    fragment_href: str
    where: str
    dated: str
    is_stale: bool


@dataclass(frozen=True, slots=True)
class SideView:
    """What one of two pages that disagree says."""

    text: str
    dated: str
    citations: tuple[CitationView, ...]


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Pages that disagree."""

    sides: tuple[SideView, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """What one agent did."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer with its proof."""

    abstained: bool
    text: str
    steps_line: str
    steps: tuple[StepView, ...]
    paragraphs: tuple[tuple[ClaimView, ...], ...]
    left_out: tuple[ClaimView, ...]
    conflicts: tuple[ConflictView, ...]
    nearest: tuple[ClaimView, ...]
    sources: tuple[SourceView, ...]
    follow_ups: tuple[Link, ...]
    gather_href: str
    plain: str


def versions_in(answer: Json) -> set[int]:
    """The page versions that an answer cites anywhere."""
    return {int(citation["version"]) for citation in _all_citations(answer)}


def answer_view(question: str, answer: Json, cited: Mapping[int, Cited], *, now_s: float) -> AnswerView:
    """The answer to `question` as it is shown; `cited` says where its versions are now."""
    shown = [claim for claim in answer["claims"] if claim["verdict"] != "unsupported"]
    left_out = [claim for claim in answer["claims"] if claim["verdict"] == "unsupported"]
    nearest = [one for one in answer["suggestions"] if one.get("citations") or "quote" in one]
    sources = tuple(_source(citation, cited, now_s) for citation in _by_number([*shown, *map(_as_claim, nearest)]))
    return AnswerView(
        abstained=bool(answer["abstained"]),
        text=str(answer["answer"]),
        steps_line=_steps_line(answer),
        steps=tuple(step_view(step) for step in answer["steps"]),
        paragraphs=(tuple(_claim(claim, cited) for claim in shown),) if shown else (),
        left_out=tuple(_claim(claim, cited) for claim in left_out),
        conflicts=tuple(_conflict(conflict, cited, now_s) for conflict in answer["conflicts"]),
        nearest=tuple(_claim(_as_claim(one), cited) for one in nearest),
        sources=sources,
        follow_ups=(),
        gather_href=f"/scraping/new?{urlencode({'scraping-goal': question})}",
        plain=_plain(question, answer, sources),
    )


def _all_citations(answer: Json) -> list[Json]:
    holders: list[Json] = [*answer["claims"], *answer["suggestions"]]
    for conflict in answer["conflicts"]:
        holders.extend(_sides(conflict))
    return [citation for holder in holders for citation in _as_claim(holder)["citations"]]


def _as_claim(one: Json) -> Json:
    """A claim, or a citation on its own, as a claim."""
    if "citations" in one:
        return {"verdict": "supported", "text": one.get("text", ""), **one}
    if "quote" in one and "version" in one:
        return {"verdict": "supported", "text": one["quote"], "citations": [one]}
    return {"verdict": "supported", "text": one.get("text", ""), "citations": []}


def _sides(conflict: Json) -> Sequence[Json]:
    sides: Sequence[Json] = conflict.get("sides") or conflict.get("claims") or ()
    return sides


def _by_number(claims: Sequence[Json]) -> list[Json]:
    by_number: dict[int, Json] = {}
    for claim in claims:
        for citation in claim["citations"]:
            by_number.setdefault(int(citation["n"]), citation)
    return [by_number[n] for n in sorted(by_number)]


def _citation(citation: Json, cited: Mapping[int, Cited]) -> CitationView:
    href, fragment_href = _hrefs(citation, cited)
    return CitationView(int(citation["n"]), _title(citation), href, fragment_href)


def _source(citation: Json, cited: Mapping[int, Cited], now_s: float) -> SourceView:
    href, fragment_href = _hrefs(citation, cited)
    where = cited.get(int(citation["version"]))
    return SourceView(
        n=int(citation["n"]),
        title=_title(citation),
        href=href,
        fragment_href=fragment_href,
        where=host_and_path(str(citation["url"])),
        dated=moment(where.fetched_at, now_s).words if where else "",
        is_stale=where is not None and not where.is_current,
    )


def _hrefs(citation: Json, cited: Mapping[int, Cited]) -> tuple[str, str]:
    """The stored page at the cited span, as a page and as the evidence panel's part of it."""
    version, start, end = int(citation["version"]), int(citation["start"]), int(citation["end"])
    where = cited.get(version)
    if where is None:  # the source is gone, or no longer visible: the live page is all there is
        return str(citation["url"]), ""
    href = page_href(where.page, version, start, end)
    return href, href.replace("#cited", "&fragment=1")


def _title(citation: Json) -> str:
    return str(citation["title"]) or host_and_path(str(citation["url"]))


def _claim(claim: Json, cited: Mapping[int, Cited]) -> ClaimView:
    verdict = str(claim["verdict"])
    return ClaimView(
        text=str(claim["text"]),
        verdict=verdict,
        verdict_words=_VERDICTS.get(verdict, ""),
        citations=tuple(_citation(citation, cited) for citation in claim["citations"]),
    )


def _conflict(conflict: Json, cited: Mapping[int, Cited], now_s: float) -> ConflictView:
    sides: list[SideView] = []
    for side in map(_as_claim, _sides(conflict)):
        dates = [
            cited[int(citation["version"])].fetched_at
            for citation in side["citations"]
            if int(citation["version"]) in cited
        ]
        sides.append(
            SideView(
                text=str(side["text"]),
                dated=moment(max(dates), now_s).words if dates else "",
                citations=tuple(_citation(citation, cited) for citation in side["citations"]),
            )
        )
    return ConflictView(tuple(sides))


def _steps_line(answer: Json) -> str:
    told = [step.value for step in map(step_view, answer["steps"])]
    return " · ".join([*told, duration(float(answer["took_ms"]) / 1000)])


def step_view(step: Json) -> StepView:
    """What one agent did, in words."""
    return StepView(name=str(step.get("agent", "")), value=str(step.get("words", "")))


def _plain(question: str, answer: Json, sources: Sequence[SourceView]) -> str:
    """The answer as text that keeps its citations when it is pasted elsewhere."""
    lines = [question, ""]
    said = [claim for claim in answer["claims"] if claim["verdict"] != "unsupported"]
    lines += [" ".join([str(claim["text"]), *(f"[{c['n']}]" for c in claim["citations"])]) for claim in said]
    urls = {int(c["n"]): str(c["url"]) for c in _by_number(said)}
    lines += ["", *(f"[{source.n}] {source.title}, {urls[source.n]}" for source in sources if source.n in urls)]
    return "\n".join(lines)
