"""
Makes `src/bowerbird/knowledge/entities/tagger.npz`: the weights that tell names from other words.

    python -m bench.quality.train_names [--check]

Learnt from WikiANN's train part (ODC-By), WNUT-17's train part (CC BY 4.0) and the train and dev parts of CrossNER's
politics and science (MIT). No text of Reuters, and nothing that `entities.py` measures. With `--check` CrossNER's dev
parts are left out and measured, nothing is written: sizes, rounds and shares were chosen so.
"""

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.quality.named import Sentence, sentences
from bench.report import data_dir
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities.tagger import (
    AROUND,
    BUCKETS,
    HASHED,
    KINDS,
    LABELS,
    WEIGHTS,
    Tagger,
    looked_at,
    sentence_flags,
    windows,
    words,
)
from bowerbird.models.words import word_vectors

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

SEED: Final = 19
ROUNDS: Final = 6
AT_ONCE: Final = 160  # sentences
STEP: Final = 1.5e-3
HIDDEN: Final = 128
LOOKS: Final = 10  # numbers for each hashed feature
DROP: Final = 0.3
DECAY: Final = 1e-5
# How often each set is read in a round: the marks of WikiANN are automatic, those of CrossNER few and complete.
SHARES: Final = {"wikiann": 1, "wnut17": 1, "crossner": 3}
# How much a wrong label of each weighs.
TRUST: Final = {"wikiann": 0.5, "wnut17": 1.0, "crossner": 1.0}
LOUD, QUIET = 0.06, 0.02  # shares of sentences that are read all in capitals, or without any


@dataclass(frozen=True, slots=True)
class Read:
    """Sentences as the tagger reads them: what is known of each word, its label, and where each sentence begins."""

    hashed: Ints  # (n, HASHED)
    dense: Floats  # (n, d)
    label: Ints  # (n,)
    weight: Floats  # (n,)
    source: Ints  # (n,)
    starts: Ints  # (sentences + 1,)


def learnt_from(*, check: bool) -> dict[str, list[Sentence]]:
    """The sentences that may be learned from, by set."""
    folder = data_dir("entities")
    crossner = [
        each
        for part in (("train",) if check else ("train", "dev"))
        for domain in ("politics", "science")
        for each in sentences(folder / "crossner" / f"{domain}.{part}.txt")
    ]
    return {
        "wikiann": list(sentences(folder / "wikiann_en" / "train.txt.gz")),
        "wnut17": list(sentences(folder / "wnut17" / "train.conll")),
        "crossner": crossner,
    }


def labels(sentence: Sentence, spans: Sequence[Span]) -> list[int]:
    """The label of each word of a sentence: the kind of the name it lies in, and whether it opens it."""
    found: list[int] = []
    opened: set[Span] = set()
    for span in spans:
        name = next((each for each in sentence.names if each.start <= span.start < each.end), None)
        if name is None:
            found.append(0)
            continue
        kind = KINDS.index(sentence.names[name])
        found.append(1 + 2 * kind + (name in opened))
        opened.add(name)
    return found


def read(sets: dict[str, list[Sentence]], rng: random.Random) -> Read:
    """The sentences of all sets in rows, some of them also in capitals and in small letters."""
    said: list[str] = []
    label: list[int] = []
    weight: list[float] = []
    source: list[int] = []
    flags: list[Floats] = []
    starts = [0]
    for number, (name, those) in enumerate(sets.items()):
        for each in those:
            spans = words(each.text, 0, len(each.text))
            if not spans:
                continue
            own = labels(each, spans)
            draw = rng.random()
            versions = [each.text] + (
                [each.text.upper()] if draw < LOUD else [each.text.lower()] if draw < LOUD + QUIET else []
            )
            for text in versions:
                if len(text) != len(each.text):
                    continue
                cut = [span.of(text) for span in spans]
                said += cut
                label += own
                weight += [TRUST[name]] * len(cut)
                source += [number] * len(cut)
                flags.append(sentence_flags(cut))
                starts.append(len(said))
    different = sorted(set(said))
    row = {word: number for number, word in enumerate(different)}
    hashed, dense = looked_at(different, word_vectors())
    order = np.array([row[word] for word in said])
    return Read(
        hashed[order],
        np.concatenate([dense[order], np.concatenate(flags)], axis=1),
        np.array(label, np.int32),
        np.array(weight, np.float32),
        np.array(source, np.int32),
        np.array(starts, np.int32),
    )


def beginning(dense: int, sources: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Weights to begin with."""
    width = HASHED * LOOKS + dense

    def drawn(inputs: int, outputs: int) -> Floats:
        found: Floats = (rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)).astype(np.float32)
        return found

    return {
        "looks": (rng.standard_normal((HASHED, BUCKETS, LOOKS)) * 0.1).astype(np.float32),
        "first": drawn((2 * AROUND + 1) * width, HIDDEN),
        "first_bias": np.zeros((HIDDEN,), np.float32),
        "flavour": np.zeros((sources, HIDDEN), np.float32),
        "second": drawn(3 * HIDDEN, HIDDEN) * np.float32(0.5),
        "second_bias": np.zeros((HIDDEN,), np.float32),
        "out": drawn(HIDDEN, LABELS) * np.float32(0.5),
        "out_bias": np.zeros((LABELS,), np.float32),
    }


def gradients(
    w: dict[str, Floats], data: Read, chosen: Ints, rng: np.random.Generator
) -> tuple[float, dict[str, Floats]]:
    """The loss of some sentences and how each weight moves it; the way there is `Tagger.names` with words dropped."""
    lengths = data.starts[chosen + 1] - data.starts[chosen]
    tokens = np.concatenate([np.arange(data.starts[c], data.starts[c + 1]) for c in chosen])
    n = len(tokens)
    at = np.arange(n) + AROUND * np.repeat(np.arange(len(chosen)), lengths)
    total = n + AROUND * len(chosen)
    hashed = data.hashed[tokens]
    known = np.concatenate([w["looks"][np.arange(HASHED), hashed].reshape(n, -1), data.dense[tokens]], axis=1)
    kept = (rng.random(known.shape, np.float32) > DROP * 0.7) / np.float32(1 - DROP * 0.7)
    spaced = np.zeros((total, known.shape[1]), np.float32)
    spaced[at] = known * kept
    seen = windows(spaced, AROUND)[at]
    before = seen @ w["first"] + w["first_bias"] + w["flavour"][data.source[tokens]]
    mask = (rng.random(before.shape, np.float32) > DROP) / np.float32(1 - DROP)
    first = np.zeros((total, HIDDEN), np.float32)
    first[at] = np.maximum(before, 0) * mask
    near = windows(first, 1)[at]
    between = near @ w["second"] + w["second_bias"]
    mask2 = (rng.random(between.shape, np.float32) > DROP) / np.float32(1 - DROP)
    second = np.maximum(between, 0) * mask2 + first[at]
    scores = second @ w["out"] + w["out_bias"]
    scores -= scores.max(axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    truth, weight = data.label[tokens], data.weight[tokens]
    loss = float(-(np.log(p[np.arange(n), truth] + 1e-9) * weight).mean())
    d_scores = p
    d_scores[np.arange(n), truth] -= 1
    d_scores *= weight[:, None] / n
    d_second = d_scores @ w["out"].T
    d_between = d_second * mask2 * (between > 0)
    d_near = d_between @ w["second"].T  # (n, 3 * HIDDEN)
    d_first = np.zeros((total + 2, HIDDEN), np.float32)
    for offset in range(3):
        d_first[at + offset] += d_near[:, offset * HIDDEN : (offset + 1) * HIDDEN]
    d_before = (d_first[at + 1] + d_second) * mask * (before > 0)
    d_seen = d_before @ w["first"].T
    width = known.shape[1]
    d_spaced = np.zeros((total + 2 * AROUND, HASHED * LOOKS), np.float32)
    for offset in range(2 * AROUND + 1):
        d_spaced[at + offset] += d_seen[:, offset * width : offset * width + HASHED * LOOKS]
    d_known = (d_spaced[at + AROUND] * kept[:, : HASHED * LOOKS]).reshape(n, HASHED, LOOKS)
    d_looks = np.zeros_like(w["looks"])
    np.add.at(d_looks, (np.arange(HASHED), hashed), d_known)
    d_flavour = np.zeros_like(w["flavour"])
    for source in range(len(d_flavour)):
        d_flavour[source] = d_before[data.source[tokens] == source].sum(axis=0)
    return loss, {
        "looks": d_looks,
        "first": seen.T @ d_before,
        "first_bias": d_before.sum(axis=0),
        "flavour": d_flavour,
        "second": near.T @ d_between,
        "second_bias": d_between.sum(axis=0),
        "out": second.T @ d_scores,
        "out_bias": d_scores.sum(axis=0),
    }


def fit(data: Read, repeats: Sequence[int]) -> dict[str, Floats]:
    """The weights after all rounds (Adam, https://arxiv.org/abs/1412.6980), averaged over the last ones."""
    rng = np.random.default_rng(SEED)
    w = beginning(data.dense.shape[1], len(repeats), rng)
    first = {name: np.zeros_like(value) for name, value in w.items()}
    second = {name: np.zeros_like(value) for name, value in w.items()}
    mean: dict[str, Floats] = {name: np.zeros_like(value) for name, value in w.items()}
    averaged = step = 0
    of_source = data.source[data.starts[:-1]]
    order = np.concatenate([np.repeat(np.flatnonzero(of_source == s), many) for s, many in enumerate(repeats)])
    steps = ROUNDS * (len(order) // AT_ONCE)
    for turn in range(ROUNDS):
        rng.shuffle(order)
        losses: list[float] = []
        for at in range(0, len(order) - AT_ONCE + 1, AT_ONCE):
            loss, grads = gradients(w, data, order[at : at + AT_ONCE].astype(np.int32), rng)
            losses.append(loss)
            step += 1
            rate = STEP * min(1.0, step / 100) * max(0.05, 1 - step / steps)
            for name, grad in grads.items():
                first[name] += 0.1 * (grad - first[name])
                second[name] += 0.001 * (grad * grad - second[name])
                w[name] -= (
                    rate * (first[name] / (1 - 0.9**step)) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
                    + DECAY * w[name]
                )
            if turn >= ROUNDS - 2 and step % 20 == 0:
                averaged += 1
                for name in w:
                    mean[name] += (w[name] - mean[name]) / averaged
        print(f"round {turn + 1}: {np.mean(losses):.4f}", flush=True)
    return mean


def shipped(w: dict[str, Floats], flavour: int) -> dict[str, Floats]:
    """What the tagger needs, in the manner of marking of one set."""
    kept = {name: value for name, value in w.items() if name != "flavour"}
    return kept | {"first_bias": w["first_bias"] + w["flavour"][flavour]}


def score(found: Tagger, those: Sequence[Sentence]) -> tuple[float, float]:
    """F1 of spans without and with their kinds."""
    gold = {(n, span, kind) for n, each in enumerate(those) for span, kind in each.names.items()}
    got = {
        (n, name.span, name.kind)
        for n, each in enumerate(those)
        for names in found.names(each.text, [Span(0, len(each.text))])
        for name in names
    }
    plain_gold, plain_got = {(n, s) for n, s, _ in gold}, {(n, s) for n, s, _ in got}
    whole = len(gold) + len(got)
    return 2 * len(plain_gold & plain_got) / whole, 2 * len(gold & got) / whole


def main() -> None:
    """Learn, and either say how well or write the weights."""
    check = "--check" in sys.argv
    sets = learnt_from(check=check)
    w = fit(read(sets, random.Random(SEED)), [SHARES[name] for name in sets])
    if check:
        folder = data_dir("entities")
        parts = {f"crossner {d}": folder / "crossner" / f"{d}.dev.txt" for d in ("politics", "science")}
        parts["wikiann"] = folder / "wikiann_en" / "dev.txt.gz"
        for flavour, name in enumerate(sets):
            tagger = Tagger(shipped(w, flavour), word_vectors())
            for part, path in parts.items():
                print(name, part, *(f"{value:.3f}" for value in score(tagger, list(sentences(path)))))
        return
    small = {name: value.astype(np.float16) for name, value in shipped(w, list(sets).index("crossner")).items()}
    np.savez_compressed(WEIGHTS, **small)  # type: ignore[arg-type]  # numpy's stub wants the flag too
    print(f"{WEIGHTS.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
