"""An answer with its proof: the values, and their JSON, which is the outside contract."""

from dataclasses import dataclass
from typing import Any, Final, Literal

__all__ = [
    "VERDICT_WORDS",
    "AgentName",
    "Answer",
    "Citation",
    "Claim",
    "Conflict",
    "Side",
    "Step",
    "Suggestion",
    "VerdictName",
]

AgentName = Literal["planner", "retriever", "writer", "verifier"]
VerdictName = Literal["supported", "partial", "contradicted", "unsupported"]

# A verdict for a reader; a supported sentence needs no words.
VERDICT_WORDS: Final = {
    "partial": "partly supported",
    "contradicted": "contradicted by another page",
    "unsupported": "not supported",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact span of a stored page version: `quote == version_text[start:end]`, in code points."""

    n: int  # the same span has the same number throughout an answer
    quote: str
    url: str
    title: str
    version: int
    start: int
    end: int
    heading: str = ""  # under which it stands
    before: str = ""  # what stands right before it: to be read with it, no part of the proof
    page_number: int | None = None  # in a document that has pages, such as a PDF
    language: str = "en"  # that it is written in, as the primary subtag; empty: not known

    @property
    def shown(self) -> str:
        """All that a reader is shown of it beside the page's title."""
        return "\n".join(filter(None, (self.heading, f"{self.before} {self.quote}".strip())))

    def to_json(self) -> dict[str, Any]:
        """The citation as the outside contract has it."""
        return {
            "n": self.n,
            "quote": self.quote,
            "url": self.url,
            "title": self.title,
            "version": self.version,
            "start": self.start,
            "end": self.end,
            "heading": self.heading,
            "before": self.before,
            "page_number": self.page_number,
            "language": self.language,
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer with what proves it, and what the verifier says of it."""

    text: str
    verdict: VerdictName
    citations: tuple[Citation, ...]
    reasons: tuple[str, ...] = ()  # of the verdict, in words

    def to_json(self) -> dict[str, Any]:
        """The claim as the outside contract has it."""
        return {
            "text": self.text,
            "verdict": self.verdict,
            "citations": [citation.to_json() for citation in self.citations],
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class Side:
    """What one page says in a conflict; `at` is when it was published or, failing that, gathered (seconds, UTC)."""

    citation: Citation
    at: float

    def to_json(self) -> dict[str, Any]:
        """The citation with its date."""
        return {**self.citation.to_json(), "at": self.at}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Pages that agree in words and differ in a value; the newest side first."""

    subject: str
    values: tuple[Side, ...]

    def to_json(self) -> dict[str, Any]:
        """The conflict as the outside contract has it."""
        return {"subject": self.subject, "values": [side.to_json() for side in self.values]}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to look at, or to gather, when there is no answer."""

    kind: Literal["evidence", "crawl"]
    text: str
    citation: Citation | None = None  # of evidence
    goal: str | None = None  # of a crawl

    def to_json(self) -> dict[str, Any]:
        """The suggestion: evidence has the fields of a citation, a crawl a goal."""
        if self.citation is not None:
            return {"kind": self.kind, "text": self.text, **self.citation.to_json()}
        return {"kind": self.kind, "text": self.text, "goal": self.goal, "url": None}


@dataclass(frozen=True, slots=True)
class Step:
    """What one agent did, in words, and how long it took."""

    agent: AgentName
    words: str
    took_ms: float

    def to_json(self) -> dict[str, Any]:
        """The step as the outside contract has it."""
        return {"agent": self.agent, "words": self.words, "took_ms": round(self.took_ms, 1)}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got; without claims it abstained, and says so in `text`."""

    question: str
    text: str
    claims: tuple[Claim, ...]
    conflicts: tuple[Conflict, ...]
    suggestions: tuple[Suggestion, ...]
    steps: tuple[Step, ...]
    took_ms: float
    id: str = ""  # under which it is kept
    conversation: str = ""
    left_out: tuple[Claim, ...] = ()  # what the writer said and its quotes do not hold
    notice: str = ""  # what the reader should know about how it was written
    written_by: str = ""  # the language model; empty: every sentence is a page's own
    fell_back: bool = False  # a model should have written it, and these are quotes

    @property
    def abstained(self) -> bool:
        """Whether nothing that was gathered supports an answer."""
        return not self.claims

    def to_json(self) -> dict[str, Any]:
        """The answer as the outside contract has it."""
        return {
            "question": self.question,
            "answer": self.text,
            "abstained": self.abstained,
            "claims": [claim.to_json() for claim in self.claims],
            "conflicts": [conflict.to_json() for conflict in self.conflicts],
            "suggestions": [suggestion.to_json() for suggestion in self.suggestions],
            "steps": [step.to_json() for step in self.steps],
            "took_ms": round(self.took_ms, 1),
            "id": self.id,
            "conversation": self.conversation,
            "left_out": [claim.to_json() for claim in self.left_out],
            "notice": self.notice,
            "written_by": self.written_by,
        }
