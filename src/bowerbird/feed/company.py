"""
What others did with an item: how much it was welcomed, and by people who welcome what this person does.

    popularity   how many people welcomed it, against how many would have if it were like the others, as often as it was
                 shown; the longer ago the less, once by the month and once by the year
    shared       the product of the item and the person, by who welcomed what (`learn.shared`)

How far these can be trusted is learnt (`forecast`): what was known at a moment is held against what came after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.feed.tries import Tries
from bowerbird.knowledge.index.nearest import Numbers
from bowerbird.learn.shared import Shared, share

__all__ = ["DOUBTED", "FACTS", "Company", "company"]

Floats = NDArray[np.float64]

HALF_LIVES_S: Final = (30 * DAY_S, 365 * DAY_S)
UNKNOWN: Final = 0.5  # people, that every item is taken to have been welcomed by
FACTS: Final = len(HALF_LIVES_S) + 1
# Few items have large products, and a feed shows few of those: by what it showed alone it is hard to tell how far they
# can be trusted, and a weight that is wrong moves just them to the top.
DOUBTED: Final = (FACTS - 1,)
POOL: Final = 4_000  # of the most welcomed, among which is looked for what a person may share


@dataclass(frozen=True, slots=True)
class Company:
    """What was learnt of the rows that the catalogue had then."""

    shared: Shared
    popular: Floats  # (rows, 2)
    unknown: Floats  # (2,) of what nobody welcomed
    pool: Numbers  # rows, the most welcomed first
    pool_popular: Floats  # (p, 2) of these
    pool_items: NDArray[np.float32]  # (p, f)

    def person(self, tries: Tries, catalogue: Catalogue) -> Floats:
        """The vector of somebody who tried these."""
        rows = np.unique(catalogue.rows_of(tries.items[tries.won].tolist(), size=len(self.popular)))
        return self.shared.person(rows[rows >= 0])

    def facts(self, catalogue: Catalogue, rows: Numbers, person: Floats) -> Floats:
        """
        Of each row (n, FACTS) for the person of that vector.

        Of an item that changed since, as of the row that it had; of one that came since, as of what nobody welcomed.
        """
        rows = catalogue.rows_then(rows, len(self.popular))
        here = rows >= 0
        found = np.zeros((len(rows), FACTS))
        found[:, :-1] = self.unknown
        found[here] = self.of(rows[here], person)
        return found

    def worth(self, person: Floats, weights: Floats) -> Floats:
        """Of each row of the pool (p,), with these weights of the facts."""
        found: Floats = self.pool_popular @ weights[:-1] + self.pool_items @ (weights[-1] * person).astype(np.float32)
        return found

    def of(self, rows: Numbers, person: Floats) -> Floats:
        """The same of rows that were there when it was learnt."""
        return np.column_stack((self.popular[rows], self.shared.items[rows] @ person))


def company(tries: Sequence[Tries], catalogue: Catalogue, *, now_s: float) -> Company:
    """What was known at that moment of these people's doings (of everybody's, if it can be)."""
    size = catalogue.size
    person = np.repeat(np.arange(len(tries)), [len(one) for one in tries])
    items, at, won, found, weight = (_joined(tries, name) for name in ("items", "at", "won", "found", "weight"))
    rows = catalogue.rows_of(items.tolist(), size=size)
    here = np.flatnonzero((rows >= 0) & (at < now_s))
    person, rows, at, won, shown = person[here], rows[here], at[here], won[here], np.where(found, 0.0, weight)[here]
    _, first = np.unique((person * size + rows)[won], return_index=True)  # each pair once, the newest of it
    welcomed = np.flatnonzero(won)[first]
    popular: list[Floats] = []
    unknown: list[float] = []
    counts: Floats = np.zeros(size)
    for half_life_s in HALF_LIVES_S:
        faded = 0.5 ** ((now_s - at) / half_life_s)
        counts = np.bincount(rows[welcomed], faded[welcomed], minlength=size).astype(np.float64)
        by_showing = faded * shown
        rate = (by_showing * won).sum() / max(by_showing.sum(), 1e-9)
        by_themselves = (faded[welcomed] * (shown[welcomed] == 0)).sum() / max(size, 1)
        expected = rate * np.bincount(rows, by_showing, minlength=size) + by_themselves
        popular.append(np.log((counts + UNKNOWN) / (expected + UNKNOWN)))
        unknown.append(float(np.log(UNKNOWN / (by_themselves + UNKNOWN))))
    pool = np.argsort(-counts, kind="stable")[:POOL]
    pool = pool[counts[pool] > 0]
    shared = share(person[welcomed], rows[welcomed], people=len(tries), items=size)
    table = np.column_stack(popular)
    return Company(
        shared=shared,
        popular=table,
        unknown=np.array(unknown),
        pool=pool,
        pool_popular=table[pool],
        pool_items=shared.items[pool],
    )


def _joined(tries: Sequence[Tries], name: str) -> NDArray[Any]:
    return np.concatenate([getattr(one, name) for one in tries]) if tries else np.empty(0)
