"""Replies as values: what does not fit is told to the model once; circles are not heard to the end."""

from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.kernel.errors import ModelMisspoke
from bowerbird.models.chat import Message, Reply, Request, Usage
from bowerbird.models.prompts import marked, new_boundary
from bowerbird.models.structured import Unfit, goes_in_circles, structured


class Sayer:
    """Says one thing after the other, in pieces of ten characters."""

    name = "sayer"

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.heard: list[Request] = []
        self.said = 0

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply]:
        self.heard.append(request)
        text = self.texts.pop(0)
        for start in range(0, len(text), 10):
            self.said += 10
            yield text[start : start + 10]
        yield Reply(text, self.name, Usage(1, 1, None))

    async def ping(self) -> None:
        """There."""

    async def close(self) -> None:
        """Nothing to close."""


REQUEST = Request((Message("user", "a number"),), "w")


def number(text: str) -> int:
    """The number that it says."""
    try:
        return int(text)
    except ValueError:
        raise Unfit(f"{text!r} is no number") from None


async def test_the_model_is_told_what_was_wrong_and_asked_once_more() -> None:
    """In the same conversation, with its own words before the correction."""
    sayer = Sayer("four", "4")

    assert await structured(sayer, REQUEST, number) == 4
    assert [message.role for message in sayer.heard[1].messages] == ["user", "assistant", "user"]
    assert sayer.heard[1].messages[1].text == "four"
    assert "'four' is no number" in sayer.heard[1].messages[2].text


async def test_what_does_not_fit_twice_is_an_error() -> None:
    """And not a third question."""
    sayer = Sayer("four", "five", "6")
    with pytest.raises(ModelMisspoke, match="'five' is no number"):
        await structured(sayer, REQUEST, number)

    assert len(sayer.heard) == 2


@pytest.mark.parametrize("round_", [" ", "ab", '{"text": "It is so."}, ', "\n\n    "])
async def test_circles_are_not_heard_to_the_end(round_: str) -> None:
    """White space without an end too, which a grammar allows."""
    sayer = Sayer('{"claims": [' + round_ * 5000)
    with pytest.raises(ModelMisspoke, match="circles"):
        await structured(sayer, REQUEST, number)

    assert sayer.said < 1500


@given(st.text(st.sampled_from("ab "), min_size=1, max_size=60), st.text("xyz", max_size=30))
def test_any_stretch_said_again_and_again_is_a_circle(stretch: str, before: str) -> None:
    """Whatever came before it."""
    assert goes_in_circles(before + stretch * (160 // len(stretch) + 5))


def test_a_list_with_like_items_is_no_circle() -> None:
    """Items that count are not the same."""
    assert not goes_in_circles("".join(f'{{"text": "Item {n} is red."}}, ' for n in range(40)))


def test_a_boundary_is_new_each_time_and_in_no_text() -> None:
    """So that no page can end its own mark."""
    drawn = {new_boundary(["text"]) for _ in range(100)}

    assert len(drawn) == 100
    assert all(len(boundary) == 32 for boundary in drawn)
    assert marked("data", "passage 1", "f00") == "[[f00:passage 1]]\ndata\n[[f00:end passage 1]]"
