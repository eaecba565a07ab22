"""The questions that we wrote ourselves are read with the places of their answers, or refused with the place."""

import json
from pathlib import Path

import pytest

from bench.quality.written import paragraphs
from bowerbird.kernel.errors import InputWrong

ROW = {"topic": "t", "title": "A bridge", "text": "The bridge was built in 1901. It is old."}


def _file(folder: Path, questions: object) -> Path:
    (folder / "a.jsonl").write_text(json.dumps(ROW | {"questions": questions}) + "\n", encoding="utf-8")
    return folder


def test_every_answer_that_we_wrote_stands_in_its_text() -> None:
    """All files are read; each answer is a stretch of its text, and some questions have none."""
    every = paragraphs()
    answers = [one.answer for each in every for one in each.questions]
    assert len(every) > 200
    assert all(0 <= one[0] < one[1] for one in answers if one is not None)
    assert None in answers


def test_an_answer_is_found_where_it_stands(tmp_path: Path) -> None:
    """Start and end in the text; none where there is no answer."""
    given = [{"q": "When was it built?", "a": "1901"}, {"q": "Who built it?", "a": None}]
    asked = paragraphs(_file(tmp_path, given))[0].questions
    assert [one.answer for one in asked] == [(24, 28), None]


@pytest.mark.parametrize("questions", [[{"q": "When?", "a": "1902"}], [{"q": "When?", "a": ""}], [{"q": "When?"}], 3])
def test_what_would_teach_a_wrong_place_is_refused(tmp_path: Path, questions: object) -> None:
    """The message names file and line."""
    with pytest.raises(InputWrong, match=r"a\.jsonl, line 1"):
        paragraphs(_file(tmp_path, questions))
