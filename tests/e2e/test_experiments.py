"""From an idea to what was learnt from it, in the browser, while people come by the API."""

import re
import time

import sqlalchemy as sa
from playwright.sync_api import expect

from bench.served import Server
from bench.tried import PLAN, meet, tell
from bowerbird.experiments import Meeting, Plan, Rules, UnitBuckets, create, expose, read, start
from bowerbird.feed import NewEvent, keep_events
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records import local_scope
from bowerbird.records.tables import persons
from bowerbird.settings import Settings
from bowerbird.wiring import opened_records
from tests.waiting import until

from .conftest import Opened


def test_from_a_plan_to_a_learning_that_is_found(opened: Opened, gathered: Server) -> None:
    """Planned, started, met; locked, as phones lose people; fixed; better; shipped; written down; found by search."""
    page = opened("/experiments", refused=True)
    page.get_by_role("link", name="Plan an experiment").click()
    page.get_by_label("Name", exact=True).fill("blue-things")
    page.get_by_label("What you expect").fill("Blue things are saved more often.")
    page.get_by_role("checkbox", name="saved", exact=True).check()
    # What others did on this server before is known of the metric, if they did.
    expect(page.locator("[data-power]")).to_contain_text(re.compile("plan all the same|To find a change"))
    page.get_by_label("Smallest change").fill("0")
    page.get_by_role("button", name="Keep the plan").click()
    expect(page.get_by_label("Smallest change")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Smallest change").fill("50")
    page.get_by_text("More: what must not get worse").click()
    page.get_by_label("People to decide by").fill("300")
    page.get_by_role("button", name="Keep the plan").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("blue-things")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_text("as it was sealed")).to_be_visible()
    # The new variant breaks on phones: who gets it there never arrives.
    meet(
        gathered,
        "blue-things",
        450,
        known=lambda number: {"device": ("phone", "desk")[number % 2]},
        loses=lambda variant, number: variant == "treatment" and number % 2 == 0,
    )
    page.reload()
    locked = page.get_by_role("region", name="The result is locked")
    expect(locked).to_contain_text("people did not come in the promised shares", ignore_case=True)
    expect(locked.get_by_role("listitem").first).to_contain_text("Device: 'phone'")
    expect(locked.get_by_role("listitem").first).to_contain_text("Without them the shares are right.")
    expect(page.get_by_role("heading", name="What it changed")).to_have_count(0)
    expect(page.get_by_role("note", name="Advice")).to_contain_text("Look closer")
    locked.get_by_role("link", name="begin a new phase").click()
    page.get_by_label("Begin a new phase").check()
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_text("Began a new phase: everybody was drawn anew")).to_be_visible()
    expect(locked).to_have_count(0)

    variants = meet(gathered, "blue-things", 300, known=lambda number: {"device": ("phone", "desk")[number % 2]})
    item = str(gathered.api("/v1/items")["items"][0]["id"])
    tell(
        gathered,
        item,
        variants,
        lambda variant, number: ["saved"] * (number % 5 in ((0, 1, 2, 3) if variant == "treatment" else (0,))),
    )

    page.reload()
    expect(page.get_by_role("row").filter(has_text="saved")).to_contain_text("surely better")
    expect(page.get_by_role("img", name="Effect over time")).to_be_visible()
    expect(page.get_by_role("note", name="Advice")).to_contain_text("surely better")
    page.get_by_label("What is done").select_option("ship")
    page.get_by_label("The variant to ship").select_option("treatment")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_label("Why")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Why").fill("Most people save it.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Shipped: treatment")).to_be_visible()
    page.get_by_label("Write down what it taught").fill("Blue is worth gathering.")
    page.get_by_role("button", name="Keep it").click()

    page.get_by_role("link", name="By what was known of people").click()
    expect(page.get_by_role("heading", name="For whom it differs")).to_be_visible()

    page.goto("/experiments")
    expect(page.get_by_role("heading", name="False alarms here")).to_be_visible()
    page.get_by_role("searchbox", name="Search what was learnt").fill("GATHERING blue")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Blue is worth gathering.")).to_be_visible()
    expect(page.locator(".learning")).to_contain_text(re.compile(r"saved: \+.*likely between"))


def test_a_guardrail_rolls_back_while_nobody_looks(opened: Opened, gathered: Server, stored: Settings) -> None:
    """People hide far more of it: the worker ends it and tells; the page says afterwards what happened, and why."""
    loud_titles(stored, str(gathered.api("/v1/items")["items"][0]["id"]))
    until(lambda: bool(gathered.api("/v1/experiments/loud-titles")["state"] == "decided"))

    page = opened("/activity")
    told = page.get_by_role("link").filter(has_text="An experiment was rolled back by itself")
    expect(told).to_contain_text("loud-titles was rolled back: hidden is surely worse in loud")
    told.click()
    expect(page.get_by_text("Rolled back", exact=True)).to_be_visible()
    history = page.get_by_role("region", name="History")
    expect(history.get_by_role("listitem").first).to_contain_text("Decided: roll back")
    expect(history.get_by_role("listitem").first).to_contain_text("by itself")
    assert gathered.api("/v1/experiments/loud-titles/exposures?user=somebody-new", {})["variant"] == "control"


def test_a_plan_without_scripts_on_a_phone(opened: Opened, gathered: Server) -> None:
    """A button draws the curve, errors stand at their fields, and nothing is wider than the screen."""
    variants = {f"visitor-{number}": "" for number in range(60)}
    item = str(gathered.api("/v1/items")["items"][0]["id"])
    tell(gathered, item, variants, lambda _, number: ["viewed", *(["shared"] if number % 3 == 0 else [])])
    page = opened("/experiments/new", scripts=False, width=390, height=844, refused=True)
    page.get_by_label("Name", exact=True).fill("Not A Name")
    page.get_by_role("checkbox", name="shared", exact=True).check()
    page.get_by_role("button", name="Compute").click()
    expect(page.get_by_role("img", name="Smallest change that is found")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Not A Name")
    page.get_by_role("button", name="Keep the plan").click()
    expect(page.get_by_text("Expected 1 to 64 small letters")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def loud_titles(stored: Settings, key: str) -> None:
    """An experiment of an hour ago, and all that people did in it at once: the worker's first look sees it all."""
    clock = ManualClock(time.time() - 3_600)
    rules = read(Rules, {"variants": [{"name": "control"}, {"name": "loud"}]})
    guards = [{"metric": "hidden", "margin": 0.1, "better": "lower"}]
    plan = read(Plan, dict(PLAN) | {"hypothesis": "Louder titles are saved more often.", "guardrails": guards})

    def write(conn: sa.Connection) -> None:
        scope = local_scope(conn, clock)
        create(conn, scope, "loud-titles", plan, rules, clock=clock)
        start(conn, scope, "loud-titles", clock=clock)
        people = [
            {"id": new_id(clock), "workspace": scope.workspace, "external_id": f"listener-{number}", "name": "",
             "created_at": clock.now_s()}
            for number in range(300)
        ]  # fmt: skip
        conn.execute(sa.insert(persons), people)
        meetings = [Meeting("loud-titles", str(one["id"]), UnitBuckets(str(one["external_id"]))) for one in people]
        met = expose(conn, scope.workspace, meetings, clock=clock)
        clock.advance(60)
        hid = [
            NewEvent(key, "hidden", at=clock.now_s(), sender=Scope(scope.workspace, str(one["id"])))
            for number, (one, exposed) in enumerate(zip(people, met, strict=True))
            if number % 10 < (9 if exposed.variant == "loud" else 2)
        ]
        assert {one.state for one in keep_events(conn, scope.workspace, hid, clock=clock)} == {"kept"}

    with opened_records(stored) as records:
        records.write(write)
