"""`bowerbird experiments analyse`: from a file or standard input, for people and programs."""

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from bowerbird.cli import main

ROOT = Path(__file__).resolve().parents[3]
HOW_TO = ROOT / "docs" / "howto" / "experiments-analyse.md"
ASKED: dict[str, Any] = {
    "metric": "proportion",
    "weights": {"old": 0.5, "new": 0.5},
    "control": "old",
    "variants": {"old": {"n": 3000, "sum": 300}, "new": {"n": 3000, "sum": 378}},
}


class Run:
    """Runs the command in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capsys = monkeypatch, capsys

    def __call__(self, *args: str, stdin: str = "") -> tuple[int, str, str]:
        """The exit code, what it printed and what it complained of."""
        self._patch.setattr(sys, "argv", ["bowerbird", "experiments", "analyse", *args])
        self._patch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as left:
            main()
        told = self._capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command."""
    return Run(monkeypatch, capsys)


def test_a_file_and_standard_input_say_the_same(run: Run, tmp_path: Path) -> None:
    """One JSON document with the contracted fields, from either."""
    file = tmp_path / "asked.json"
    file.write_text(json.dumps(ASKED))
    code, out, _ = run(str(file), "--json")
    told = json.loads(out)

    assert code == 0
    assert run("-", "--json", stdin=json.dumps(ASKED)) == (0, out, "")
    assert set(told["srm"]) >= {"p", "ok"}
    assert set(told["results"]["new"]) >= {"lift", "se", "ci", "p", "significant", "n"}
    assert told["results"]["new"]["ci"] == pytest.approx([-0.0188710337, 0.5388710337])
    assert told["results"]["new"]["fixed"]["p"] == pytest.approx(0.0046533168)


def test_for_people(run: Run) -> None:
    """A line for each variant with both intervals; a wrong ratio and what is not known are told in words."""
    code, out, _ = run("-", stdin=json.dumps(ASKED))
    assert code == 0
    assert "shares of units: as expected" in out
    assert re.search(r"new +3,000 +0\.126 +\+26\.00% +-1\.89% to \+53\.89% +0\.0863", out)
    assert "at one planned look +8.00% to +44.00%, p 0.00465" in out

    wrong = ASKED | {"variants": {"old": {"n": 3000, "sum": 0}, "new": {"n": 9000, "sum": 378}}, "margin": 0.1}
    code, out, err = run("-", stdin=json.dumps(wrong))
    assert code == 0
    assert "MISMATCH" in out
    assert "no figure: the baseline" in out
    assert "believe no figure" in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("[", "no JSON"),
        ("[]", "expected an object"),
        ('{"metric": "mean", "metric": "ratio"}', "'metric' stands twice"),
        (json.dumps(ASKED).replace("378", "NaN"), "expected a number"),
        (json.dumps(ASKED).replace("378", "9000"), "from 0 to n"),
        ("[" * 100_000, "no JSON"),
        ("\ud800", "no JSON"),
    ],
)
def test_what_is_no_request_is_refused(run: Run, text: str, says: str) -> None:
    """Exit code 2, nothing on standard output, and what was expected, also as JSON."""
    code, out, err = run("-", "--json", stdin=text)

    assert (code, out) == (2, "")
    assert says in json.loads(err)["error"]["message"]


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    """It is told as a wrong command."""
    code, _, err = run(str(tmp_path / "nowhere.json"))
    assert code == 2
    assert "cannot be read" in err


@pytest.mark.parametrize("example", re.findall(r"```json\n(.*?)```", HOW_TO.read_text(), flags=re.DOTALL))
def test_the_examples_of_the_how_to_run(run: Run, example: str) -> None:
    """Every request that stands there is answered with a figure for each variant."""
    code, out, err = run("-", "--json", stdin=example)

    assert code == 0, err
    assert all(one["p"] is not None for one in json.loads(out)["results"].values())


def test_what_the_how_to_shows_is_printed(run: Run) -> None:
    """The first example, for people."""
    text = HOW_TO.read_text()
    asked, shown = (re.search(rf"```{begins}(.*?)```", text, re.DOTALL) for begins in ("json\n", "\n(?=shares of)"))

    assert asked is not None
    assert shown is not None
    assert run("-", stdin=asked[1]) == (0, shown[1], "")
