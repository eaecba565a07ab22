"""What a writer hands to the verifier: claims, each with the places that should prove it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.answer.sentences import Sentence

__all__ = ["Draft", "DraftClaim", "Quote", "joined_drafts", "quote_of"]


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in a stored version and what the writer read there."""

    version: int
    start: int
    end: int
    text: str

    @property
    def span(self) -> tuple[int, int, int]:
        """Where it is: version, start, end."""
        return (self.version, self.start, self.end)


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """One sentence as it would be read, and what it rests on."""

    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it was verified; without claims the writer found nothing that answers."""

    claims: tuple[DraftClaim, ...]
    ranked: tuple[Quote, ...]  # the sentences that were considered, best first
    near: tuple[Quote, ...]  # those to show when nothing answers
    sure: float  # that the sentences answer the question, from 0 to 1
    words: str  # what was done, for a reader
    notice: str = ""  # what the reader should know about how it was written
    written_by: str = ""  # the language model; empty: the sentences are the pages' own
    fell_back: bool = False  # a model should have written it, and these are quotes


def quote_of(sentence: Sentence) -> Quote:
    """The place of a sentence."""
    return Quote(sentence.passage.version, sentence.start, sentence.end, sentence.text)


def joined_drafts(drafts: Sequence[Draft]) -> Draft:
    """The drafts of a question's parts as one, no claim twice."""
    return Draft(
        claims=tuple(dict.fromkeys(claim for draft in drafts for claim in draft.claims)),
        ranked=tuple(dict.fromkeys(quote for draft in drafts for quote in draft.ranked)),
        near=tuple(dict.fromkeys(quote for draft in drafts for quote in draft.near)),
        sure=max((draft.sure for draft in drafts), default=0.0),
        words="; ".join(draft.words for draft in drafts),
        written_by=next((draft.written_by for draft in drafts if draft.written_by), ""),
        fell_back=any(draft.fell_back for draft in drafts),
    )
