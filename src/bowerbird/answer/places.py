"""What of answering can be put to the test: how passages are looked for."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bowerbird.experiments import Place, Variant

__all__ = ["ANSWER_PLACES", "PASSAGES", "PIPELINE", "USUAL", "USUAL_PIPELINE", "Looking", "looking_of", "places"]

PIPELINE: Final = "answers.pipeline"
ANSWER_PLACES: Final = (PIPELINE,)
USUAL_PIPELINE: Final = "several-rounds"
PASSAGES: Final = 12  # with twenty the right sentence of XQuAD came first no more often, and took twice as long


@dataclass(frozen=True, slots=True)
class Looking:
    """How passages are looked for."""

    passages: int  # that the writer chooses from
    has_rounds: bool = True  # what the best of the first leave open is looked for again


USUAL: Final = Looking(PASSAGES)
_LOOKING: Final = MappingProxyType(
    {
        USUAL_PIPELINE: USUAL,
        "one-round": Looking(PASSAGES, has_rounds=False),
        "twenty-passages": Looking(20),
    }
)


def places() -> tuple[Place, ...]:
    """Those of answering."""
    return (
        Place(
            PIPELINE,
            "How the passages are looked for that an answer is made from.",
            (
                Variant(USUAL_PIPELINE, "Twelve passages; what the best of them leave open is looked for again."),
                Variant("one-round", "Twelve passages, looked for once."),
                Variant("twenty-passages", "Twenty passages; what the best of them leave open is looked for again."),
            ),
        ),
    )


def looking_of(variant: str) -> Looking:
    """What that variant of `answers.pipeline` is; the usual one for a name that is not known any more."""
    return _LOOKING.get(variant, USUAL)
