"""Laws of the frontier: nothing is lost, nothing comes twice, whatever is learned in between."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bowerbird.acquire.frontier import Frontier
from bowerbird.acquire.outcomes import Row
from bowerbird.acquire.relevance import Topic

SIZE = 4
Step = tuple[str, int]
steps = st.lists(
    st.tuples(st.sampled_from(["offer", "pop", "read", "learn", "again", "spent"]), st.integers(0, 15)), max_size=60
)


def vector(seed: int) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    """Some unit vector."""
    drawn = np.random.default_rng(seed).standard_normal(SIZE).astype(np.float32)
    return drawn / np.float32(np.linalg.norm(drawn))


def row(number: int) -> Row:
    """A URL of its own."""
    return Row(number, f"https://example.org/{number % 3}/{number}", f"word {number}", number % 4, None, 0.0, "")


@given(steps, st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_is_offered_comes_once(taken: list[Step], ordered: bool) -> None:
    """Every URL offered is popped exactly once, and the count of what waits is right all along."""
    frontier = Frontier(Topic(vector(99)) if ordered else None)
    waiting: set[int] = set()
    came: list[int] = []
    offered: set[int] = set()
    for name, number in taken:
        match name:
            case "offer" if number not in offered:
                offered.add(number)
                waiting.add(number)
                frontier.offer(row(number), parent=(number % 5) / 4, is_known=number % 7 == 0)
            case "pop":
                best = frontier.pop()
                assert (best is None) == (not waiting)
                if best is not None:
                    waiting.remove(best.id)
                    came.append(best.id)
            case "read":
                unread = frontier.unread(number)
                assert {row_id for row_id, _ in unread} <= waiting
                frontier.read([row_id for row_id, _ in unread], np.stack([vector(i) for i, _ in unread] or [vector(0)]))
            case "learn":
                assert 0.0 <= frontier.learn(row(number), vector(number) if number % 2 else None) <= 1.0
            case "again":
                frontier.linked_again(number, parent=1.0)
            case _:
                frontier.is_spent()
        assert len(frontier) == len(waiting)
    while (best := frontier.pop()) is not None:
        came.append(best.id)
    assert sorted(came) == sorted(offered)
