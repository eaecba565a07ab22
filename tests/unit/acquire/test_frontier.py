"""Which URL is asked for next."""

import numpy as np

from bowerbird.acquire import frontier as frontier_module
from bowerbird.acquire.frontier import Frontier, Vectors
from bowerbird.acquire.outcomes import Row
from bowerbird.acquire.relevance import MIN_PAGES, Topic, goal_words, words_of_url


def row(number: int, *, depth: int = 1, anchor: str = "some words", folder: str = "a") -> Row:
    """A URL in a folder."""
    return Row(number, f"https://example.org/{folder}/{number}", anchor, depth, None, 0.0, "")


def towards(axis: int, *, size: int = 8, share: float = 1.0) -> Vectors:
    """A unit vector that points along an axis, as far as `share` says."""
    vector = np.full(size, 1e-3, np.float32)
    vector[axis] = share
    vector[-1] += np.sqrt(max(0.0, 1 - share * share))
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def popped(frontier: Frontier) -> list[int]:
    """All that waits, in the order in which it comes."""
    found: list[int] = []
    while (best := frontier.pop()) is not None:
        found.append(best.id)
    return found


def warmed(topic: Topic) -> Frontier:
    """A frontier that has read enough pages to have an order."""
    frontier = Frontier(topic)
    for number in range(1000, 1000 + frontier_module.WARM_UP):
        frontier.learn(row(number), towards(5))
    return frontier


def test_without_a_goal_the_least_deep_come_first() -> None:
    """A crawl of everything goes level by level, in the order of discovery."""
    frontier = Frontier(None)
    for each in (row(1, depth=2), row(2, depth=1), row(3, depth=1)):
        frontier.offer(each)
    assert popped(frontier) == [2, 3, 1]


def test_links_whose_words_are_near_the_goal_come_first() -> None:
    """After the first pages the words of a link decide."""
    frontier = warmed(Topic(towards(0)))
    for number in (1, 2, 3):
        frontier.offer(row(number), parent=0.0)
    frontier.read([1, 2, 3], np.stack([towards(1), towards(0), towards(0, share=0.5)]))
    assert popped(frontier) == [2, 3, 1]


def test_links_of_pages_that_serve_the_goal_come_first() -> None:
    """Of links that say the same, those of relevant pages are better."""
    frontier = warmed(Topic(towards(0)))
    frontier.offer(row(1), parent=0.0)
    frontier.offer(row(2), parent=1.0)
    frontier.read([1, 2], np.stack([towards(3), towards(3)]))
    frontier.linked_again(1, parent=0.2)
    assert popped(frontier) == [2, 1]


def test_folders_that_gave_much_come_first() -> None:
    """What the pages of a folder gave, or led to, speaks for its siblings."""
    frontier = warmed(Topic(towards(0)))
    for number in range(4):
        frontier.learn(row(100 + number, folder="good"), towards(0))
        frontier.learn(row(200 + number, folder="bad"), towards(4))
    frontier.offer(row(1, folder="bad"), parent=0.5)
    frontier.offer(row(2, folder="good"), parent=0.5)
    frontier.read([1, 2], np.stack([towards(3), towards(3)]))
    assert popped(frontier) == [2, 1]


def test_known_pages_come_first() -> None:
    """What an earlier crawl kept is checked before anything new."""
    frontier = warmed(Topic(towards(0)))
    frontier.offer(row(1), parent=1.0)
    frontier.offer(row(2), is_known=True)
    frontier.read([1], np.stack([towards(0)]))
    assert popped(frontier) == [2, 1]


def test_words_are_read_once_and_only_of_what_waits() -> None:
    """A URL that was asked for meanwhile needs no place; one without words takes those of its address."""
    frontier = Frontier(Topic(towards(0)))
    frontier.offer(Row(1, "https://example.org/a-long/path_name.html?sort=date", "", 1, None, 0.0, ""))
    frontier.offer(row(2))
    assert frontier.unread(10) == [(1, "a long path name sort date"), (2, "some words")]
    frontier.read([2], towards(0)[None, :])
    assert frontier.waits_for_words == 1
    assert popped(frontier) == [2, 1]
    assert frontier.unread(10) == []


def test_it_is_spent_when_little_comes_and_little_is_promised() -> None:
    """A long run of pages that add nothing ends the crawl, unless good links or known pages wait."""
    frontier = Frontier(Topic(towards(0)))
    for number in range(40):
        frontier.learn(row(number), towards(0))
    assert not frontier.is_spent()
    for number in range(40, 120):
        frontier.learn(row(number), towards(1 + number % 6))
    frontier.offer(row(1000))
    frontier.read([1000], towards(4)[None, :])
    assert frontier.is_spent()
    for number in range(1001, 1031):
        frontier.offer(row(number))
    frontier.read(list(range(1001, 1031)), np.stack([towards(0)] * 30))
    assert not frontier.is_spent()


def test_a_small_site_is_never_spent() -> None:
    """Nothing is given up before some pages were read."""
    frontier = Frontier(Topic(towards(0)))
    for number in range(20):
        frontier.learn(row(number), towards(3))
    frontier.offer(row(1000))
    frontier.read([1000], towards(4)[None, :])
    assert not frontier.is_spent()


def test_a_topic_learns_what_the_goal_means_here() -> None:
    """Pages a little nearer to the goal than others show the direction that their like lie in."""
    goal = towards(0)
    topic = Topic(goal)
    kin = (0.3 * towards(0) + towards(1)) / np.linalg.norm(0.3 * towards(0) + towards(1))
    for number in range(MIN_PAGES * 4):
        topic.learn((kin if number % 4 == 0 else towards(2 + number % 4)).astype(np.float32))
    near, far = topic.relevance(np.stack([towards(1), towards(4)]))
    assert near > 0.8
    assert far < 0.2


def test_goals_are_freed_of_asking() -> None:
    """What a goal is about is what remains without the words that only ask."""
    assert goal_words("Learn about machine learning techniques") == "machine learning techniques"
    assert goal_words("I want to know about nature") == "nature"
    assert goal_words("nature") == "nature"
    assert goal_words("Tell me more") == "Tell me more"


def test_words_of_a_url() -> None:
    """The words of a path, without its host and its ending."""
    assert words_of_url("https://www.example.org/auto_examples/plot-iris.html") == "auto examples plot iris"
    assert words_of_url("https://example.org/") == ""
