"""
What the people of a workspace welcome, learnt from their events (`learn.forecast` does the learning).

    item     its *subjects*: how much it is about each of some kinds of things that people turn out to tell apart;
             its region and category; and facts: quality, age by category, how often it was shown to them
    person   what was tried with them (`tries`), and the topics that they picked

Subjects are found in two steps: first the directions of the vectors along which tastes differ are learnt, then the
items are grouped along them. So how a text is written, which vectors tell too, makes no subject unless people care.

It is learnt by each process from the records, in a thread, when the workspace has done enough since: the same records
teach the same, some 100,000 of the newest events take a second or two, and there is no file that a second machine would
not have. Until there are `LEAST_WINS` rewards of `LEAST_PEOPLE` people, there is none, and a rule of thumb stands in
(`View.welcome`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final
from zlib import crc32

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.feed.candidates import Near
from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.feed.tries import Tries, tries_of
from bowerbird.knowledge.index.nearest import Floats as Vector
from bowerbird.knowledge.index.nearest import Mask, Numbers
from bowerbird.learn.forecast import Forecast, Trials, fit
from bowerbird.records.tables import events, feed_people

__all__ = ["FeedForecast", "learn", "read_tries"]

Floats = NDArray[np.float64]
Number = NDArray[np.floating[Any]]

MOST_EVENTS: Final = 120_000
MOST_PEOPLE: Final = 400  # that are learnt from
SAMPLE: Final = 5_000  # items in which directions and subjects are looked for
DIRECTIONS: Final = 48
LENGTH: Final = 4.0  # of an item's directions: what a unit of taste is worth
SUBJECTS: Final = 48
SHARPNESS: Final = 5.0  # of the share of each subject in an item
SUBJECT_LENGTH: Final = 3.0
CATEGORIES: Final = 16  # the most frequent
REGIONS: Final = 16
AGES_DAYS: Final = (3.0, 10.0, 30.0)  # half-lives of what staleness is made of
HALF_LIFE_S: Final = 60 * DAY_S  # of what a try tells of somebody
SURE_WEIGHT: Final = 3.0
OTHERS: Final = 32  # items that somebody who found one is taken to have passed by
OTHERS_WEIGHT: Final = 20.0  # how many of them all together count for one that was found
MIXED: Final = 1_024
TOPIC_WORTH: Final = 1.0
SCORED: Final = 3_000  # up to so many items, all are
LIKED: Final = 1  # subjects whose items are, where there are more
NEAREST: Final = 100  # of each of those
HELD_OUT: Final = 0.1
FIRST_ROUNDS: Final = 6
ROUNDS: Final = 10
GROUPINGS: Final = 25


@dataclass(frozen=True, slots=True)
class Items:
    """How an item is read: the traits and facts that a forecast goes by."""

    centre: Vector  # (384,)
    directions: Vector  # (384, k)
    subjects: Vector | None  # (k, s) in the directions, None while they are not known
    categories: Numbers  # of each code of the catalogue its column; -1: none
    regions: Numbers
    made: Vector | None = None  # (rows, d) the traits of the rows that the catalogue had when it was learnt

    def about(self, vectors: Vector) -> Vector:
        """What vectors (n, 384) are about (n, k or s)."""
        along = (vectors - self.centre) @ self.directions
        if self.subjects is None:
            return along.astype(np.float32)
        length = np.linalg.norm(along, axis=1, keepdims=True)
        alike = SHARPNESS * (along / np.maximum(length, 1e-6)) @ self.subjects
        share = np.exp(alike - alike.max(axis=1, keepdims=True))
        found: Vector = (SUBJECT_LENGTH * share / share.sum(axis=1, keepdims=True)).astype(np.float32)
        return found

    def traits(self, catalogue: Catalogue, rows: Numbers) -> Vector:
        """What tastes are of (n, d)."""
        if self.made is not None and int(rows.max(initial=-1)) < len(self.made):
            return self.made[rows]
        about: Vector = self.about(catalogue.unit(rows)) * catalogue.has_vector[rows, None]
        return np.concatenate(
            (
                about.astype(np.float32),
                _columns(self.categories, catalogue.categories[rows]),
                _columns(self.regions, catalogue.regions[rows]),
            ),
            axis=1,
        )

    def of_topics(self, topics: Sequence[Vector]) -> Vector:
        """The traits of topics that are no items."""
        about = self.about(np.array(topics, np.float32))
        return np.concatenate(
            (about, np.zeros((len(about), _width(self.categories) + _width(self.regions)), np.float32)), axis=1
        )

    def facts(
        self, catalogue: Catalogue, rows: Numbers, *, at: Floats | float, before: Number, found: NDArray[Any] | float
    ) -> Floats:
        """What counts alike for everybody (n, f)."""
        age_days = np.maximum(at - catalogue.created_at[rows], 0.0) / DAY_S
        new = 0.5 ** (age_days[:, None] / np.array(AGES_DAYS))
        common = 4 + len(AGES_DAYS)
        facts = np.zeros((len(rows), common + _width(self.categories) * (len(AGES_DAYS) - 1)))
        facts[:, 0] = 1.0
        facts[:, 1] = found
        facts[:, 2] = catalogue.quality[rows] - 0.5
        facts[:, 3] = np.log1p(np.minimum(before, 20.0))
        facts[:, 4:common] = new
        kinds = _column_of(self.categories, catalogue.categories[rows])
        those = np.flatnonzero(kinds >= 0)
        by_kind = facts[:, common:].reshape(len(rows), _width(self.categories), len(AGES_DAYS) - 1)  # in place
        by_kind[those, kinds[those]] = new[those, 1:]
        return facts


@dataclass(frozen=True, slots=True)
class FeedForecast:
    """What was learnt of a workspace."""

    reading: Items
    learnt: Forecast
    others: Numbers  # items (row ids), mixed

    def taste(
        self, person: str, tries: Tries, topics: Sequence[Vector], catalogue: Catalogue, *, now_s: float
    ) -> Floats:
        """The taste of a person, for `chance`."""
        number = crc32(person.encode())
        known = _trials(self.reading, catalogue, [tries], [number], self.others, now_s=now_s, topics=topics)
        return self.learnt.taste(known)

    def chance(self, catalogue: Catalogue, rows: Numbers, taste: Floats, before: Number, *, now_s: float) -> Floats:
        """The chance (n,) that the person of that taste welcomes what is in these rows."""
        facts = self.reading.facts(catalogue, rows, at=now_s, before=before, found=0.0)
        return self.learnt.chance(facts, self.reading.traits(catalogue, rows), taste)

    def rows_near(self, near: Near, among: Mask, taste: Floats, vector: Vector) -> Numbers:
        """Rows of those that `among` marks: all, if there are few; else what is near to `vector` and what they like."""
        if np.count_nonzero(among) <= SCORED:
            return np.flatnonzero(among)
        towards = [one for one in (vector, *self._liked(taste)) if one.any()]
        return near.around(np.array(towards, np.float32), NEAREST, among)

    def _liked(self, taste: Floats) -> list[Vector]:
        """The directions (384,) of the subjects that they like most."""
        subjects = self.reading.subjects
        if subjects is None:
            return []
        most = np.argsort(-taste[: subjects.shape[1]], kind="stable")[:LIKED]
        back = self.reading.directions @ subjects[:, most]
        return [one / max(float(np.linalg.norm(one)), 1e-9) for one in back.T]


def read_tries(conn: sa.Connection, workspace: str) -> list[Tries]:
    """What was tried with each person of a workspace, of its newest events; what a person took back is left out."""
    columns = events.c
    rows = conn.execute(
        sa.select(
            columns.person, columns.item, columns.kind, columns.at, columns.value, columns.slate, columns.position
        )
        .outerjoin_from(events, feed_people, feed_people.c.person == columns.person)
        .where(columns.workspace == workspace, columns.at > sa.func.coalesce(feed_people.c.reset_at, 0.0))
        .order_by(columns.at.desc(), columns.id.desc())
        .limit(MOST_EVENTS)
    ).all()
    by_person = sorted(rows, key=lambda row: row.person)
    return [tries_of(list(some)) for _, some in groupby(by_person, key=lambda row: row.person)]


def learn(tries: Sequence[Tries], catalogue: Catalogue, *, now_s: float) -> FeedForecast | None:
    """What these tries teach; None while they are too few. It takes a second: call it off the event loop."""
    here = np.flatnonzero(~catalogue.gone[: catalogue.size] & catalogue.has_vector[: catalogue.size])
    tries = _enough(tries)
    if len(here) <= SUBJECTS or not tries:
        return None
    rng = np.random.default_rng(0)
    sample = here if len(here) <= SAMPLE else np.sort(rng.choice(here, SAMPLE, replace=False))
    others = catalogue.ids[rng.permutation(sample)[:MIXED]]
    reading = _directions(catalogue, sample)
    numbers = list(range(len(tries)))
    first = fit(
        _trials(reading, catalogue, tries, numbers, others, now_s=now_s, kept_out=HELD_OUT),
        people=len(tries),
        rounds=FIRST_ROUNDS,
    )
    if first is None:
        return None
    reading = _grouped(reading, first, catalogue, sample)
    reading = replace(reading, made=_whole(reading, catalogue))
    trials = _trials(reading, catalogue, tries, numbers, others, now_s=now_s, kept_out=HELD_OUT)
    learnt = fit(trials, people=len(tries), rounds=ROUNDS)
    return None if learnt is None else FeedForecast(reading, learnt, others)


def _enough(tries: Sequence[Tries]) -> list[Tries]:
    """Of some hundred people, evenly from all who were rewarded: more teach little more, and take their time."""
    told = [one for one in tries if one.won.any()]
    step = max(1.0, len(told) / MOST_PEOPLE)
    return [told[int(at * step)] for at in range(min(len(told), MOST_PEOPLE))]


def _whole(reading: Items, catalogue: Catalogue) -> Vector:
    """The traits of all rows."""
    rows = np.arange(catalogue.size)
    return np.concatenate([reading.traits(catalogue, rows[at : at + SAMPLE]) for at in range(0, len(rows), SAMPLE)])


def _trials(
    reading: Items,
    catalogue: Catalogue,
    tries: Sequence[Tries],
    numbers: Sequence[int],
    others: Numbers,
    *,
    now_s: float,
    topics: Sequence[Vector] = (),
    kept_out: float = 0.0,
) -> Trials:
    """
    What was tried with people, as trials; then what they passed by, where they found something by themselves.

    `numbers` say which of the `others` those are. `topics` are of a single person. `kept_out` is the share of the
    newest that may be kept from a fit.
    """
    count = np.array([len(one) for one in tries], np.int64)
    passed = [_passed(one, others, number, now_s) for one, number in zip(tries, numbers, strict=True)]
    person = np.concatenate([np.repeat(np.arange(len(tries)), count), np.repeat(np.arange(len(tries)), OTHERS)])
    every = [*tries, *(one for one, _ in passed)]
    own_of_others = np.concatenate([own for _, own in passed])
    ids, at, weight, won, sure, found, before = (
        np.concatenate([getattr(one, name) for one in every])
        for name in ("items", "at", "weight", "won", "sure", "found", "before")
    )
    rows = catalogue.rows_of(ids.tolist())
    worth = np.where(sure, SURE_WEIGHT, 1.0) * weight
    own = worth * 0.5 ** (np.maximum(now_s - at, 0.0) / HALF_LIFE_S)
    own[count.sum() :] = own_of_others
    here = (rows >= 0) & (worth > 0) & (catalogue.created_at[rows] <= at)
    held = ~found & (kept_out > 0.0)
    if held.any():
        held &= at > np.quantile(at[held], 1.0 - kept_out)
    which = np.flatnonzero(here)
    trials = Trials(
        person=person[which],
        facts=reading.facts(catalogue, rows[which], at=at[which], before=before[which], found=found[which]),
        traits=reading.traits(catalogue, rows[which]),
        won=won[which],
        sure=sure[which],
        weight=worth[which],
        own=own[which],
        held=held[which],
    )
    return _with_topics(trials, reading.of_topics(topics)) if topics else trials


def _passed(tries: Tries, others: Numbers, number: int, now_s: float) -> tuple[Tries, NDArray[np.float64]]:
    """What somebody passed by who found things, and how much that tells of them now."""
    some = others[(np.arange(OTHERS) + number * OTHERS) % len(others)]
    found = tries.found & tries.won
    if not found.any():
        nothing = np.zeros(OTHERS)
        return Tries(some, nothing, nothing, nothing > 0, nothing > 0, nothing == 0, nothing), nothing
    at = tries.at[found]
    each = OTHERS_WEIGHT / OTHERS
    own = each * float((0.5 ** (np.maximum(now_s - at, 0.0) / HALF_LIFE_S)).sum())
    full = np.ones(OTHERS)
    return Tries(some, full * at.mean(), full * each * len(at), full < 0, full < 0, full > 0, 0 * full), full * own


def _with_topics(trials: Trials, traits: Vector) -> Trials:
    """Topics that the one person picked, as if each had been won."""
    count = len(traits)
    facts = np.zeros((count, trials.facts.shape[1]))
    facts[:, 0] = 1.0
    full = np.ones(count)
    return Trials(
        person=np.append(trials.person, np.zeros(count, np.int64)),
        facts=np.concatenate((trials.facts, facts)),
        traits=np.concatenate((trials.traits, traits)),
        won=np.append(trials.won, full > 0),
        sure=np.append(trials.sure, full > 0),
        weight=np.append(trials.weight, full),
        own=np.append(trials.own, full * TOPIC_WORTH),
        held=np.append(trials.held, full < 0),
    )


def _directions(catalogue: Catalogue, sample: Numbers) -> Items:
    """How items are read before subjects are known: along the directions in which their vectors differ most."""
    vectors = catalogue.unit(sample)
    centre = vectors.mean(axis=0)
    away = vectors - centre
    _, along = np.linalg.eigh((away.T @ away).astype(np.float64))
    directions = along[:, ::-1][:, :DIRECTIONS].astype(np.float32)
    length = float(np.sqrt(((away @ directions) ** 2).sum(axis=1).mean()))
    return Items(
        centre=centre,
        directions=directions * np.float32(LENGTH / max(length, 1e-6)),
        subjects=None,
        categories=_most(catalogue.categories[sample], len(catalogue.category_names), CATEGORIES),
        regions=_most(catalogue.regions[sample], len(catalogue.region_names), REGIONS),
    )


def _grouped(reading: Items, learnt: Forecast, catalogue: Catalogue, sample: Numbers) -> Items:
    """The same with subjects: groups of items along the directions in which tastes differ (spherical k-means)."""
    count = reading.directions.shape[1]
    spread, along = np.linalg.eigh(np.linalg.inv(learnt.precision)[:count, :count])
    turned = (reading.directions @ (along * np.sqrt(np.maximum(spread, 0.0)))).astype(np.float32)
    directions = replace(reading, directions=turned)
    told = directions.about(catalogue.unit(sample))
    told /= np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-6)
    rng = np.random.default_rng(0)
    chosen = [int(rng.integers(len(told)))]
    nearest = told @ told[chosen[0]]
    for _ in range(SUBJECTS - 1):
        apart = np.maximum(1.0 - nearest, 0.0).astype(np.float64) ** 2 + 1e-12
        chosen.append(int(rng.choice(len(told), p=apart / apart.sum())))
        nearest = np.maximum(nearest, told @ told[chosen[-1]])
    centres = told[chosen]
    for _ in range(GROUPINGS):
        group = np.argmax(told @ centres.T, axis=1)
        summed = np.zeros_like(centres)
        np.add.at(summed, group, told)
        length = np.linalg.norm(summed, axis=1, keepdims=True)
        centres = np.where(length > 1e-6, summed / np.maximum(length, 1e-6), centres)
    return replace(directions, subjects=centres.T.copy())


def _most(codes: NDArray[np.int32], names: int, most: int) -> Numbers:
    """Of each code its column, for the most frequent; -1 for the others, and at the end for what has none."""
    count = np.bincount(codes[codes >= 0], minlength=names)
    columns = np.full(names + 1, -1, np.int64)
    frequent = np.argsort(-count, kind="stable")[:most]
    frequent = frequent[count[frequent] > 0]
    columns[frequent] = np.arange(len(frequent))
    return columns


def _width(columns: Numbers) -> int:
    return int(columns.max(initial=-1)) + 1


def _columns(columns: Numbers, codes: NDArray[np.int32]) -> Vector:
    """Ones where an item is of that column."""
    at = _column_of(columns, codes)
    found = np.zeros((len(codes), _width(columns)), np.float32)
    rows = np.flatnonzero(at >= 0)
    found[rows, at[rows]] = 1.0
    return found


def _column_of(columns: Numbers, codes: NDArray[np.int32]) -> Numbers:
    """The column of each code; -1 for one that has none, or came since."""
    return columns[np.where(codes < len(columns) - 1, codes, -1)]
