"""The pages of experiments: a plan by a form, what it can find, its result, a decision, what was learnt."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest
import sqlalchemy as sa

from bowerbird.accounts import Role
from bowerbird.experiments import Meeting, UnitBuckets, assign, expose
from bowerbird.feed import NewEvent, keep_events
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import persons
from tests.feeding import furnish
from tests.unit.experiments.test_assign import read_phase

from .conftest import HTML, Site
from .members import join, key, session

DAY_S: Final = 86_400.0
FORM: Final[dict[str, Any]] = {
    "name": "ranker",
    "hypothesis": "Fresher feeds are saved from more often.",
    "kind": ["saved"],
    "of": "any",
    "window": "7",
    "direction": "higher",
    "mde": "50",
    "traffic": "100",
    "variant": ["control", "fresh", "", ""],
    "weight": ["1", "1", "1", "1"],
    "guard": ["hidden", "", ""],
    "guard-better": ["lower", "higher", "higher"],
    "guard-margin": ["50", "2", "2"],
}


async def sent(site: Site, path: str, form: dict[str, Any], **headers: str) -> httpx.Response:
    """A form, as a browser sends it; a list is a field that is there several times."""
    return await site.client.post(path, data=form, headers=HTML | headers)


async def planned(site: Site, **changed: Any) -> httpx.Response:
    """The answer to the plan's form."""
    return await sent(site, "/experiments/new", FORM | changed)


def people(site: Site, number: int, kinds: dict[str, int], *, start: int = 0) -> None:
    """So many people who opened something, and of whom every n-th did each of these."""
    told: list[NewEvent] = []
    workspace = site.library.scope.workspace
    for one in range(start, start + number):
        sender = Scope(workspace, site.library.person(f"customer-{one}"))
        told.append(NewEvent("page-1", "opened", sender=sender))
        told += [NewEvent("page-1", kind, sender=sender) for kind, each in kinds.items() if one % each == 0]
    site.library.records.write(lambda conn: keep_events(conn, workspace, told, clock=site.library.clock))


def said_at(html: str, field: str) -> str:
    """What is told to be wrong with a field; nothing is when it is not found."""
    found = re.search(rf'id="{field}-error">(?:<svg.*?</svg>)?(?:<span>)?(.*?)<', html, re.DOTALL)
    return "" if found is None else found[1]


async def test_a_percentile_is_compared_where_the_form_says_so(site: Site) -> None:
    """In percent; its guardrails stay shares of people, and what has no percentile is told at the field."""
    await planned(site, of="sum", kind=["dwelt"], quantile="90")
    metrics = (await site.client.get("/v1/experiments/ranker")).json()["plan"]["metrics"]
    assert [(one["name"], one["quantile"]) for one in metrics] == [("dwelt-sum-p90", 0.9), ("hidden", None)]

    refused = await planned(site, name="other", of="sum", quantile="100")
    assert "below 100 %" in said_at(refused.text, "quantile")
    refused = await planned(site, name="other", of="any", quantile="90")
    assert "Quantile is of who did it" in said_at(refused.text, "of")


async def test_before_the_first_one_the_page_says_what_it_is_for(site: Site) -> None:
    """Two sentences and one button, and the same for what was learnt."""
    html = (await site.get("/experiments")).text
    assert "Nothing is put to the test yet" in html
    assert html.count('class="button primary"') == 1
    assert "Nothing was written down yet" in (await site.get("/experiments/learnings")).text


async def test_an_empty_form_has_nothing_wrong(site: Site) -> None:
    """However often it was shown before."""
    for _ in range(2):
        answer = await site.get("/experiments/new")
        assert answer.status_code == 200
        assert "Nothing was kept yet" not in answer.text


async def test_a_form_becomes_the_plan_that_the_api_would_keep(site: Site) -> None:
    """With metric, guardrail, conditions, layer and holdout, percent as shares."""
    conditions = {
        "attribute": ["region", "age", ""],
        "test": ["one_of", "at_least", "one_of"],
        "values": ['NZ, "1"', "18", ""],
    }
    more = {"layer": "home", "layer-share": "40", "holdout": "5", "people": "8,000", "stop": "In May.", "sticky": "1"}
    answer = await planned(site, **conditions, **more, traffic="10", kind=["saved", "liked"], of="count", per="shown")
    assert (answer.status_code, answer.headers["location"]) == (303, "/experiments/ranker")
    kept = (await site.client.get("/v1/experiments/ranker")).json()
    assert kept["plan"]["metric"] == "saved-or-liked-count-per-shown"
    assert kept["plan"]["metrics"][0] == {
        "name": "saved-or-liked-count-per-shown", "kinds": ["saved", "liked"], "of": "count", "per": ["shown"],
        "window_days": 7, "before_days": 7, "winsorise": None, "quantile": None,
    }  # fmt: skip
    assert kept["plan"]["metrics"][1]["of"] == "any"
    assert kept["plan"]["guardrails"] == [{"metric": "hidden", "better": "lower", "margin": 0.5}]
    assert (kept["plan"]["mde"], kept["plan"]["n_star"], kept["plan"]["stop"]) == (0.5, 8000, "In May.")
    rules = kept["rules"]
    assert rules["variants"] == [{"name": "control", "weight": 1}, {"name": "fresh", "weight": 1}]
    assert rules["conditions"] == [
        {"attribute": "region", "test": "one_of", "values": ["NZ", "1"]},
        {"attribute": "age", "test": "at_least", "values": [18]},
    ]
    assert (rules["traffic"], rules["layer"], rules["layer_share"], rules["holdout"], rules["sticky"]) == (
        0.1, "home", 0.4, 0.05, True,
    )  # fmt: skip
    assert "ranker" in (await site.get("/experiments")).text


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"name": ""}, "name", "xpected 1 to 64 small letters"),
        ({"name": "../etc"}, "name", "xpected 1 to 64 small letters"),
        ({"name": "x" * 10_000}, "name", "xpected 1 to 64 small letters"),
        ({"name": "learnings"}, "name", "is the address of another page"),
        ({"hypothesis": " "}, "hypothesis", "Nothing is there"),
        ({"hypothesis": "x" * 2_001}, "hypothesis", "at most 2000 characters"),
        ({"kind": []}, "kinds", "at least 1"),
        ({"kind": ["sneezed"]}, "kinds", "at least 1"),
        ({"per": "shown"}, "of", "A ratio counts or sums"),
        ({"window": "1000"}, "window", "at most 90"),
        ({"mde": "0"}, "mde", "above 0 %"),
        ({"mde": "a lot"}, "mde", "xpected a number"),
        ({"mde": "nan"}, "mde", "number"),
        ({"traffic": "150"}, "traffic", "at most 100 %"),
        ({"variant": ["control", "", "", ""]}, "variants", "at least 2"),
        ({"variant": ["control", "control", "", ""]}, "variants", "there twice"),
        ({"variant": ["control", "Fresh!", "", ""]}, "variants", "Row 2: expected 1 to 64 small letters"),
        ({"weight": ["0.5", "0.6", "1", "1"]}, "variants", "add up to 1.1"),
        ({"weight": ["0", "1", "1", "1"]}, "variants", "is 0; expected a number above 0"),
        ({"weight": ["-1", "1", "1", "1"]}, "variants", "-1"),
        ({"weight": ["many", "1", "1", "1"]}, "variants", "Row 1: expected a number"),
        ({"weight": ["1e400", "1", "1", "1"]}, "variants", "number"),
        ({"guard-margin": ["200", "2", "2"]}, "guards", "Row 1: expected a number, at most 100 %"),
        ({"attribute": ["age"], "test": ["at_least"], "values": ["old"]}, "conditions", "expected a finite number"),
        ({"attribute": ["age"], "test": ["sounds like"], "values": ["1"]}, "conditions", "Row 1"),
        ({"layer-share": "40"}, "layer", "without a layer"),
        ({"people": "3"}, "people", "at least 10"),
        ({"alpha": "90"}, "alpha", "at most 20 %"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    site: Site, changed: dict[str, Any], field: str, says: str
) -> None:
    """By the rules of the API; nothing is kept."""
    answer = await planned(site, **changed)
    assert answer.status_code == 422
    assert says in said_at(answer.text, field), said_at(answer.text, field)
    for value in (one for name, one in (FORM | changed).items() if isinstance(one, str) and name not in ("of", "per")):
        if value.strip():
            assert value in answer.text.replace("&#39;", "'")
    assert (await site.client.get("/v1/experiments")).json() == {"experiments": []}


async def test_all_that_is_wrong_is_said_at_once(site: Site) -> None:
    """At three fields, and what was typed is escaped."""
    answer = await planned(site, name="<script>x</script>", mde="0", variant=["a", "", "", ""])
    assert all(said_at(answer.text, field) for field in ("name", "mde", "variants"))
    assert "<script>x</script>" not in answer.text


async def test_a_name_is_taken_only_once(site: Site) -> None:
    """The second plan is told so at its name."""
    await planned(site)
    again = await planned(site)
    assert again.status_code == 422
    assert "is there already" in said_at(again.text, "name")


async def test_what_a_plan_can_find_is_drawn_from_what_people_did(site: Site) -> None:
    """People it takes, days and a curve; without people the page says that nothing is known."""
    before = await sent(site, "/experiments/new/power", FORM)
    assert "nothing is known of this metric yet" in before.text
    furnish(site.library, 1)
    people(site, 200, {"saved": 5})
    site.library.clock.advance(600)  # what was looked up before is old by then
    after = await sent(site, "/experiments/new/power", FORM)
    assert "Now: 20 % of 200 people did it" in after.text
    assert re.search(r"To find a change of 50 % with a chance of 80 %: [\d,]+ people", after.text)
    assert '<path class="curve"' in after.text
    wrong = await sent(site, "/experiments/new/power", FORM | {"weight": ["0.5", "0.6"]})
    assert "add up to 1.1" in wrong.text
    assert wrong.status_code == 200
    nothing = await sent(site, "/experiments/new/power", FORM | {"kind": []})
    assert "Choose what is counted" in nothing.text


async def test_without_a_script_a_button_draws_it_and_keeps_nothing(site: Site) -> None:
    """What was typed is still there."""
    furnish(site.library, 1)
    people(site, 50, {"saved": 5})
    answer = await planned(site, do="size")
    assert answer.status_code == 200
    assert '<path class="curve"' in answer.text
    assert 'value="ranker"' in answer.text
    assert (await site.client.get("/v1/experiments")).json() == {"experiments": []}


async def test_where_nobody_says_by_how_many_people_it_is_as_many_as_it_takes(site: Site) -> None:
    """What the curve says is what is promised."""
    furnish(site.library, 1)
    people(site, 200, {"saved": 5})
    shown = await sent(site, "/experiments/new/power", FORM)
    told = re.search(r"chance of 80 %: ([\d,]+) people", shown.text)
    assert told is not None
    await planned(site)
    promised = (await site.client.get("/v1/experiments/ranker")).json()["plan"]["n_star"]
    assert promised == int(told[1].replace(",", ""))
    assert promised != 5_000


async def test_from_start_to_a_learning_by_forms_alone(site: Site) -> None:
    """Started, met, looked at, stopped, shipped with reasons, written down, found; all of it in the history."""
    furnish(site.library, 1)
    await planned(site)
    draft = (await site.get("/experiments/ranker")).text
    assert "The plan is sealed" in draft
    assert "Who came" not in draft
    assert (await site.post("/experiments/ranker/start", {})).status_code == 303
    await site.client.post("/v1/experiments/ranker/exposures", json={})
    running = (await site.get("/experiments/ranker")).text
    assert "as it was sealed" in running
    assert "Who came" in running
    assert "shares as planned" in (await site.get("/experiments")).text
    assert (await site.post("/experiments/ranker/stop", {})).status_code == 303
    wrong = await site.post("/experiments/ranker/decide", {"decision": "ship", "variant": "fresh", "reasons": " "})
    assert (wrong.status_code, said_at(wrong.text, "reasons")) == (422, "Nothing is there; expected a text")
    right = {"decision": "ship", "variant": "fresh", "reasons": "It is <b>better</b>."}
    assert (await site.post("/experiments/ranker/decide", right)).status_code == 303
    assert (await site.post("/experiments/ranker/learn", {"text": ""})).status_code == 422
    assert (await site.post("/experiments/ranker/learn", {"text": "Freshness matters."})).status_code == 303
    html = (await site.get("/experiments/ranker")).text
    for words in (
        "Planned",
        "Started",
        "Stopped",
        "Decided: ship fresh",
        "Wrote down what was learnt",
        "Shipped: fresh",
    ):
        assert words in html
    assert "It is &lt;b&gt;better&lt;/b&gt;." in html
    assert 'id="decision"' not in html  # it is decided; what is left is to take it back
    assert html.count("/decide") == html.count("Roll it back") == 1
    found = (await site.get("/experiments/learnings?q=FRESHNESS")).text
    assert "Freshness matters." in found
    assert 'href="/experiments/ranker"' in found
    assert "Nothing learnt says that" in (await site.get("/experiments/learnings?q=prices")).text


async def test_a_draft_is_planned_anew_in_the_form_that_it_was_typed_into(site: Site) -> None:
    """What is there stands in the form; what is wrong at its field; after the start it is refused, and says why."""
    more = {"conditions": "", "attribute": ["region", "", ""], "test": ["one_of"] * 3, "values": ["NZ", "", ""]}
    assert (await planned(site, **more, people="800", stop="In May.", traffic="40")).status_code == 303
    assert "/experiments/ranker/plan" in (await site.get("/experiments/ranker")).text
    html = (await site.get("/experiments/ranker/plan")).text
    for kept in ('value="saved" checked', 'value="800"', "In May.", 'value="40"', 'value="fresh"', 'value="NZ"'):
        assert kept in html, kept
    assert "Fresher feeds are saved from more often." in html
    wrong = await sent(site, "/experiments/ranker/plan", FORM | {"mde": "0", "name": "other"})
    assert (wrong.status_code, "above 0 %" in said_at(wrong.text, "mde")) == (422, True)
    again = await sent(site, "/experiments/ranker/plan", FORM | {"mde": "20", "people": "900", "name": "other"})
    assert (again.status_code, again.headers["location"]) == (303, "/experiments/ranker")
    kept_now = (await site.client.get("/v1/experiments/ranker")).json()
    assert (kept_now["plan"]["mde"], kept_now["plan"]["n_star"], kept_now["rules"]["traffic"]) == (0.2, 900, 1.0)
    assert "Changed the plan" in (await site.get("/experiments/ranker")).text

    await site.post("/experiments/ranker/start", {})
    assert "/experiments/ranker/plan" not in (await site.get("/experiments/ranker")).text
    assert "its plan was sealed then" in (await site.get("/experiments/ranker/plan")).text
    late = await sent(site, "/experiments/ranker/plan", FORM | {"mde": "90"})
    assert (late.status_code, "sealed at its start" in late.text) == (422, True)
    assert (await site.client.get("/v1/experiments/ranker")).json()["plan"]["mde"] == 0.2


async def test_a_plan_that_holds_more_than_the_form_is_not_changed_in_it(site: Site) -> None:
    """Nothing of it is lost: the page says where it can be changed."""
    plan = {
        "hypothesis": "More is saved.",
        "metric": "saved",
        "metrics": [{"name": "saved", "kinds": ["saved"], "before_days": 3}],
    }
    rules = {"variants": [{"name": "control"}, {"name": "fresh"}]}
    await site.client.post("/v1/experiments", json={"name": "ranker", "plan": plan, "rules": rules})
    for answer in (await site.get("/experiments/ranker/plan"), await sent(site, "/experiments/ranker/plan", FORM)):
        assert "holds more than this form can show" in answer.text
        assert "Keep the plan" not in answer.text
    assert (await site.client.get("/v1/experiments/ranker")).json()["plan"]["metrics"][0]["before_days"] == 3
    assert "/experiments/ranker/change" in (await site.get("/experiments/ranker")).text


async def test_the_plan_says_how_large_effects_on_its_metric_were_before(site: Site) -> None:
    """As learnings have it; of other metrics nothing, and a change that was never seen is called so."""
    furnish(site.library, 1)
    for lift in (0.04, -0.01, 0.06):
        effect = {"metric": "saved", "lift": lift}
        await site.client.post("/v1/learnings", json={"text": "It moved.", "effect": effect})
    prior = (await site.client.get("/v1/learnings?metric=saved")).json()["prior"]
    assert prior == {"metric": "saved", "learnings": 3, "lowest": -0.01, "middle": 0.04, "highest": 0.06}
    told = (await sent(site, "/experiments/new/power", FORM | {"mde": "5"})).text
    assert "3 experiments before changed saved by −1 % to +6 %, half of them by less than 4 %." in told
    assert "was never seen" not in told
    assert "A change of 50 % was never seen" in (await sent(site, "/experiments/new/power", FORM)).text
    assert "before changed" not in (await sent(site, "/experiments/new/power", FORM | {"kind": ["liked"]})).text


async def test_false_alarms_stand_on_the_dashboard(site: Site) -> None:
    """As a table once enough people did something; before that, why not."""
    assert "0 people did something in the last 14 days; expected 200" in (await site.get("/experiments")).text
    furnish(site.library, 1)
    people(site, 300, {"saved": 4})
    site.library.clock.advance(60)
    html = ""
    for _ in range(600):  # the figures take seconds, the page does not wait for them
        html = (await site.get("/experiments")).text
        if "It is being computed" not in html:
            break
        await asyncio.sleep(0.1)
    assert "False alarms here" in html
    assert "By a test for one look, made every day" in html
    assert "300 people of the last 14 days" in html


async def test_a_result_says_for_whom_it_differs(site: Site) -> None:
    """In a sentence on the page, in tables behind it; a draft and a locked result tell nothing."""
    furnish(site.library, 1)
    await planned(site)
    assert "Nobody is in it yet" in (await site.get("/experiments/ranker/segments")).text
    await site.post("/experiments/ranker/start", {})
    assert "Nothing parts the people in it" in (await site.get("/experiments/ranker")).text
    phase = read_phase((await site.client.get("/v1/experiments/ranker")).json()["assignment"])
    segmented(site, 1_200, lambda unit: assign(phase, UnitBuckets(unit)).variant or "")
    site.library.clock.advance(60)
    summary = "Device, phone: fresh changes it by"
    assert summary in (await site.get("/experiments/ranker")).text
    html = (await site.get("/experiments/ranker/segments")).text
    assert summary in html
    assert "surely more" in html
    assert "surely less" in html
    assert "Did it before" not in html
    assert "not known to differ" not in html
    assert "hidden" in (await site.get("/experiments/ranker/segments?metric=hidden")).text
    told = (await site.client.get("/v1/experiments/ranker/segments")).json()
    assert (told["metric"], told["dimensions"][0]["dimension"], told["locked"]) == ("saved", "device", False)
    wrong = await site.client.get("/v1/experiments/ranker/segments?metric=nps")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "metric")


def segmented(site: Site, number: int, variant: Callable[[str], str]) -> None:
    """So many people meet the experiment, half on phones; there the variant makes them save, and only there."""
    records, scope, clock = site.library.records, site.library.scope, site.library.clock
    units = [f"customer-{one}" for one in range(number)]
    made = [
        {"id": new_id(clock), "workspace": scope.workspace, "external_id": unit, "name": "",
         "created_at": clock.now_s()}
        for unit in units
    ]  # fmt: skip
    records.write(lambda conn: conn.execute(sa.insert(persons), made))
    devices = {unit: ("phone", "desk")[at % 2] for at, unit in enumerate(units)}
    meetings = [
        Meeting("ranker", str(one["id"]), UnitBuckets(unit), {"device": devices[unit]})
        for one, unit in zip(made, units, strict=True)
    ]
    records.write(lambda conn: expose(conn, scope.workspace, meetings, clock=clock))
    clock.advance(1)
    saves = [
        NewEvent("page-1", "saved", sender=Scope(scope.workspace, str(one["id"])))
        for at, (one, unit) in enumerate(zip(made, units, strict=True))
        if at // 2 % 5 in ((0, 1, 2) if (variant(unit), devices[unit]) == ("fresh", "phone") else (0,))
    ]
    records.write(lambda conn: keep_events(conn, scope.workspace, saves, clock=clock))


async def test_a_result_is_told_with_its_likely_range(site: Site) -> None:
    """By variant, in a table and drawn; with the advice and how the guardrails stand."""
    furnish(site.library, 1)
    await planned(site)
    await site.post("/experiments/ranker/start", {})
    olga = key(site, join(site, "olga@example.org", Role.OPERATOR), Role.OPERATOR)
    told: list[dict[str, str]] = []
    for number in range(300):
        person = f"customer-{number}"
        met = await site.client.post(f"/v1/experiments/ranker/exposures?user={person}", json={}, headers=olga)
        if met.json()["variant"] == "fresh" or number % 4 == 0:
            told.append({"item": "page-1", "kind": "saved", "person": person})
    site.library.clock.advance(1)
    for start in range(0, len(told), 50):
        kept = await site.client.post("/v1/events", json=told[start : start + 50], headers=olga)
        assert not kept.json()["refused"], kept.text
    html = (await site.get("/experiments/ranker", **session(site, join(site, "cem@example.org", Role.CURATOR)))).text
    assert "surely better" in html
    assert re.search(r"between \+[\d.,]+ % and \+[\d.,]+ %", html)
    assert '<path class="curve"' in html
    assert "What must not get worse" in html
    assert "By the plan’s own criteria" in html
    assert "/start" not in html  # a curator reads


async def test_a_percentile_has_a_size_and_a_result(site: Site) -> None:
    """Beside the form it says where the percentile is now; on the page stands the lift of it."""
    furnish(site.library, 1)
    by = {"of": "sum", "kind": ["dwelt"], "quantile": "75", "guard": ["", "", ""]}
    records, scope = site.library.records, site.library.scope
    whom = {f"customer-{number}": site.library.person(f"customer-{number}") for number in range(160)}

    def stay(factors: dict[str, float]) -> None:
        told = [
            NewEvent("page-1", "dwelt", person=name, value=factors.get(name, 1.0) * (number % 40 + 1))
            for number, name in enumerate(whom)
        ]
        records.write(lambda conn: keep_events(conn, scope.workspace, told, clock=site.library.clock))

    stay({})
    shown = await sent(site, "/experiments/new/power", FORM | by)
    assert "Now: 75 % of 160 people have at most 30.2 within" in shown.text
    assert '<path class="curve"' in shown.text

    await planned(site, **by)
    await site.post("/experiments/ranker/start", {})
    site.library.clock.advance(60)
    meetings = [Meeting("ranker", person, UnitBuckets(name), {}) for name, person in whom.items()]
    met = records.write(lambda conn: expose(conn, scope.workspace, meetings, clock=site.library.clock))
    stay({name: 8.0 for name, one in zip(whom, met, strict=True) if one.variant == "fresh"})
    html = (await site.get("/experiments/ranker")).text
    assert "dwelt-sum-p75" in html
    assert "surely better" in html
    assert "this metric is a quantile" in html


async def test_wrong_shares_lock_the_result(site: Site) -> None:
    """In words, without a figure of the effect, and with where to look."""
    furnish(site.library, 1)
    await planned(site)
    await site.post("/experiments/ranker/start", {})
    olga = key(site, join(site, "olga@example.org", Role.OPERATOR), Role.OPERATOR)
    phase = read_phase((await site.client.get("/v1/experiments/ranker", headers=olga)).json()["assignment"])
    for number in range(260):
        person = f"customer-{number}"
        if assign(phase, UnitBuckets(person)).variant == "control" and number % 3:
            continue  # somebody loses two of three of the control
        await site.client.post(f"/v1/experiments/ranker/exposures?user={person}", json={}, headers=olga)
    her = session(site, join(site, "cem@example.org", Role.CURATOR))
    html = (await site.get("/experiments/ranker", **her)).text
    assert "The result is locked" in html
    assert "What it changed" not in html
    assert "shares are off" in (await site.get("/experiments", **her)).text


async def test_an_unsafe_change_asks_for_a_new_phase(site: Site) -> None:
    """A safe one goes on; the other is refused with the reason until the box is ticked."""
    await planned(site, traffic="50")
    await site.post("/experiments/ranker/start", {})
    form = {name: FORM[name] for name in ("variant", "weight")} | {"layer-share": "100", "holdout": "0"}
    assert 'value="50"' in (await site.get("/experiments/ranker/change")).text
    assert (await sent(site, "/experiments/ranker/change", form | {"traffic": "80"})).status_code == 303
    refused = await sent(site, "/experiments/ranker/change", form | {"traffic": "10"})
    assert refused.status_code == 422
    assert "the traffic falls from 0.8 to 0.1" in refused.text
    assert 'name="new-phase"' in refused.text
    wrong = await sent(site, "/experiments/ranker/change", form | {"traffic": "0"})
    assert "above 0 %" in said_at(wrong.text, "traffic")
    anew = await sent(site, "/experiments/ranker/change", form | {"traffic": "10", "new-phase": "1"})
    assert anew.status_code == 303
    assert (await site.client.get("/v1/experiments/ranker")).json()["phase"] == 2


async def test_what_cannot_be_done_now_is_said_on_the_page(site: Site) -> None:
    """Starting twice, stopping a draft, deciding one, an experiment that there is not."""
    await planned(site)
    for act in ("stop", "decide", "learn"):
        form = {"decision": "wait", "reasons": "We wait.", "text": "x"}
        answer = await site.post(f"/experiments/ranker/{act}", form if act != "stop" else {})
        assert answer.status_code == (303 if act == "learn" else 422), act
    await site.post("/experiments/ranker/start", {})
    again = await site.post("/experiments/ranker/start", {})
    assert again.status_code == 422
    assert "ranker is running, expected it to be draft" in again.text
    assert (await site.get("/experiments/nothing")).status_code == 404
    assert (await site.post("/experiments/nothing/start", {})).status_code == 404


async def test_only_who_runs_experiments_is_offered_to(site: Site) -> None:
    """A curator reads, a reader sees nothing, next door neither."""
    await planned(site)
    cem, ben = (session(site, join(site, f"{role.word}@example.org", role)) for role in (Role.CURATOR, Role.READER))
    shown = (await site.get("/experiments", **cem)).text
    assert "ranker" in shown
    assert "/experiments/new" not in shown
    assert (await site.get("/experiments/new", **cem)).status_code == 403
    assert (await site.get("/experiments", **ben)).status_code == 403
