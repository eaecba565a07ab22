"""
Learns `src/bowerbird/answer/comparison.npz`: how the words of a sentence answer those of a question.

From the questions that we wrote (`bench/quality/questions`), within the passages of their paragraph and, where the
search finds it, among the others; and from those of rag_mini_wikipedia (CC BY 3.0) whose short answer stands in at most
four of the sentences that are found. What is right is the sentence (a softmax over the sentences), and in it the words
of the answer (a softmax over all words). Everything begins at what could be said without learning, and is held there.
Questions in quite other words than the text's count less: they are many, harder than most that people ask, and what is
learnt of them alone does worse.

Needs PyTorch, as nothing else here does (`pip install torch`), and five minutes. `python -m bench.quality.fit_rank`
then fits what its numbers count for beside the others.
"""

import csv
import gzip
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]
from numpy.typing import NDArray

from bench.quality.answers import Collection, Page
from bench.quality.written import FOLDER, READING, paragraphs
from bench.report import data_dir
from bench.vectors import TextVectors
from bowerbird.answer.comparison import FORMS, SHARPNESS, TABLE, AskedWords, SaidWords
from bowerbird.answer.features import FEATURES
from bowerbird.answer.question import plan
from bowerbird.answer.rank import WEIGHTS_IN_CONTEXT, weighed
from bowerbird.answer.sentences import Sentence, sentences_in
from bowerbird.kernel.nouns import Hit
from bowerbird.knowledge.indexer import model_text
from bowerbird.models import MiniLM
from bowerbird.models.in_context import DIMENSIONS, word_places
from bowerbird.models.words import WordVectors, word_vectors

BESIDE = (*FEATURES, "asked", "told", "joined")  # what is known of a sentence besides
SENTENCES = 12  # of a question, the likeliest
LONGEST = 90  # words of a sentence
DIRECTIONS = 24
EPOCHS, BATCH, RATE, DROPPED, WORDS_COUNT, HELD = 4, 32, 4e-3, 0.2, 0.3, 1e-3
IN_OTHER_WORDS = 0.15  # what a question counts for that was written without the text's words
# How much a weight's distance from where it began costs: what has many numbers more.
HELD_OF = {"beside": 2.0, "turned": 3.0, "asks": 1.0, "says": 0.3, "forms": 1.0, "telling": 0.3, "wanted": 0.3}
HELD_ELSE = 0.05
SEED = 0
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the sentences that it could be answered by."""

    asked: AskedWords
    said: list[SaidWords]
    beside: Floats  # (s, f)
    right: Floats  # (s,)
    answer: list[Floats]  # of each sentence which words (w,) are of the answer
    counts: float = 1.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where an answer stands: in a page's text."""

    page: int
    start: int
    end: int

    def is_in(self, sentence: Sentence) -> bool:
        """Whether the sentence holds its beginning."""
        return sentence.passage.page == self.page and sentence.start <= self.start < sentence.end


def of_written(folder: Path, words: WordVectors, vectors: TextVectors, counts: float) -> list[Case]:
    """Of every question of ours that is answered: among what is found if it is there, else within its own page."""
    every = paragraphs(folder)
    pages = [Page(f"http://written.example/{n}", each.title, each.text) for n, each in enumerate(every)]
    collection = Collection(pages, vectors)
    cases: list[Case | None] = []
    for number, each in enumerate(every):
        for one in (one for one in each.questions if one.answer is not None):
            assert one.answer is not None
            at = [Stretch(number, *one.answer)]
            hits = collection.find(one.question)
            found = _case(collection, words, one.question, hits, at)
            if found is None:
                alone = within(collection, one.question, number, vectors)
                found = _case(collection, words, one.question, alone, at)
            cases.append(found)
    return [replace(each, counts=counts) for each in cases if each is not None]


def within(collection: Collection, question: str, page: int, vectors: TextVectors) -> list[Hit]:
    """The passages of one page, as if the search had found them alone."""
    own = [passage for passage in collection.passages if passage.page == page]
    asked, *found = vectors.of([question, *(model_text(p.title, p.heading, p.text) for p in own)])
    return [Hit(passage, 0.0, None, float(vector @ asked)) for passage, vector in zip(own, found, strict=True)]


def of_wikipedia(words: WordVectors, vectors: TextVectors) -> list[Case]:
    """Of the questions with a short answer that stands in few of the sentences that are found."""
    folder = data_dir("evidence/rag_mini_wikipedia")
    with gzip.open(folder / "passages.csv.gz", "rt", encoding="utf-8") as file:
        pages = [Page(f"http://wiki.example/{n}", "", row[-1]) for n, row in enumerate(csv.reader(file))]
    collection = Collection(pages, vectors)
    with (folder / "questions.csv").open(encoding="utf-8") as file:
        asked = [(row["question"], row["answer"].strip().rstrip(".").lower()) for row in csv.DictReader(file)]
    cases: list[Case | None] = []
    for question, answer in asked:
        if not 3 <= len(answer) <= 60 or answer in {"yes", "no"} or answer in question.lower():
            continue
        hits = collection.find(question)
        places = [
            Stretch(one.passage.page, start, start + len(answer))
            for one in sentences_in(hits)
            if (start := pages[one.passage.page].text.lower().find(answer, one.start, one.end)) >= 0
        ]
        if 0 < len(places) <= 4:
            cases.append(_case(collection, words, question, hits, places))
    return [each for each in cases if each is not None]


def _case(
    collection: Collection, words: WordVectors, question: str, hits: Sequence[Hit], places: Sequence[Stretch]
) -> Case | None:
    """None where the right sentence is not among those that are weighed, or words are not known."""
    planned = plan(question)
    pool, weights, context = sentences_in(hits), collection.weights(planned.terms), collection.in_context(question)
    at, numbers, nearness = weighed(planned, weights, pool, words, context)
    weighed_ones = [pool[place] for place in at]
    both = context.words_with(weighed_ones, weights)
    if nearness is None or both is None:
        return None
    beside = np.array([(*one, *more[:3]) for one, more in zip(numbers, nearness, strict=True)], np.float32)
    right = np.array([any(each.is_in(one) for each in places) for one in weighed_ones], np.float32)
    likely = beside @ np.array([WEIGHTS_IN_CONTEXT[name] for name in BESIDE], np.float32)
    kept = [n for rank, n in enumerate(np.argsort(-likely).tolist()) if rank < SENTENCES or right[n]]
    kept = [n for n in kept if len(both[1][n].vectors)]
    if not right[kept].any():
        return None
    said = [both[1][n] for n in kept]
    answer = [_answer(weighed_ones[n], both[1][n], places) for n in kept]
    return Case(both[0], said, beside[kept], right[kept], answer)


def _answer(sentence: Sentence, said: SaidWords, places: Sequence[Stretch]) -> Floats:
    marks = np.zeros(len(said.vectors), np.float32)
    starts = [sentence.passage.start + start for start, _ in word_places(sentence.passage.text)]
    first = bisect_left(starts, sentence.start)
    for each in (each for each in places if each.is_in(sentence)):
        marks[bisect_left(starts, each.start) - first : bisect_left(starts, each.end) - first] = 1
    return marks


class Net(torch.nn.Module):  # type: ignore[misc,unused-ignore]
    """`answer/comparison.py`, differentiable."""

    def __init__(self) -> None:
        super().__init__()
        n = DIMENSIONS

        def held(values: Any) -> Any:
            return torch.nn.Parameter(torch.as_tensor(values, dtype=torch.float32))

        self.beside = held([WEIGHTS_IN_CONTEXT[name] for name in BESIDE])
        self.turned, self.telling, self.wanted = held(torch.zeros(n, n)), held(torch.zeros(n)), held(torch.zeros(n))
        self.telling_role, self.telling_after = held([-6.0, 0.0, -6.0]), held(torch.zeros(10))
        self.wanted_after = held([-4.0, -4, -4, -4, 2, 0, -1, -2, -2, -2])
        self.likeness = held([1.0, 1.0, 1.0])
        self.asks, self.says = held(torch.zeros(3, n, DIRECTIONS)), held(torch.randn(n, DIRECTIONS) * 0.15)
        self.says_alone, self.forms = held(torch.zeros(n)), held(torch.zeros(2, n, FORMS))
        self.forms_alone = held([0.0, 0, 0, 0, -1, -1])
        self.repeated, self.log_reach = held(0.0), held(1.4)
        self.counts, self.counts_length = held([0.1, 0.1, 0.1, 0.1]), held(0.0)
        self.dropped = torch.nn.Dropout(DROPPED)

    def forward(self, t: dict[str, Any]) -> tuple[Any, Any]:
        """The score of each sentence (b, s), and of each of its words what it says for being the answer (b, s, w)."""
        q, v, role, asks, there = t["q"], t["v"], t["role"], t["asks"], t["there"]
        alike = torch.einsum("bmd,bswd->bsmw", q + self.dropped(q) @ self.turned, v)
        told = alike.masked_fill(~there[:, :, None, :], -1.0)
        nearest, at = told.max(-1)
        nearest = nearest.clamp(min=0)
        odds = self.dropped(q) @ self.telling + self.telling_role[role] + self.telling_after[t["after"]]
        tells = torch.softmax((odds + torch.log(t["told"] + 0.05)).masked_fill(~asks, -1e4), -1)
        own = (nearest * tells[:, None]).sum(-1)
        before, behind = (
            ((_at(nearest, t[name]) - nearest).clamp(min=0) * tells[:, None]).sum(-1) for name in ("before", "behind")
        )
        asking = ((role == 0) & asks).float()
        wanted = self.wanted_after[t["after"]] + self.dropped(q) @ self.wanted - 6.0 * (role != 1)
        wanted = torch.softmax(wanted.masked_fill(~asks, -1e4), -1) * asking.amax(-1, keepdim=True)
        asking = asking / asking.sum(-1, keepdim=True).clamp(min=1)
        heads = torch.stack([torch.einsum("bm,bmd->bd", each, q) for each in (asking, wanted, tells)], 1)
        alike = alike.clamp(min=0)
        places = torch.arange(v.shape[2])
        close = torch.exp(-(places[:, None] - places[None]).abs() / torch.exp(self.log_reach))
        shared = (tells[:, None, :, None] * (nearest**2)[..., None] * close[at]).sum(2)
        z = torch.einsum("bd,bswd->bsw", self.likeness[0] * heads[:, 0] + self.likeness[1] * heads[:, 1], v)
        z = z + self.likeness[2] * shared + v @ self.says_alone
        z = z + torch.einsum("bhd,hdr,bswr->bsw", self.dropped(heads), self.asks, v @ self.says)
        form = self.forms_alone + torch.einsum("bhd,hdf->bf", self.dropped(heads[:, :2]), self.forms)
        z = z + torch.einsum("bf,bswf->bsw", form, t["forms"])
        z = z - self.repeated * (alike.masked_fill(~asks[:, None, :, None], 0).amax(2) ** 2)
        z = (SHARPNESS * z).masked_fill(~there, -1e4)
        numbers = torch.stack([SHARPNESS * own, SHARPNESS * before, SHARPNESS * behind, torch.logsumexp(z, -1)], -1)
        score = t["beside"] @ self.beside + numbers @ self.counts
        score = score + self.counts_length * torch.log(there.sum(-1).float() + 1)
        return score.masked_fill(~t["is"], -1e9), z

    def held_back(self, begun: dict[str, Any]) -> Any:
        """What the distances from where it began cost."""
        return sum(
            HELD * HELD_OF.get(name, HELD_ELSE) * ((each - begun[name]) ** 2).sum()
            for name, each in self.named_parameters()
        )

    def save(self) -> None:
        """Write what the product needs."""
        named = {name: each.detach().numpy() for name, each in self.named_parameters()}
        kept = {name: each.astype(np.float16) for name, each in named.items() if name not in NOT_KEPT}
        np.savez_compressed(TABLE, **kept, reach=np.exp(named["log_reach"]).astype(np.float16))


NOT_KEPT = ("beside", "counts", "counts_length", "log_reach")


def _at(nearest: Any, places: Any) -> Any:
    """The rows of other sentences; where there is none, zeros."""
    rows = torch.gather(nearest, 1, places.clamp(min=0)[:, :, None].expand_as(nearest))
    return torch.where((places >= 0)[:, :, None], rows, torch.zeros_like(rows))


def tensors(cases: Sequence[Case]) -> dict[str, Any]:
    """The cases of a batch side by side, filled up to the longest."""
    b, m = len(cases), max(len(each.asked.vectors) for each in cases)
    s = max(len(each.said) for each in cases)
    w = max(len(one.vectors[:LONGEST]) for each in cases for one in each.said)
    t: dict[str, Any] = {
        "q": torch.zeros(b, m, DIMENSIONS),
        "told": torch.zeros(b, m),
        "v": torch.zeros(b, s, w, DIMENSIONS),
        "forms": torch.zeros(b, s, w, FORMS),
        "answer": torch.zeros(b, s, w),
        "beside": torch.zeros(b, s, len(BESIDE)),
        "right": torch.zeros(b, s),
        "counts": torch.tensor([each.counts for each in cases]),
    }
    t |= {name: torch.zeros(b, m, dtype=torch.long) for name in ("role", "after")}
    t |= {name: torch.full((b, s), -1, dtype=torch.long) for name in ("before", "behind")}
    t |= {"asks": torch.zeros(b, m, dtype=torch.bool), "is": torch.zeros(b, s, dtype=torch.bool)}
    t["there"] = torch.zeros(b, s, w, dtype=torch.bool)
    for row, each in enumerate(cases):
        words, count = len(each.asked.vectors), len(each.said)
        t["asks"][row, :words], t["is"][row, :count] = True, True
        for name, values in (("q", each.asked.vectors), ("told", each.asked.told), ("role", each.asked.roles)):
            t[name][row, :words] = torch.from_numpy(values)
        t["after"][row, :words] = torch.from_numpy(each.asked.after)
        t["beside"][row, :count], t["right"][row, :count] = torch.from_numpy(each.beside), torch.from_numpy(each.right)
        places = {(one.passage, one.order): place for place, one in enumerate(each.said)}
        for place, (one, marks) in enumerate(zip(each.said, each.answer, strict=True)):
            length = min(len(one.vectors), LONGEST)
            t["there"][row, place, :length] = True
            t["v"][row, place, :length] = torch.from_numpy(one.vectors[:length])
            t["forms"][row, place, :length] = torch.from_numpy(one.forms[:length])
            t["answer"][row, place, :length] = torch.from_numpy(marks[:length])
            t["before"][row, place] = places.get((one.passage, one.order - 1), -1)
            t["behind"][row, place] = places.get((one.passage, one.order + 1), -1)
    return t


def _missed(net: Net, t: dict[str, Any]) -> Any:
    """How unlikely the right sentences are, and the words of the answer."""
    score, z = net(t)
    of_words = _unlikely(z.flatten(1), t["answer"].flatten(1), t["counts"])
    return _unlikely(score, t["right"], t["counts"]) + WORDS_COUNT * of_words


def _unlikely(odds: Any, right: Any, counts: Any) -> Any:
    counts = counts * (right.sum(-1) > 0)  # of some no word is known to be right
    likely = torch.logsumexp(torch.log_softmax(odds, -1).masked_fill(right == 0, -1e9), -1)
    return -(likely * counts).sum() / len(counts)


def learnt(cases: Sequence[Case]) -> Net:
    """The net by these cases."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    net = Net()
    begun = {name: each.detach().clone() for name, each in net.named_parameters()}
    given = [tensors(each) for each in _batches(cases)]
    steps = torch.optim.Adam(net.parameters(), lr=RATE)
    pace = torch.optim.lr_scheduler.OneCycleLR(steps, RATE, total_steps=EPOCHS * len(given) + 1, pct_start=0.2)
    for epoch in range(EPOCHS):
        for number in np.random.default_rng(epoch).permutation(len(given)):
            missed = _missed(net, given[number]) + net.held_back(begun)
            steps.zero_grad()
            missed.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            steps.step()
            pace.step()
    net.eval()
    return net


def _batches(cases: Sequence[Case]) -> Iterator[list[Case]]:
    order = np.random.default_rng(SEED).permutation(len(cases))
    for first in range(0, len(order), BATCH):
        yield [cases[number] for number in order[first : first + BATCH]]


def main() -> None:
    embedder = MiniLM(threads=1)
    vectors, words = TextVectors(embedder), word_vectors()
    if not TABLE.exists():  # sentences are weighed by it, too
        Net().save()
    sets = {
        "in the text's words": of_written(READING, words, vectors, 1.0),
        "in other words": of_written(FOLDER, words, vectors, IN_OTHER_WORDS),
        "of Wikipedia": of_wikipedia(words, vectors),
    }
    vectors.save()
    embedder.close()
    learnt([case for cases in sets.values() for case in cases]).save()
    counted = ", ".join(f"{len(cases):,} {name}" for name, cases in sets.items())
    print(f"{counted}: {TABLE.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
