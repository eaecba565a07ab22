"""
The writer with a model: it writes claims and must quote what proves each.

What it says it quotes is looked up in the passages; a claim of which no quote can be found is dropped. Whether the
quotes prove the claim is the verifier's to say, as with every writer. Who wires it falls back to the writer without a
model when this one raises: ModelUnavailable (ModelMisspoke among them), BudgetSpent, DeadlinePassed, NotSupported.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bowerbird.answer.draft import DraftClaim, Quote
from bowerbird.answer.injections import Injection, is_suspect, may_begin_one, suspects
from bowerbird.answer.question import asks_what_to_do
from bowerbird.answer.quoting import locate
from bowerbird.answer.write import tidy
from bowerbird.kernel.nouns import PassageText, Span
from bowerbird.knowledge.spoken import spoken
from bowerbird.knowledge.words import is_english
from bowerbird.models.chat import ChatModel, Message, Request
from bowerbird.models.prompts import marked, new_boundary, prompt
from bowerbird.models.structured import object_in, structured

__all__ = ["ModelWriter", "Written"]

MAX_PASSAGES = 12
MAX_CHARACTERS = 24_000  # of all passages together: about six thousand tokens
MAX_CLAIMS = 8
LEFT_OUT = "[left out]"


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote of which something is left."""

    claims: tuple[DraftClaim, ...]  # none when the passages do not answer
    dropped: int  # claims without a quote that could be found


# What is written is waited for, token by token: a quote names its passage and its first words, and no more.
_CITED = re.compile(r"\s*(?:passage\s*)?(\d{1,3})\s*:\s*(?=\S)", re.IGNORECASE)
_Cited = Annotated[str, Field(min_length=1, max_length=2_000)]


class _Claimed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=1_000)
    quotes: list[_Cited] = Field(max_length=6)


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    claims: list[_Claimed] = Field(max_length=MAX_CLAIMS)


class ModelWriter:
    """Asks a model."""

    def __init__(self, model: ChatModel, *, max_tokens: int) -> None:
        self._model = model
        self._max_tokens = max_tokens

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    async def write(self, question: str, evidence: Sequence[PassageText], *, workspace: str) -> Written:
        """The claims that answer `question` by the passages, best first; raises as the module says."""
        passages = _fitting(evidence)
        if not passages:
            return Written((), dropped=0)
        request = await asyncio.to_thread(_request, question, passages, workspace, self._max_tokens)
        said = await structured(self._model, request, lambda text: object_in(text, _Said))
        return await asyncio.to_thread(_written, said, passages, question, request.boundary)


def _fitting(evidence: Sequence[PassageText]) -> list[PassageText]:
    """The first passages that fit into a prompt; one that is too long is left out, not cut."""
    taken: list[PassageText] = []
    left = MAX_CHARACTERS
    for passage in evidence:
        if len(taken) < MAX_PASSAGES and len(passage.text) <= left:
            taken.append(passage)
            left -= len(passage.text)
    return taken


def _request(question: str, passages: Sequence[PassageText], workspace: str, max_tokens: int) -> Request:
    texts = [_without_orders(passage, question) for passage in passages]
    boundary = new_boundary([question, *texts])
    parts = [marked(text, f"passage {number}", boundary) for number, text in enumerate(texts, 1)]
    # The question comes last: what stands last is heeded most, and must not be a page's.
    user = "\n\n".join([*parts, marked(question, "question", boundary)])
    system = prompt("bowerbird.answer", "writer.md", boundary=boundary)
    return Request(
        messages=(Message("system", system), Message("user", user)),
        workspace=workspace,
        schema=_schema(),
        max_tokens=max_tokens,
        boundary=boundary,
    )


def _without_orders(passage: PassageText, question: str) -> str:
    """Title and text as the model sees them: orders to machines are no evidence of anything, so it sees none."""
    title = f"({passage.title})\n" if passage.title else ""
    is_wary = _is_wary(passage, question)
    # What the title begins is an order only with what follows; a title that has nothing of one begins none.
    if title and may_begin_one(passage.title):
        return _cleared(title + passage.text, is_wary=is_wary)
    return title + _cleared(passage.text, is_wary=is_wary)


def _is_wary(passage: PassageText, question: str) -> bool:
    """
    Whether the model is not to see either what is a little like an order: unless somebody asked what to do.

    How orders are worded, and how people ask what to do, is known of English.
    """
    return is_english(passage.language) and is_english(spoken(question)) and not asks_what_to_do(question)


def _cleared(text: str, *, is_wary: bool) -> str:
    # Weighed as English whatever the page is in: a page in another language may hold an order in this one.
    for order in reversed(suspects(text, is_wary=is_wary)):
        text = f"{text[: order.start]}{LEFT_OUT}{text[order.end :]}"
    return text


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return _Said.model_json_schema()


def _written(said: _Said, passages: Sequence[PassageText], question: str, boundary: str) -> Written:
    claims: list[DraftClaim] = []
    for claim in said.claims:
        text = tidy(claim.text)
        quotes: dict[tuple[int, int, int], Quote] = {}
        for cited in claim.quotes:
            named = _CITED.match(cited)
            words = cited[named.end() :] if named else cited
            found = locate(passages, int(named[1]) if named else 0, words, claim=text)
            if found is None:
                continue
            passage, span = found
            if not _touches(span, suspects(passage.text, is_wary=_is_wary(passage, question))):
                quote = _quote(passage, span)
                quotes[quote.span] = quote
        if text and quotes and boundary not in text and LEFT_OUT not in text and not is_suspect(text):
            claims.append(DraftClaim(text, tuple(quotes.values())))
    return Written(tuple(claims), dropped=len(said.claims) - len(claims))


def _quote(passage: PassageText, span: Span) -> Quote:
    start, end = passage.start + span.start, passage.start + span.end
    return Quote(passage.version, start, end, span.of(passage.text))


def _touches(span: Span, orders: Sequence[Injection]) -> bool:
    return any(order.start < span.end and span.start < order.end for order in orders)
