"""`bowerbird experiments`: the plan of the how-to, from a file to its sums."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner, Result

from bowerbird.cli.main import app as commands
from bowerbird.cli.options import settings_for, with_app
from bowerbird.experiments import learn
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.wiring import App

HOWTO: Final = Path(__file__).resolve().parents[3] / "docs" / "howto" / "experiments.md"

pytestmark = pytest.mark.usefixtures("records_in_environment")


def run(data: Path, command: str, *given: str, text: str = "") -> Result:
    """What the command does."""
    return CliRunner().invoke(commands, ["experiments", command, *given, "--data", str(data)], input=text)


def said(data: Path, command: str, *given: str, text: str = "") -> Any:
    """The JSON that it prints."""
    done = run(data, command, *given, "--json", text=text)
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_the_plan_of_the_how_to_runs(tmp_path: Path) -> None:
    """Created from the file, started, shown, its sums printed as they are analysed, stopped, listed."""
    found = re.search(r"```json\n(.*?)```", HOWTO.read_text(), re.DOTALL)
    assert found
    (tmp_path / "ranker.json").write_text(found[1])
    data = tmp_path / "data"

    assert said(data, "create", str(tmp_path / "ranker.json"))["state"] == "draft"
    started = said(data, "start", "feed-ranker")
    assert (started["state"], started["keeps_its_promise"], len(started["promised"])) == ("running", True, 64)
    request = json.loads(run(data, "show", "feed-ranker", "--metric", "opened-per-shown").stdout)
    assert (request["metric"], request["margin"], request["variants"]["forecast"]["n"]) == ("ratio", 0.02, 0)
    shown = run(data, "show", "feed-ranker").stdout
    assert "feed-ranker: running, phase 1. Ranking by what is forecast" in shown
    assert "control                 0 people" in shown
    assert said(data, "show", "feed-ranker")["results"]["exposures"]["control"]["people"] == 0
    told = run(data, "report", "feed-ranker").stdout
    assert "control                 0 people, 0 expected" in told
    assert "saved, by which it is decided" in told
    assert "Guardrail, not known yet: variant 'control' has 0 units" in told
    assert "Advice: wait. " in told
    report = said(data, "report", "feed-ranker")
    assert (report["locked"], report["primary"], report["advice"]["decision"]) == (False, "saved", "wait")
    rules = json.loads(found[1])["rules"] | {"traffic": 0.5}
    (tmp_path / "more.json").write_text(json.dumps({"rules": rules}))
    assert said(data, "change", "feed-ranker", str(tmp_path / "more.json"))["rules"]["traffic"] == 0.5
    assert said(data, "change", "feed-ranker", "--new-phase")["phase"] == 2
    assert said(data, "segments", "feed-ranker", "--metric", "dwell")["metric"] == "dwell"
    assert "feed-ranker, phase 2: saved" in run(data, "segments", "feed-ranker").stdout
    waits = said(data, "decide", "feed-ranker", "wait", "--reasons", "Nobody came yet.")
    assert (waits["state"], waits["decision"]) == ("running", None)
    learnt = said(data, "learn", "Nobody came.", "--experiment", "feed-ranker")
    assert (learnt["experiment"], learnt["effect"]) == ("feed-ranker", None)
    assert [one["text"] for one in said(data, "learnings", "NOBODY")["learnings"]] == ["Nobody came."]
    assert said(data, "learnings", "--metric", "saved") == {"learnings": [], "prior": None}
    assert "feed-ranker               Nobody came." in run(data, "learnings").stdout
    assert said(data, "stop", "feed-ranker")["state"] == "stopped"
    assert [one["name"] for one in said(data, "list")["experiments"]] == ["feed-ranker"]
    assert "feed-ranker               stopped" in run(data, "list").stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "- is no JSON"),
        ("[]", "- holds no object"),
        ('{"name": "x"}', "plan: it is missing"),
        ('{"name": "x", "plan": {}, "rules": {}, "more": 1}', "plan.hypothesis"),
    ],
)
def test_a_file_that_is_no_plan_is_told(tmp_path: Path, text: str, says: str) -> None:
    """With what was expected, before anything is opened."""
    done = run(tmp_path, "create", "-", text=text)
    assert isinstance(done.exception, InputWrong)
    assert says in str(done.exception)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    """A file, an experiment, a metric."""
    assert "cannot be read" in str(run(tmp_path, "create", str(tmp_path / "nowhere.json")).exception)
    assert isinstance(run(tmp_path, "show", "nothing").exception, NotFound)


def test_a_draft_is_changed_by_the_file_that_it_is_from(tmp_path: Path) -> None:
    """Once it runs, the same file changes who is in and not what was promised; another name is another experiment."""
    plan = {"hypothesis": "More is saved.", "metric": "saved", "metrics": [{"name": "saved", "kinds": ["saved"]}]}
    whole = {"name": "ranker", "plan": plan, "rules": {"variants": [{"name": "a"}, {"name": "b"}], "traffic": 0.1}}
    data = tmp_path / "data"
    said(data, "create", "-", text=json.dumps(whole))
    other = whole | {"plan": plan | {"mde": 0.2}}
    assert said(data, "change", "ranker", "-", text=json.dumps(other))["plan"]["mde"] == 0.2
    said(data, "start", "ranker")
    refused = run(data, "change", "ranker", "-", text=json.dumps(whole)).exception
    assert "sealed at its start" in str(refused)
    more = other | {"rules": {"variants": [{"name": "a"}, {"name": "b"}], "traffic": 0.2}}
    assert said(data, "change", "ranker", "-", text=json.dumps(more))["rules"]["traffic"] == 0.2
    named = run(data, "change", "ranker", "-", text=json.dumps(more | {"name": "other"})).exception
    assert "names stay for ever" in str(named)
    assert "nothing is given to change" in str(run(data, "change", "ranker").exception)
    wrong = run(data, "decide", "ranker", "forget", "--reasons", "x").exception
    assert "expected one of ship, roll back, wait, review" in str(wrong)


def test_the_product_is_tried_from_the_command_line(tmp_path: Path) -> None:
    """Its places are listed with what each can do and what is given."""
    rules = '{"place": "feed.agents", "variants": [{"name": "all"}, {"name": "without-serendipity"}]}'
    plan = '{"hypothesis": "h", "metric": "m", "metrics": [{"name": "m", "kinds": ["opened"]}]}'
    written = f'{{"name": "surprise", "plan": {plan}, "rules": {rules}}}'
    data = tmp_path / "data"
    done = run(data, "create", "-", text=written.replace("without-serendipity", "without-it"))
    assert isinstance(done.exception, InputWrong)
    assert "'without-it' is no variant at feed.agents" in str(done.exception)
    said(data, "create", "-", text=written)
    said(data, "start", "surprise")
    told = {one["place"]: one for one in said(data, "places")["places"]}
    assert told["feed.agents"]["running"] == ["surprise"]
    listed = run(data, "places").stdout
    assert "feed.agents: Who of the agents nominates what is shown. Running: surprise." in listed
    assert re.search(r"^  \* all +All of them: discovery, ", listed, re.MULTILINE)
    assert re.search(r"^    without-serendipity +Without serendipity\.$", listed, re.MULTILINE)


def test_how_large_effects_on_a_metric_were_is_told_from_the_command_line(tmp_path: Path) -> None:
    """Below what was learnt of it; of a metric on which nothing was measured there is no such line."""
    data = tmp_path / "data"

    async def remember(opened: App) -> None:
        for lift in (-0.01, 0.02, 0.06):
            effect = {"metric": "saved", "lift": lift}
            await opened.records.awrite(
                lambda conn, effect=effect: learn(conn, opened.scope, "It was so.", clock=opened.clock, effect=effect)  # type: ignore[misc]
            )

    with_app(settings_for(data), remember)
    told = run(data, "learnings", "--metric", "saved").stdout
    assert "Of 3 on saved: from -1.00% to +6.00%, in the middle 2.00% in size." in told
    assert "Of " not in run(data, "learnings", "--metric", "other").stdout


def test_a_quantile_is_shown_from_the_command_line(tmp_path: Path) -> None:
    """Of who did nothing it is 0, of nobody there is none; a mean beside it is told as before."""
    metrics = [{"name": "long", "kinds": ["dwelt"], "of": "sum", "quantile": 0.9}, {"name": "m", "kinds": ["opened"]}]
    plan = {"hypothesis": "h", "metric": "long", "metrics": metrics}
    whole = {"name": "slow", "plan": plan, "rules": {"variants": [{"name": "a"}, {"name": "b"}]}}
    data = tmp_path / "data"
    said(data, "create", "-", text=json.dumps(whole))
    said(data, "start", "slow")
    variant = with_app(settings_for(data), lambda opened: opened.experiments.variant("slow", opened.scope))
    done = run(data, "show", "slow")
    assert done.exit_code == 0, repr(done.exception)
    expected = {"a": "long: a 0, b –", "b": "long: a –, b 0"}[variant]
    assert f"  {expected}\n  {expected.replace('long', 'm')}\n" in done.stdout
