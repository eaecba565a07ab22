"""
The issue's words on bad input: a right answer or a clear refusal, and never a silent wrong number. By the API.

What is asked elsewhere already, and not doubled here: weights that do not add up and one variant
(`test_experiments_api.py::test_a_plan_that_cannot_be_is_refused`), changing rules that people are in
(`test_experiments_api.py::test_an_unsafe_change_needs_a_new_phase`), sums that no units can have, constant metrics and
baselines that cannot be told from 0 (`tests/unit/experiments/test_analyse.py`), units of any text in any client
(`tests/unit/experiments/test_bucket.py`), what a clock does to windows (`tests/unit/experiments/test_counting.py`).
"""

import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from bowerbird.experiments import bucket
from bowerbird.records.tables import experiments, exposures
from tests.feeding import furnish

from .conftest import Site

METRICS: Final[list[dict[str, Any]]] = [
    {"name": "saved", "kinds": ["saved"]},
    {"name": "worth", "kinds": ["viewed"], "of": "sum"},
    {"name": "rate", "kinds": ["opened"], "of": "count", "per": ["shown"]},
]
PLAN: Final[dict[str, Any]] = {
    "hypothesis": "Fresher feeds are saved from more often.",
    "metric": "saved",
    "n_star": 100,
    "metrics": METRICS,
}
RULES: Final[dict[str, Any]] = {"variants": [{"name": "control"}, {"name": "fresh"}]}


async def sent(site: Site, method: str, path: str, status: int, body: Any = None, *, text: str | None = None) -> Any:
    """What the API answers, with that status; `text` is a body that is no JSON of Python's."""
    content = text if text is not None else None if body is None else json.dumps(body)
    headers = {"content-type": "application/json"}
    answer = await site.client.request(method, f"/v1/{path}", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def running(site: Site, **plan: Any) -> None:
    """An experiment that has begun."""
    furnish(site.library, 1)
    await sent(site, "POST", "experiments", 201, {"name": "ranker", "plan": PLAN | plan, "rules": RULES})
    await sent(site, "POST", "experiments/ranker/start", 200)


async def come(site: Site, people: int, does: Callable[[str, int], list[dict[str, Any]]]) -> None:
    """So many people meet it, and a second later each does that, by variant and number."""
    told: list[dict[str, Any]] = []
    for number in range(people):
        met = await sent(site, "POST", f"experiments/ranker/exposures?user=customer-{number}", 200, {})
        told += [one | {"item": "page-1", "person": f"customer-{number}"} for one in does(met["variant"], number)]
    site.library.clock.advance(1)
    for start in range(0, len(told), 100):
        kept = await sent(site, "POST", "events", 200, told[start : start + 100])
        assert not kept["refused"], kept


async def report(site: Site) -> Any:
    """What is told of it."""
    return await sent(site, "GET", "experiments/ranker/report", 200)


# -- plans ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ("0, 1", "the weight of 'a' is 0; expected a number above 0"),
        ("0.0, 1.0", "the weight of 'a' is 0.0; expected a number above 0"),
        ("-0.5, 1.5", "the weight of 'a' is -0.5; expected a number above 0"),
        ("0.5, 1", "the weights add up to 1.5; expected 1"),
        ("0.5, 0.499", "the weights add up to 0.999; expected 1"),
        ("1e400, 1", "the weight of 'a' is inf; expected a number above 0, up to a billion"),
        ("NaN, 1", "expected a"),
        ('"1", 1', "input should be a valid"),
        ("true, 1", "input should be a valid"),
        ("null, 1", "input should be a valid"),
        ("10000000000, 1", "the weight of 'a' is 10000000000; expected a number above 0, up to a billion"),
    ],
)
async def test_zero_and_negative_weights(site: Site, weights: str, says: str) -> None:
    """`Weights that don't add up, zero and negative weights`: refused by the weight; nothing is kept."""
    first, second = weights.split(", ")
    rules = f'{{"variants": [{{"name": "a", "weight": {first}}}, {{"name": "b", "weight": {second}}}]}}'
    text = f'{{"name": "ranker", "plan": {json.dumps(PLAN)}, "rules": {rules}}}'
    problem = await sent(site, "POST", "experiments", 422, text=text)
    assert says in str(problem), problem
    assert (await sent(site, "GET", "experiments", 200))["experiments"] == []


async def test_the_same_name_twice(site: Site) -> None:
    """`The same name twice`: of experiments, variants and metrics; the first stays as it is."""
    await running(site)
    other = {"name": "ranker", "plan": PLAN | {"mde": 0.5}, "rules": RULES}
    assert "'ranker' is there already" in (await sent(site, "POST", "experiments", 422, other))["detail"]
    twice = RULES | {"variants": [{"name": "a"}, {"name": "a"}]}
    problem = await sent(site, "POST", "experiments", 422, {"name": "other", "plan": PLAN, "rules": twice})
    assert "the variant 'a' is there twice" in str(problem)
    metrics = PLAN | {"metrics": [METRICS[0], METRICS[0]]}
    problem = await sent(site, "POST", "experiments", 422, {"name": "other", "plan": metrics, "rules": RULES})
    assert "the metric 'saved' is there twice" in str(problem)
    (only,) = (await sent(site, "GET", "experiments", 200))["experiments"]
    assert (only["state"], only["plan"]["mde"], only["keeps_its_promise"]) == ("running", 0.05, True)


async def test_changing_the_plan_of_a_running_experiment(site: Site) -> None:
    """`Changing a running experiment unsafely`: the plan is sealed, also with `new_phase`."""
    await running(site)
    change = {"plan": PLAN | {"mde": 0.5}, "rules": RULES, "new_phase": True}
    assert "sealed at its start" in (await sent(site, "PATCH", "experiments/ranker", 422, change))["detail"]
    assert "nothing is given" in (await sent(site, "PATCH", "experiments/ranker", 422, {}))["detail"]
    one = await sent(site, "GET", "experiments/ranker", 200)
    assert (one["plan"]["mde"], one["phase"], one["keeps_its_promise"]) == (0.05, 1, True)


@pytest.mark.parametrize(
    ("field", "value"), [("mde", "1e400"), ("mde", "null"), ("alpha", "NaN"), ("n_star", "1e400"), ("power", '"much"')]
)
async def test_infinite_and_missing_numbers_of_a_plan(site: Site, field: str, value: str) -> None:
    """`Infinite and missing values`: refused by the name of the field."""
    plan = json.dumps(PLAN | {field: "@"}).replace('"@"', value)
    text = f'{{"name": "ranker", "plan": {plan}, "rules": {json.dumps(RULES)}}}'
    problem = await sent(site, "POST", "experiments", 422, text=text)
    assert field in str(problem) or "JSON" in str(problem), problem


# -- what is measured -------------------------------------------------------------------------------------------------


async def test_metrics_without_events(site: Site) -> None:
    """`Metrics without events`: people and no figure, each with its reason; nothing is to be shipped."""
    await running(site)
    await come(site, 60, lambda *_: [])
    told = await report(site)
    for metric in METRICS:
        found = told["metrics"][metric["name"]]["analysis"]["results"]["fresh"]
        assert (found["lift"], found["ci"], found["significant"]) == (None, None, False), metric
        assert found["reason"], metric
    assert told["advice"]["decision"] in ("wait", "review")
    assert sum(one["people"] for one in told["variants"].values()) == 60


async def test_constant_metrics(site: Site) -> None:
    """`Constant metrics`: everybody saves and views once; nothing tells how much chance does, and that is said."""
    await running(site)
    await come(site, 60, lambda *_: [{"kind": "saved"}, {"kind": "viewed", "value": 7}, {"kind": "shown"}])
    told = await report(site)
    for name in ("saved", "worth"):
        found = told["metrics"][name]["analysis"]["results"]["fresh"]
        assert "the metric is constant" in found["reason"], name
        assert (found["ci"], found["p"], found["significant"]) == (None, None, False), name
    assert told["advice"]["decision"] in ("wait", "review")


async def test_negative_baselines(site: Site) -> None:
    """`Negative baselines`: from about -10 to about -5 is a rise by half, and not a fall."""
    await running(site)
    await come(
        site,
        120,
        lambda variant, number: [
            {"kind": "viewed", "value": (-5.0 if variant == "fresh" else -10.0) + number % 7 / 10 - 0.3}
        ],
    )
    found = (await report(site))["metrics"]["worth"]["analysis"]
    assert found["control"]["estimate"] == pytest.approx(-10, abs=0.2)
    fresh = found["results"]["fresh"]
    assert fresh["lift"] == pytest.approx(0.5, abs=0.05)
    assert 0 < fresh["ci"][0] < 0.5 < fresh["ci"][1]


async def test_infinite_and_missing_values(site: Site) -> None:
    """`Infinite and missing values`: an event of no number is refused; one without a value adds nothing."""
    await running(site)
    await come(site, 40, lambda _, number: [{"kind": "viewed", **({"value": 3.0} if number % 2 else {})}])
    text = '[{"item": "page-1", "kind": "viewed", "value": 1e400}, {"item": "page-1", "kind": "viewed", "value": NaN}]'
    answer = await site.client.post("/v1/events", content=text, headers={"content-type": "application/json"})
    refused = answer.json().get("refused", [])
    assert answer.status_code == 422 or [one["index"] for one in refused] == [0, 1], answer.text
    variants = (await sent(site, "GET", "experiments/ranker/results", 200))["metrics"]["worth"]["variants"].values()
    assert (sum(one["n"] for one in variants), sum(one["sum"] for one in variants)) == (40, 60.0)
    learning = '{"text": "It is infinitely better.", "effect": {"metric": "saved", "lift": 1e400}}'
    await sent(site, "POST", "learnings", 422, text=learning)
    assert (await sent(site, "GET", "learnings", 200))["learnings"] == []


# -- units ------------------------------------------------------------------------------------------------------------


async def test_units_of_10_kb(site: Site) -> None:
    """`Units of 10 kB`: nobody has such an id, so it is refused with the bound, and nobody is exposed."""
    await running(site)
    for unit in ("x" * 10_240, "袋鼠" * 1_700):
        answer = await site.client.post(f"/v1/experiments/ranker/exposures?user={quote(unit)}", json={})
        assert answer.status_code == 422, answer.text
        assert "expected 1 to 200 printable" in answer.text
    many = {"attributes": {"region": "x" * 10_240}}
    met = await sent(site, "POST", "experiments/ranker/exposures", 200, many)
    kept = site.library.records.read(lambda conn: conn.execute(sa.select(exposures.c.attributes)).scalars().all())
    assert (met["state"], kept) == ("first", ["{}"])


async def test_non_ascii_units(site: Site) -> None:
    """`Non-ASCII units`: any script; the same text in another Unicode normal form is another unit."""
    await running(site)
    composed, parted = (unicodedata.normalize(form, "Zoë") for form in ("NFC", "NFD"))
    units = [composed, parted, "袋鼠", "🦘", "עברית"]
    assignment = (await sent(site, "GET", "experiments/ranker", 200))["assignment"]
    for unit in units:
        met = await sent(site, "POST", f"experiments/ranker/exposures?user={quote(unit)}", 200, {})
        at = bucket(assignment["variant_salt"], unit)
        expected = next(arm["name"] for arm in assignment["arms"] if at < int(arm["end"]))
        assert (met["variant"], met["state"]) == (expected, "first"), unit
        again = await sent(site, "POST", f"experiments/ranker/exposures?user={quote(unit)}", 200, {})
        assert (again["variant"], again["state"]) == (met["variant"], "again"), unit
    assert bucket("s", composed) != bucket("s", parted)
    came = (await sent(site, "GET", "experiments/ranker/results", 200))["exposures"].values()
    assert sum(one["people"] for one in came) == len(units)


# -- clocks and processes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump_s", [-3_600.0, 3_600.0, -40 * 86_400.0, 40 * 86_400.0])
async def test_clocks_that_jump(site: Site, jump_s: float) -> None:
    """
    `Clocks that jump`, both ways, between assignment and counting: variants stay, everybody is counted once.

    What was done before the jump stays counted; what is done outside of the window by the new time is not in it.
    """
    await running(site)
    await come(site, 20, lambda *_: [{"kind": "saved"}])
    site.library.clock.advance(jump_s)
    again = [await sent(site, "POST", f"experiments/ranker/exposures?user=customer-{n}", 200, {}) for n in range(20)]
    assert {one["state"] for one in again} == {"again"}
    sums = (await sent(site, "GET", "experiments/ranker/results", 200))["metrics"]
    saved = list(sums["saved"]["variants"].values())
    assert (sum(one["n"] for one in saved), sum(one["sum"] for one in saved)) == (20, 20.0)
    seen = [{"item": "page-1", "kind": "viewed", "value": 2.0, "person": f"customer-{n}"} for n in range(20)]
    assert not (await sent(site, "POST", "events", 200, seen))["refused"]
    worth = list((await sent(site, "GET", "experiments/ranker/results", 200))["metrics"]["worth"]["variants"].values())
    within = 0 <= jump_s + 1 < 14 * 86_400
    before = -7 * 86_400 <= jump_s + 1 < 0
    assert sum(one["sum"] for one in worth) == (40.0 if within else 0.0)
    assert sum(one["pre_sum"] for one in worth) == (40.0 if before else 0.0)
    told = await report(site)
    assert (told["locked"], sum(one["people"] for one in told["variants"].values())) == (False, 20)


ASSIGN: Final = """
import json, sys
from bowerbird.accounts.people import person_of
from bowerbird.experiments import Meeting, UnitBuckets, expose
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import open_records

url, workspace, backwards = sys.argv[1:]
records, clock = open_records(url), SystemClock()
print("ready", flush=True)
sys.stdin.readline()
said = {}
for number in range(60)[:: -1 if backwards == "yes" else 1]:
    unit = f"customer-{number}"
    def meet(conn):
        who = person_of(conn, workspace, unit, clock=clock)
        return expose(conn, workspace, [Meeting("ranker", who, UnitBuckets(unit))], clock=clock)[0]
    met = records.write(meet)
    said[unit] = [met.variant, met.state]
print(json.dumps(said), flush=True)
"""
CREATE: Final = """
import json, sys
from bowerbird.experiments import Plan, Rules, create, read
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.records import open_records

url, workspace, person, plan, rules = sys.argv[1:]
records, clock = open_records(url), SystemClock()
made = read(Plan, json.loads(plan)), read(Rules, json.loads(rules))
print("ready", flush=True)
sys.stdin.readline()
told = []
for number in range(30):
    try:
        records.write(lambda conn: create(conn, Scope(workspace, person), f"test-{number}", *made, clock=clock))
        told.append("made")
    except InputWrong as wrong:
        told.append(str(wrong))
print(json.dumps(told), flush=True)
"""


def at_once(script: str, *given: list[str]) -> list[Any]:
    """What each process says; all of them begin when all are ready."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for arguments in given
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=120)[0]) for process in processes]


@pytest.mark.timeout(180)
async def test_two_processes_assigning_at_once(site: Site) -> None:
    """`Two processes assigning at once`: real ones, the same people from both ends; one answer and one row each."""
    await running(site)
    url = site.library.records.url.render_as_string(hide_password=False)
    workspace = site.library.scope.workspace
    first, second = at_once(ASSIGN, [url, workspace, "no"], [url, workspace, "yes"])
    assert {unit: variant for unit, (variant, _) in first.items()} == {unit: one for unit, (one, _) in second.items()}
    states = [{first[unit][1], second[unit][1]} for unit in first]
    assert states == [{"first", "again"}] * 60
    counted = sa.select(exposures.c.person, sa.func.count()).group_by(exposures.c.person)
    assert {n for _, n in site.library.records.read(lambda conn: conn.execute(counted).all())} == {1}
    came = (await sent(site, "GET", "experiments/ranker/results", 200))["exposures"].values()
    assert sum(one["people"] for one in came) == 60


@pytest.mark.timeout(180)
async def test_two_processes_that_take_the_same_names_at_once(site: Site) -> None:
    """`The same name twice`, by two processes at once: of each name one is made, and the other process is told."""
    url = site.library.records.url.render_as_string(hide_password=False)
    scope = site.library.scope
    given = [url, scope.workspace, scope.person, json.dumps(PLAN), json.dumps(RULES)]
    first, second = at_once(CREATE, given, given)
    for one, other in zip(first, second, strict=True):
        assert sorted(["made" in (one, other), "is there already" in f"{one} {other}"]) == [True, True], (one, other)
        assert (one, other).count("made") == 1
    named = site.library.records.read(lambda conn: conn.execute(sa.select(experiments.c.name)).scalars().all())
    assert sorted(named) == sorted(f"test-{number}" for number in range(30))
