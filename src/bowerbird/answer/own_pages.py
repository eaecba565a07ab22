"""What one's own pages say of a question, for an answer from anywhere to be judged by."""

from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.answer.places import PASSAGES
from bowerbird.answer.question import plan
from bowerbird.answer.retrieve import retrieve
from bowerbird.answer.sentences import sentences_in
from bowerbird.answer.writer import ANSWERED, judged
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Searcher
from bowerbird.models.words import word_vectors

__all__ = ["OwnPagesFor"]

# A passage speaks of a question when it holds this share of its words, title and headings counted. A half does not do:
# pages about "capital" or "France" say nothing of the capital of France.
SPEAKS_OF = 0.66


@dataclass(frozen=True, slots=True)
class OwnPagesFor:
    """Finds the texts that speak of a question, of what `scope` may see. Blocking."""

    searcher: Searcher
    scope: Scope

    def __call__(self, question: str) -> Sequence[str]:
        """The texts, best first; none when the pages would not support an answer."""
        asked = plan(question)
        hits = retrieve(asked, self.searcher, self.scope, k=PASSAGES).hits
        ranked, sure = judged(asked, sentences_in(hits), self.searcher, word_vectors())
        if sure < ANSWERED:
            return ()
        speaking = [
            one.sentence.passage.text
            for one in ranked
            if sum(term in one.sentence.whole for term in asked.terms) >= SPEAKS_OF * len(asked.terms)
        ]
        return tuple(dict.fromkeys(speaking))
