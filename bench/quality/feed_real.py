"""
Rankers on real logs: what people liked later, found among all there was, by what was known before.

Data: MovieLens latest-small and 100K (liked: four stars or more) and HetRec's Last.fm (liked: an artist they tagged, at
the time of their first tag). *Split*: by time, for everybody at once, four times: what comes after 60, 70, 80 and 90 of
100 log entries is hidden, and the next tenth of the log is to be found. Everything that is chosen (windows, penalties,
numbers of neighbours) is chosen on the tenth before, after 50 of 100, and kept. *Catalogue*: every item in the log
before the split, none sampled; likings of others are left out and counted. What a person touched before is not ranked
for them. *People*: who liked something before the split and something new of the catalogue in the tenth after.

nDCG@10 (gain 1 for each liking) and Recall@10 (of all likings of that tenth): a person's figure is the mean over the
splits they are in, the figure is the mean over people, and the interval is the middle 95 of 100 means of people drawn
again (2,000 times).

The *product* is given the same log as events (`feed_product`) and ranks by the slate that it would show.

The *control* knows no other people: MiniLM's embedding of an item's text (title, genres, and the five most used tags
of before the split), averaged over what the person liked, plain or with less weight for what is long ago.

    python -m bench.quality.feed_real [quick]      # quick: the smallest log, the first split, nothing chosen or written
"""

import csv
import gzip
import io
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.quality.feed_metrics import Floats, Ints, ndcg, recall, top
from bench.quality.feed_product import Done, Goods, shown_by_product
from bench.report import data_dir, write
from bowerbird.models import Embedder, MiniLM

Floats32: TypeAlias = NDArray[np.float32]

SEED: Final = 6
K: Final = 10
DAY_S: Final = 86_400.0
CHOSEN_AT: Final = 0.5
SPLITS: Final = (0.6, 0.7, 0.8, 0.9)
PART: Final = 0.1
DRAWS: Final = 2_000
MOST_TAGS: Final = 5


@dataclass(frozen=True, slots=True)
class Tag:
    item: int
    words: str
    at: float


@dataclass(frozen=True, slots=True)
class Log:
    """What people did, by time; items and people count from 0."""

    name: str
    person: Ints
    item: Ints
    at: Floats  # seconds since 1970
    liked: NDArray[np.bool_]
    titles: Sequence[str]  # of each item, with its genres
    tags: Sequence[Tag]
    genres: Sequence[str] = ()  # of each item its first; none where the log tells none

    @property
    def made_at(self) -> Floats:
        """
        When each item came to be, in seconds since 1970: at the beginning of the year that its title states.

        Items without one, and those that somebody saw sooner than that, were there when the log began.
        """
        found = [_YEAR.search(title) for title in self.titles]
        stated = [_beginning(int(year[1])) if year else np.inf for year in found]
        made: Floats = np.minimum(np.array(stated, np.float64), self.at[0])
        return made

    def texts(self, before: float) -> list[str]:
        """Of each item, its title and the tags it had by then."""
        used: dict[int, Counter[str]] = defaultdict(Counter)
        for tag in self.tags:
            if tag.at < before:
                used[tag.item][tag.words] += 1
        tags = [", ".join(words for words, _ in used[item].most_common(MOST_TAGS)) for item in range(len(self.titles))]
        return [f"{title}. {words}" if words else title for title, words in zip(self.titles, tags, strict=True)]


_YEAR: Final = re.compile(r"\((\d{4})\)")


def _beginning(year: int) -> float:
    return datetime(year, 1, 1, tzinfo=UTC).timestamp()


def _rows(path: Path, *, delimiter: str, encoding: str = "utf-8") -> Iterator[list[str]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = io.StringIO(raw.decode(encoding))
    if delimiter == ",":
        return csv.reader(text)
    return csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def _log(
    name: str,
    entries: list[tuple[str, str, float, bool]],
    titles: dict[str, str],
    tags: list[Tag],
    genres: Sequence[str] = (),
) -> Log:
    """`entries` are (person, item, time, liked); ids become numbers in the order of `titles`."""
    number = {item: at for at, item in enumerate(titles)}
    entries.sort(key=lambda entry: (entry[2], entry[0], number[entry[1]]))
    people = {person: at for at, person in enumerate(sorted({entry[0] for entry in entries}))}
    return Log(
        name=name,
        person=np.array([people[entry[0]] for entry in entries], np.int64),
        item=np.array([number[entry[1]] for entry in entries], np.int64),
        at=np.array([entry[2] for entry in entries]),
        liked=np.array([entry[3] for entry in entries]),
        titles=list(titles.values()),
        tags=tags,
        genres=genres,
    )


def movielens_small(folder: Path) -> Log:
    rows = _rows(folder / "movies.csv", delimiter=",")
    next(rows)
    films = [(item, title, genres.split("|")) for item, title, genres in rows]
    titles = {item: f"{title}. {', '.join(genres)}" for item, title, genres in films}
    number = {item: at for at, item in enumerate(titles)}
    rated, tagged = _rows(folder / "ratings.csv.gz", delimiter=","), _rows(folder / "tags.csv", delimiter=",")
    next(rated), next(tagged)
    entries = [(person, item, float(at), float(stars) >= 4) for person, item, stars, at in rated]
    tags = [Tag(number[item], words.lower(), float(at)) for _, item, words, at in tagged]
    return _log("MovieLens latest-small", entries, titles, tags, [genres[0] for _, _, genres in films])


def movielens_100k(folder: Path) -> Log:
    genres = [row[0] for row in _rows(folder / "u.genre", delimiter="|") if row]
    titles: dict[str, str] = {}
    first: list[str] = []
    for row in _rows(folder / "u.item", delimiter="|", encoding="latin-1"):
        of_item = [genre for genre, is_one in zip(genres, row[5:], strict=True) if is_one == "1"]
        titles[row[0]] = f"{row[1]}. {', '.join(of_item)}"
        first.append(of_item[0] if of_item else "")
    rated = _rows(folder / "u.data.gz", delimiter="\t")
    entries = [(person, item, float(at), int(stars) >= 4) for person, item, stars, at in rated]
    return _log("MovieLens 100K", entries, titles, [], first)


def lastfm(folder: Path) -> Log:
    """Times are days; the few before 2005, when there was no such site to tag on, are mistakes and left out."""
    rows = _rows(folder / "artists.dat.gz", delimiter="\t")
    next(rows)
    titles = {row[0]: row[1] for row in rows}
    number = {item: at for at, item in enumerate(titles)}
    rows = _rows(folder / "tags.dat.gz", delimiter="\t", encoding="latin-1")
    next(rows)
    words = {row[0]: row[1] for row in rows}
    rows = _rows(folder / "user_taggedartists.dat.gz", delimiter="\t")
    next(rows)
    tags: list[Tag] = []
    first: dict[tuple[str, str], float] = {}
    for person, item, tag, day, month, year in rows:
        if item in number and int(year) >= 2005:
            at = float(np.datetime64(f"{year}-{int(month):02}-{int(day):02}").astype("datetime64[s]").astype(np.int64))
            tags.append(Tag(number[item], words[tag], at))
            first[person, item] = min(at, first.get((person, item), at))
    entries = [(person, item, at, True) for (person, item), at in first.items()]
    return _log("Last.fm", entries, titles, tags)


@dataclass(frozen=True, slots=True)
class Split:
    """What a ranker is given (the past, and for whom to rank), and what is to be found. Items are catalogue rows."""

    start: float
    catalogue: Ints  # items of the log
    people: int  # who liked anything before, as rows
    person: Ints  # of each liking before the split: a row of people
    item: Ints
    at: Floats
    asked: Ints  # rows of people, for whom to rank
    seen: NDArray[np.bool_]  # (asked, catalogue)
    gains: Floats  # (asked, catalogue)
    who: Ints  # of each asked, the person of the log
    left_out: int  # likings of items that were not there before

    def matrix(self) -> Floats32:
        """Who (rows of people) liked what before: ones and noughts."""
        likings = np.zeros((self.people, len(self.catalogue)), np.float32)
        likings[self.person, self.item] = 1
        return likings


def split(log: Log, share: float) -> Split:
    """The log cut after that share of its entries, with the tenth that follows to be found."""
    last = len(log.at) - 1
    start, end = log.at[int(share * last)], log.at[int(min(share + PART, 1) * last)]
    before, within = (
        log.at < start,
        (log.at >= start) & (log.at < end if share + PART < 1 else log.at <= end) & log.liked,
    )
    catalogue = np.unique(log.item[before])
    row_of = np.full(len(log.titles), -1)
    row_of[catalogue] = np.arange(len(catalogue))
    liked = before & log.liked
    people = np.unique(log.person[liked])
    person_of = np.full(int(log.person.max()) + 1, -1)
    person_of[people] = np.arange(len(people))

    touched = np.zeros((len(people), len(catalogue)), np.bool_)
    known = before & (person_of[log.person] >= 0)
    touched[person_of[log.person[known]], row_of[log.item[known]]] = True
    to_find = np.zeros((len(people), len(catalogue)))
    there = within & (person_of[log.person] >= 0)
    old = there & (row_of[log.item] >= 0)
    to_find[person_of[log.person[old]], row_of[log.item[old]]] = 1
    to_find[touched] = 0
    asked = np.flatnonzero(to_find.any(1))
    return Split(
        start=float(start),
        catalogue=catalogue,
        people=len(people),
        person=person_of[log.person[liked]],
        item=row_of[log.item[liked]],
        at=log.at[liked],
        asked=asked,
        seen=touched[asked],
        gains=to_find[asked],
        who=people[asked],
        left_out=int(there.sum() - old.sum()),
    )


Ranker: TypeAlias = Callable[[Split], NDArray[np.floating]]  # to scores (asked, catalogue), higher is better


def popularity(past: Split, *, days: float = np.inf) -> Floats:
    """By likings in the days before the split; equals by all likings."""
    recent = past.at >= past.start - days * DAY_S
    count = np.bincount(past.item[recent], minlength=len(past.catalogue))
    ever = np.bincount(past.item, minlength=len(past.catalogue))
    return np.tile(count + ever / (ever.sum() + 1), (len(past.asked), 1))


def item_knn(past: Split, *, neighbours: int, shrink: float) -> Floats32:
    """By the cosine of who liked both, with `shrink` added below, over the nearest neighbours of each item."""
    likings = past.matrix()
    length = np.sqrt(likings.sum(0))
    scores = np.zeros((len(past.asked), len(past.catalogue)), np.float32)
    for begin in range(0, len(past.catalogue), 1_000):
        block = np.arange(begin, min(begin + 1_000, len(past.catalogue)))
        near = likings.T @ likings[:, block] / (np.outer(length, length[block]) + shrink + 1e-9)
        near[block, np.arange(len(block))] = 0
        keep = min(neighbours, len(near) - 1)
        near[near < -np.partition(-near, keep, axis=0)[keep]] = 0
        scores[:, block] = likings[past.asked] @ near
    return scores


def ease(past: Split, *, penalty: float) -> Floats:
    """
    EASE (Steck 2019), exactly, through the people's matrix, which is far smaller than the items'.

    With P = (X'X + cI)^-1, the scores are X(I - P / diag P); by Woodbury, P = (I - X'AX) / c with A = (XX' + cI)^-1.
    """
    likings = past.matrix().astype(np.float64)
    alike = likings @ likings.T
    inverse = np.linalg.inv(alike + penalty * np.eye(len(alike)))
    explained = inverse @ likings
    diagonal = (1 - (likings * explained).sum(0)) / penalty
    through = (likings[past.asked] - alike[past.asked] @ explained) / penalty
    scores: Floats = likings[past.asked] - through / diagonal
    return scores


def als(past: Split, *, factors: int, weight: float, penalty: float, rounds: int = 12) -> Floats32:
    """Implicit ALS (Hu and others 2008): a liking weighs 1 + `weight`, all else 1; three conjugate steps each."""
    rng = np.random.default_rng(SEED)
    of_people = rng.normal(0, 0.1, (past.people, factors)).astype(np.float32)
    of_items = rng.normal(0, 0.1, (len(past.catalogue), factors)).astype(np.float32)
    for _ in range(rounds):
        of_people = solved(of_people, of_items, past.person, past.item, weight=weight, penalty=penalty)
        of_items = solved(of_items, of_people, past.item, past.person, weight=weight, penalty=penalty)
    scores: Floats32 = of_people[past.asked] @ of_items.T
    return scores


def solved(mine: Floats32, theirs: Floats32, row: Ints, other: Ints, *, weight: float, penalty: float) -> Floats32:
    """Three steps of conjugate gradients for all rows at once, from where they are."""
    order = np.argsort(row, kind="stable")
    row, liked = row[order], theirs[other[order]]
    starts = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
    gram = theirs.T @ theirs + np.float32(penalty) * np.eye(theirs.shape[1], dtype=np.float32)

    def summed(values: NDArray[np.floating]) -> Floats32:
        total = np.zeros_like(mine)
        total[row[starts]] = np.add.reduceat(values[:, None] * liked, starts, axis=0)
        return total

    def applied(vectors: Floats32) -> Floats32:
        product: Floats32 = vectors @ gram + summed(weight * (vectors[row] * liked).sum(1))
        return product

    residual: Floats32 = summed(np.full(len(row), 1 + weight, np.float32)) - applied(mine)
    direction, squared = residual, (residual**2).sum(1)
    for _ in range(3):
        along = applied(direction)
        step = squared / np.maximum((direction * along).sum(1), 1e-12)
        mine = mine + step[:, None] * direction
        residual = residual - step[:, None] * along
        before, squared = squared, (residual**2).sum(1)
        direction = residual + (squared / np.maximum(before, 1e-12))[:, None] * direction
    return mine.astype(np.float32)


class Texts:
    """The vectors of the items of a log as they read before a split; a text is embedded once."""

    def __init__(self, log: Log, embedder: Embedder) -> None:
        self._log, self._embedder = log, embedder
        self._vectors: dict[str, Floats32] = {}

    def vectors(self, past: Split) -> Floats32:
        texts = self._log.texts(past.start)
        wanted = [texts[item] for item in past.catalogue]
        new = sorted(set(wanted) - self._vectors.keys())
        self._vectors |= dict(zip(new, self._embedder.embed(new), strict=True))
        return np.array([self._vectors[text] for text in wanted])


def by_text(past: Split, *, texts: Texts, half_life_days: float = np.inf) -> Floats32:
    """The control: by the cosine with the mean of what the person liked, which fades with that half-life."""
    vectors = texts.vectors(past)
    newest = np.full(past.people, -np.inf)
    np.maximum.at(newest, past.person, past.at)
    # From the person's last liking: else one who was long away would have no weights left.
    weight: Floats = 0.5 ** ((newest[past.person] - past.at) / DAY_S / half_life_days)
    likings = np.zeros((past.people, len(past.catalogue)), np.float32)
    likings[past.person, past.item] = weight
    profiles: Floats32 = likings[past.asked] @ vectors
    scores: Floats32 = profiles @ vectors.T
    return scores


def by_product(past: Split, *, log: Log, texts: Texts) -> Floats:
    """By the places of a slate of the product; 0 for what is not in it."""
    before = log.at < past.start
    row_of = np.full(len(log.titles), -1)
    row_of[past.catalogue] = np.arange(len(past.catalogue))
    genres = np.unique(np.array(log.genres or [""] * len(log.titles)), return_inverse=True)
    categories = np.where(genres[0] == "", -1, np.arange(len(genres[0])))[genres[1]]
    goods = Goods(
        embeddings=texts.vectors(past),
        category=categories[past.catalogue],
        created_at=log.made_at[past.catalogue],
        people=int(log.person.max()) + 1,
    )
    done = Done(log.person[before], row_of[log.item[before]], log.at[before], log.liked[before])
    shown = shown_by_product(goods, done, past.who, now_s=past.start, places=K)
    scores = np.zeros((len(past.asked), len(past.catalogue) + 1))  # an empty place is of the last, which is nobody's
    np.put_along_axis(scores, shown, np.arange(K, 0, -1.0)[None, :], axis=1)
    return scores[:, :-1]


def candidates(log: Log, texts: Texts) -> dict[str, dict[str, Ranker]]:
    """Each ranker with all settings from which the part before the splits chooses one."""
    windows = (1, 3, 7, 14, 30, 90, 365, 1_095)
    return {
        "product": {"": partial(by_product, log=log, texts=texts)},
        "popularity": {"": popularity},
        "recent popularity": {f"{days} days": partial(popularity, days=days) for days in windows},
        "ItemKNN": {
            f"{neighbours} neighbours, shrink {shrink}": partial(item_knn, neighbours=neighbours, shrink=shrink)
            for neighbours in (20, 100, 400)
            for shrink in (0, 10)
        },
        "EASE": {f"penalty {penalty}": partial(ease, penalty=penalty) for penalty in (10, 30, 100, 300, 1_000, 3_000)},
        "implicit ALS": {
            f"{factors} factors, weight {weight}, penalty {penalty}": partial(
                als, factors=factors, weight=weight, penalty=penalty
            )
            for factors in (16, 48)
            for weight in (2, 10)
            for penalty in (3, 30)
        },
        "control": {"": partial(by_text, texts=texts)},
        "control, recent more": {
            f"half-life {days} days": partial(by_text, texts=texts, half_life_days=days)
            for days in (0.01, 0.1, 1, 7, 30, 180, 720)
        },
    }


def ranked(past: Split, ranker: Ranker) -> Ints:
    """The first ten of the catalogue for each who is asked about, without what they touched."""
    return top(np.where(past.seen, -np.inf, ranker(past)), K)


def chosen(past: Split, settings: dict[str, Ranker]) -> str:
    """The setting of highest nDCG@10 on that part; of equals the first."""
    if len(settings) == 1:
        return next(iter(settings))
    means = {name: float(ndcg(past.gains, ranked(past, ranker), k=K).mean()) for name, ranker in settings.items()}
    return max(means, key=lambda name: means[name])


def figures_of(log: Log, embedder: Embedder, *, is_quick: bool = False) -> dict[str, Any]:
    """All rankers on that log."""
    choosing, parts = split(log, CHOSEN_AT), [split(log, share) for share in (SPLITS[:1] if is_quick else SPLITS)]
    everybody, row = np.unique(np.concatenate([part.who for part in parts]), return_inverse=True)
    drawn = np.random.default_rng(SEED).integers(0, len(everybody), (DRAWS, len(everybody)))
    rankers: dict[str, Any] = {}
    for name, settings in candidates(log, Texts(log, embedder)).items():
        began = time.perf_counter()
        setting = next(iter(settings)) if is_quick else chosen(choosing, settings)
        lists = [ranked(part, settings[setting]) for part in parts]
        rankers[name] = {"setting": setting} if setting else {}
        for metric, measure in (("nDCG@10", ndcg), ("Recall@10", recall)):
            values = np.concatenate([measure(part.gains, each, k=K) for part, each in zip(parts, lists, strict=True)])
            of_person = np.bincount(row, values) / np.bincount(row)
            low, high = np.quantile(of_person[drawn].mean(1), [0.025, 0.975])
            rankers[name][metric] = round(float(of_person.mean()), 4)
            rankers[name][f"{metric} interval"] = [round(float(low), 4), round(float(high), 4)]
        print(f"{log.name}: {name} ({setting}) {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)
    return {
        "people": len(everybody),
        "people of each split": [len(part.asked) for part in parts],
        "items of each split": [len(part.catalogue) for part in parts],
        "likings to find": int(sum(part.gains.sum() for part in parts)),
        "likings of items not there before, left out": sum(part.left_out for part in parts),
        "people where settings were chosen": len(choosing.asked),
        "rankers": rankers,
    }


def headline_of(figures: dict[str, Any]) -> dict[str, float]:
    """What the README shows of them."""
    return {
        f"nDCG@10 on {name}, {ranker}": figure["rankers"][ranker]["nDCG@10"]
        for name, figure in figures.items()
        for ranker in ("product", "control, recent more", "recent popularity", "ItemKNN", "EASE")
    }


def main() -> None:
    """Measure the three logs and write the figures."""
    folder = data_dir("recommendation")
    if sys.argv[1:] == ["quick"]:
        with closing(MiniLM(threads=2)) as embedder:
            print(
                json.dumps(figures_of(movielens_small(folder / "ml_latest_small"), embedder, is_quick=True), indent=1)
            )
        return
    logs = [
        movielens_small(folder / "ml_latest_small"),
        movielens_100k(folder / "ml100k"),
        lastfm(folder / "lastfm_2k"),
    ]
    embedder = MiniLM(threads=2)
    figures = {log.name: figures_of(log, embedder) for log in logs}
    embedder.close()
    headline = headline_of(figures)
    notes = (
        f"Seed {SEED}. Global split by time, {len(SPLITS)} times; whole catalogue, nothing sampled; intervals of 95 % "
        f"over people ({DRAWS} draws); settings chosen on the tenth of the log before the first split. "
        "Definitions: bench/quality/feed_real.py."
    )
    write("feed_real", figures, headline=headline, notes=notes)


if __name__ == "__main__":
    main()
