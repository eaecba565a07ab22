"""
The verifier: what the records hold at each place, whether that says what the claim says, and which pages say otherwise.

It trusts nothing that the writer says of its quotes: it reads the stored versions itself.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import sqlalchemy as sa

from bowerbird.agents import Agent, Codec, codec_of
from bowerbird.answer.answer import Citation, Claim, Conflict, Side
from bowerbird.answer.conflicts import Disagreement, disagreements
from bowerbird.answer.context import context_of
from bowerbird.answer.draft import Draft, DraftClaim, Quote, quote_of
from bowerbird.answer.found import Found
from bowerbird.answer.sentences import Sentence
from bowerbird.answer.verify import verify
from bowerbird.kernel.nouns import PassageText, Scope
from bowerbird.kernel.paging import page_number
from bowerbird.knowledge.words import is_english
from bowerbird.models.entail import installed_entailment
from bowerbird.records import Records, visible
from bowerbird.records.tables import pages, versions

__all__ = ["Checking", "Near", "Proof", "Verifier"]

# Passages of these ranks are looked at for conflicts; those far down are about something else.
CONFLICT_PASSAGES = 8
SHOWN = ("supported", "partial")


@dataclass(frozen=True, slots=True)
class Checking:
    """What the verifier is given."""

    draft: Draft
    found: Found


@dataclass(frozen=True, slots=True)
class Near:
    """A sentence that does not answer, and is the nearest there is."""

    text: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Proof:
    """What is left of a draft."""

    claims: tuple[Claim, ...]  # supported, or partly
    left_out: tuple[Claim, ...]  # what the writer said and its quotes do not hold
    conflicts: tuple[Conflict, ...]
    near: tuple[Near, ...]

    def describe(self) -> str:
        """What came of it, in words for a reader."""
        told = [_of_claims(self.claims)] if self.claims else ["nothing to verify"]
        if self.left_out:
            told.append(f"{len(self.left_out)} left out")
        if self.conflicts:
            told.append("1 conflict" if len(self.conflicts) == 1 else f"{len(self.conflicts)} conflicts")
        return ", ".join(told)


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks drafts against the records."""

    records: Records

    def agent(self, scope: Scope, found: Codec[Found]) -> Agent[Checking, Proof]:
        """The verifier at work for one asker."""
        draft = codec_of(Draft)

        async def work(given: Checking) -> Proof:
            return await asyncio.to_thread(self._prove, given, scope)

        return Agent(
            name="verifier",
            duty="Reads each quote in the stored page, judges each claim by it, and looks for pages that differ.",
            takes=Codec(
                lambda given: {"draft": draft.write(given.draft), "found": found.write(given.found)},
                lambda body: Checking(draft.read(body["draft"]), found.read(body["found"])),
            ),
            gives=codec_of(Proof),
            deadline_s=10.0,
            work=work,
            score=_share_supported,
        )

    def _prove(self, given: Checking, scope: Scope) -> Proof:
        draft = given.draft
        doubted = _doubted(draft, given.found) if draft.claims else []
        sides = [quote_of(side) for each in doubted for side in (each.one, each.other)]
        quotes = [*(quote for claim in draft.claims for quote in claim.quotes), *draft.near, *sides]
        stored = self.records.read(partial(_stored, versions_of=quotes, scope=scope))
        number = _Numbers(stored, [hit.passage for hit in given.found.hits])
        # A page that was closed to the asker since it was found is in none of what they are told, left out or not.
        may_be_told = [claim for claim in draft.claims if all(quote.version in stored for quote in claim.quotes)]
        judged = [_judged(claim, number) for claim in may_be_told]
        shown = tuple(claim for claim in judged if claim.verdict in SHOWN)
        conflicts = [_conflict(each, number) for each in doubted] if shown else []
        near = () if shown else tuple(one for quote in draft.near if (one := _near(quote, number)) is not None)
        return Proof(
            claims=shown,
            left_out=tuple(claim for claim in judged if claim.verdict not in SHOWN),
            conflicts=tuple(conflict for conflict in conflicts if conflict is not None),
            near=near,
        )


@dataclass(frozen=True, slots=True)
class _Stored:
    """A version as the records hold it."""

    text: str
    title: str
    url: str
    at: float  # when the page was published or, failing that, gathered
    page_starts: Sequence[int] | None
    language: str


class _Numbers:
    """Citations of what the records confirm, numbered in the order in which they are first cited."""

    def __init__(self, stored: Mapping[int, _Stored], passages: Sequence[PassageText]) -> None:
        self._stored = stored
        self._passages = passages
        self._given: dict[tuple[int, int, int], int] = {}

    def cite(self, quote: Quote) -> Citation | None:
        """The citation of a quote; None when the records hold something else at its place."""
        version = self._stored.get(quote.version)
        if version is None or not quote.text or version.text[quote.start : quote.end] != quote.text:
            return None
        passage = self._passage_of(quote)
        context = context_of(version.text, quote.start, passage)
        return Citation(
            n=self._given.setdefault(quote.span, len(self._given) + 1),
            quote=quote.text,
            url=version.url,
            title=version.title,
            version=quote.version,
            start=quote.start,
            end=quote.end,
            heading=context.heading,
            before=context.before,
            page_number=page_number(version.page_starts, quote.start),
            language=version.language if passage is None else passage.language,
        )

    def _passage_of(self, quote: Quote) -> PassageText | None:
        return next(
            (one for one in self._passages if one.version == quote.version and one.start <= quote.start < one.end), None
        )

    def at(self, quote: Quote) -> float:
        """When the page that says it was published or, failing that, gathered."""
        return self._stored[quote.version].at


def _stored(conn: sa.Connection, *, versions_of: Iterable[Quote], scope: Scope) -> dict[int, _Stored]:
    """The versions that are quoted, of those that `scope` may see."""
    rows = conn.execute(_seen_versions(scope), {"wanted": list({quote.version for quote in versions_of})})
    return {
        row.id: _Stored(
            row.text,
            row.title,
            row.url,
            row.published_at or row.fetched_at,
            row.page_starts,
            row.language or "",
        )
        for row in rows
    }


@lru_cache(maxsize=256)
def _seen_versions(scope: Scope) -> sa.Executable:
    """The versions that are `wanted`, if `scope` may see them."""
    return (
        sa.select(
            versions.c.id,
            versions.c.text,
            versions.c.title,
            versions.c.fetched_at,
            versions.c.page_starts,
            versions.c.language,
            pages.c.url,
            pages.c.published_at,
        )
        .join(pages, pages.c.id == versions.c.page)
        .where(versions.c.id.in_(sa.bindparam("wanted", expanding=True)), pages.c.source.in_(visible(scope)))
    )


def _judged(claim: DraftClaim, number: _Numbers) -> Claim:
    """The claim with its verdict by what its quotes hold; a quote that is not there proves nothing and is not cited."""
    citations = tuple(citation for quote in claim.quotes if (citation := number.cite(quote)) is not None)
    if not citations:
        return Claim(claim.text, "unsupported", (), ("nothing that it quotes stands in a stored page",))
    elsewhere = [citation.language for citation in citations if not is_english(citation.language)]
    verdict = verify(
        claim.text,
        [citation.quote for citation in citations],
        entailment=installed_entailment(),
        language=elsewhere[0] if elsewhere else "en",
    )
    return Claim(claim.text, verdict.verdict, citations, verdict.reasons)


def _near(quote: Quote, number: _Numbers) -> Near | None:
    citation = number.cite(quote)
    return None if citation is None else Near(quote.text, citation)


def _doubted(draft: Draft, found: Found) -> list[Disagreement]:
    """Where a page disagrees with what the draft rests on."""
    quotes = [quote for claim in draft.claims for quote in claim.quotes]
    considered = _considered(draft, found)
    # What a sentence denies, and which of its words are values, is known of English alone.
    in_english = [one for one in considered if is_english(one.passage.language)]
    return disagreements([one for one in in_english if any(_holds(one, quote) for quote in quotes)], in_english)


def _holds(sentence: Sentence, quote: Quote) -> bool:
    """Whether the quote is of the sentence, or a part of it is."""
    version, start, end = sentence.span
    return quote.version == version and quote.start < end and start < quote.end


def _considered(draft: Draft, found: Found) -> list[Sentence]:
    """The ranked sentences, then those of the first passages: where a contradiction would matter to the reader."""
    by_span = {sentence.span: sentence for sentence in found.sentences}
    best = [by_span[quote.span] for quote in draft.ranked if quote.span in by_span]
    spans = {sentence.span for sentence in best}
    first = list(dict.fromkeys(sentence.passage.id for sentence in found.sentences))[:CONFLICT_PASSAGES]
    return best + [one for one in found.sentences if one.passage.id in first and one.span not in spans]


def _conflict(doubt: Disagreement, number: _Numbers) -> Conflict | None:
    quotes = [quote_of(doubt.one), quote_of(doubt.other)]
    sides = [Side(cited, number.at(quote)) for quote in quotes if (cited := number.cite(quote)) is not None]
    sides.sort(key=lambda side: -side.at)
    return Conflict(doubt.subject, tuple(sides)) if len(sides) > 1 else None


def _share_supported(proof: Proof) -> float | None:
    judged: Sequence[Claim] = (*proof.claims, *proof.left_out)
    return sum(claim.verdict == "supported" for claim in judged) / len(judged) if judged else None


def _of_claims(claims: Sequence[Claim]) -> str:
    supported = sum(claim.verdict == "supported" for claim in claims)
    return f"{supported} of {len(claims)} sentences supported"
