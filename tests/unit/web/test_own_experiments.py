"""The product's own experiments, from the plan to what people get: by program and page, from memory and made anew."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx
import pytest
import sqlalchemy as sa

from bowerbird.accounts import Role
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records.tables import exposures, persons
from tests.feeding import furnish

from . import members
from .conftest import Site
from .test_experiments_api import PLAN, sent
from .test_hot import in_full

Headers = dict[str, str]
WITHOUT: Final = "without-serendipity"
PEOPLE: Final = tuple(f"p{number}" for number in range(12))
FOX: Final = {"user-agent": "Mozilla/5.0 Firefox/140.0"}


@pytest.fixture
async def key(site: Site) -> Headers:
    """A key of an operator's, over a library of eight items."""
    furnish(site.library, 8)
    return members.key(site, members.join(site, "ops@example.org", Role.OPERATOR), Role.OPERATOR)


async def begin(site: Site, key: Headers, name: str, variants: Sequence[str], place: str, **rules: Any) -> None:
    """An experiment of the product's own that has begun."""
    of_variants = {"variants": [{"name": one} for one in variants], "place": place}
    body = {"name": name, "plan": PLAN, "rules": of_variants | rules}
    await sent(site, "POST", "experiments", 201, body, **key)
    await sent(site, "POST", f"experiments/{name}/start", 200, **key)


async def slate(site: Site, key: Mapping[str, str], person: str) -> dict[str, Any]:
    """The person's slate, with who had a say in it."""
    given: dict[str, Any] = (await site.client.get(f"/v1/feed?user={person}&n=5", headers=dict(key))).json()
    path = f"/v1/feed/slates/{given['slate']}?user={person}"
    again: dict[str, Any] = (await site.client.get(path, headers=dict(key))).json()
    assert again["is_same"]
    assert {agent for item in given["items"] for agent in item["why"]} == set(again["agents"])
    return given | {"agents": again["agents"], "variants": again["variants"]}


async def slates(site: Site, key: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Of everybody."""
    return {person: await slate(site, key, person) for person in PEOPLE}


def met(site: Site) -> list[tuple[str, str]]:
    """Who is recorded to have met what."""
    wanted = (
        sa.select(persons.c.external_id, exposures.c.variant)
        .join(exposures, exposures.c.person == persons.c.id)
        .order_by(exposures.c.id)
    )
    return [(row.external_id, row.variant) for row in site.library.records.read(lambda c: c.execute(wanted).all())]


async def test_people_get_slates_by_their_variant_and_everybody_what_was_shipped(site: Site, key: Headers) -> None:
    """Made with and without the agent, recorded once; after a stop all as before, once it is shipped for everybody."""
    before = await slates(site, key)
    assert all("serendipity" in one["agents"] and not one["variants"] for one in before.values())

    await begin(site, key, "surprise", ("all", WITHOUT), "feed.agents")
    during = await slates(site, key)
    variants = dict(met(site))
    assert set(variants) == set(PEOPLE)
    assert set(variants.values()) == {"all", WITHOUT}
    for person, one in during.items():
        is_without = variants[person] == WITHOUT
        assert ("serendipity" not in one["agents"]) == is_without
        assert one["variants"] == ({"feed.agents": WITHOUT} if is_without else {})
        # Nobody gets a slate that was made by another variant, and who has the usual one keeps theirs.
        assert (one["slate"] == before[person]["slate"]) == (not is_without)
    assert {person: one["slate"] for person, one in (await slates(site, key)).items()} == {
        person: one["slate"] for person, one in during.items()
    }
    assert len(met(site)) == len(PEOPLE)

    await sent(site, "POST", "experiments/surprise/stop", 200, **key)
    assert all("serendipity" in one["agents"] for one in (await slates(site, key)).values())
    decision = {"decision": "ship", "variant": WITHOUT, "reasons": "Nobody missed it."}
    await sent(site, "POST", "experiments/surprise/decide", 200, decision, **key)
    assert all("serendipity" not in one["agents"] for one in (await slates(site, key)).values())
    undone = {"decision": "roll back", "reasons": "Somebody did."}
    await sent(site, "POST", "experiments/surprise/decide", 200, undone, **key)
    assert all("serendipity" in one["agents"] for one in (await slates(site, key)).values())
    assert len(met(site)) == len(PEOPLE)


async def test_a_feed_reader_that_asks_meets_nothing(site: Site, key: Headers) -> None:
    """It is told by their variant all the same; who looks at the feed is recorded then."""
    await begin(site, key, "surprise", ("all", WITHOUT), "feed.agents")
    told = {one: (await site.client.get(f"/v1/feed.atom?user={one}&n=5", headers=key)).text for one in PEOPLE[:4]}
    assert met(site) == []
    for person, text in told.items():
        shown = await slate(site, key, person)
        places = [text.index(f">{item['title']}<") for item in shown["items"]]
        assert places == sorted(places)  # the same slate
    assert {person for person, _ in met(site)} == set(told)


async def test_the_page_of_an_item_is_no_meeting_with_what_makes_feeds(site: Site) -> None:
    """It says why the item is in the feed, and shows no feed."""
    furnish(site.library, 8)
    await begin(site, {}, "surprise", ("all", WITHOUT), "feed.agents")
    page = await site.get("/feed/items/page-3", **FOX)
    assert (page.status_code, met(site)) == (200, [])
    await site.get("/feed", **FOX)
    assert len(met(site)) == 1


async def test_they_are_answered_from_memory_all_the_same(site: Site, key: Headers, log_lines: io.StringIO) -> None:
    """Nobody takes the usual way again, whatever begins and ends meanwhile."""

    async def ask_all() -> None:
        for person in PEOPLE:
            assert (await site.client.get(f"/v1/feed?user={person}&n=5", headers=key)).status_code == 200

    await ask_all()
    usual = in_full(log_lines, "/v1/feed")
    await begin(site, key, "surprise", ("all", WITHOUT), "feed.agents", layer="who", layer_share=0.5)
    await begin(site, key, "taste", ("half-life-30-days", "no-decay"), "feed.embedding")
    await ask_all()
    await ask_all()
    await sent(site, "POST", "experiments/surprise/stop", 200, **key)
    await ask_all()
    assert in_full(log_lines, "/v1/feed") == usual == len(PEOPLE)
    assert Counter(variant for _, variant in met(site)).total() > len(PEOPLE)


async def test_the_log_says_by_which_variants_a_feed_was_made(site: Site, key: Headers, log_lines: io.StringIO) -> None:
    """Those that are not usual, by place."""
    await begin(site, key, "taste", ("no-decay", "half-life-7-days"), "feed.embedding")
    await slates(site, key)
    lines = [json.loads(line) for line in log_lines.getvalue().splitlines()]
    told = Counter(json.dumps(line["variants"]) for line in lines if line["event"] == "feed_generated")
    assert told == Counter(json.dumps({"feed.embedding": variant}) for _, variant in met(site))


async def test_a_feed_is_given_while_nothing_can_be_recorded(
    site: Site, key: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the one that they will get; who comes again is recorded."""
    await slates(site, key)
    await begin(site, key, "surprise", ("all", WITHOUT), "feed.agents")
    records = site.library.records
    works = records.awrite

    async def refused(_: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(records, "awrite", refused)

    async def agents() -> dict[str, set[str]]:
        given = {person: await site.client.get(f"/v1/feed?user={person}&n=5", headers=key) for person in PEOPLE}
        return {person: {a for item in one.json()["items"] for a in item["why"]} for person, one in given.items()}

    cut_off = await agents()
    assert len({len(one) for one in cut_off.values()}) == 2
    assert met(site) == []
    monkeypatch.setattr(records, "awrite", works)
    site.library.clock.advance(3)
    assert await agents() == cut_off
    assert {person: variant == WITHOUT for person, variant in met(site)} == {
        person: "serendipity" not in one for person, one in cut_off.items()
    }


async def test_the_page_is_laid_out_by_its_variant(site: Site) -> None:
    """Why a card is there stands below its text, or above it; a crawler is in no experiment; nothing else differs."""
    furnish(site.library, 8)

    async def page(agent: str = FOX["user-agent"]) -> str:
        return (await site.get("/feed", **{"user-agent": agent})).text

    def is_why_first(text: str) -> bool:
        card = text[text.index('data-position="0"') :]
        return card.index('class="fold why"') < card.index('class="said"')

    assert not is_why_first(await page())
    assert met(site) == []
    await begin(site, {}, "why", ("two-columns", "why-first"), "feed.page")
    assert not is_why_first(await page("Googlebot/2.1"))
    assert met(site) == []
    first = await page()
    [(_, variant)] = met(site)
    assert is_why_first(first) == (variant == "why-first")
    for shipped in ("why-first", "two-columns"):
        decision = {"decision": "ship", "variant": shipped, "reasons": "As was seen."}
        if shipped == "two-columns":
            await begin(site, {}, "again", ("why-first", "two-columns", "one-column"), "feed.page")
            await sent(site, "POST", "experiments/again/decide", 200, decision)
        else:
            await sent(site, "POST", "experiments/why/decide", 200, decision)
        text = await page()
        assert is_why_first(text) == (shipped == "why-first")
        assert 'class="feed-cards"' in text


async def test_one_column_is_one_column(site: Site) -> None:
    """However wide the window is."""
    furnish(site.library, 3)
    await begin(site, {}, "columns", ("two-columns", "one-column"), "feed.page")
    decision = {"decision": "ship", "variant": "one-column", "reasons": "It is read more."}
    await sent(site, "POST", "experiments/columns/decide", 200, decision)
    assert 'class="feed-cards single"' in (await site.get("/feed", **FOX)).text


async def test_what_was_shipped_is_taken_back_on_its_page(site: Site) -> None:
    """With the reasons, which stand in its history; before and afterwards there is nothing to take back."""
    furnish(site.library, 3)
    await begin(site, {}, "why", ("two-columns", "why-first"), "feed.page")

    async def offers() -> bool:
        return "Roll it back" in (await site.get("/experiments/why", **FOX)).text

    assert not await offers()
    decision = {"decision": "ship", "variant": "why-first", "reasons": "It is read."}
    await sent(site, "POST", "experiments/why/decide", 200, decision)
    assert await offers()
    no_reason = await site.client.post("/experiments/why/decide", data={"decision": "roll back"}, headers=FOX)
    assert no_reason.status_code == 422
    form = {"decision": "roll back", "reasons": "It is not."}
    taken = await site.client.post("/experiments/why/decide", data=form, headers=FOX)
    assert taken.status_code == 303
    assert not await offers()
    assert "It is not." in (await site.get("/experiments/why", **FOX)).text
    told = (await sent(site, "GET", "experiments/places", 200))["places"]
    assert next(one["given"] for one in told if one["place"] == "feed.page") == "two-columns"


async def test_places_are_told_to_programs(site: Site) -> None:
    """With what is given now and what runs; what does not fit is refused with what there is."""
    await begin(site, {}, "why", ("two-columns", "why-first"), "feed.page")
    told = {one["place"]: one for one in (await sent(site, "GET", "experiments/places", 200))["places"]}
    assert set(told) >= {"feed.agents", "feed.embedding", "feed.page", "answers.pipeline"}
    assert (told["feed.page"]["given"], told["feed.page"]["running"]) == ("two-columns", ["why"])
    assert {WITHOUT, "all", "first-four"} <= {one["name"] for one in told["feed.agents"]["variants"]}
    rules = {"variants": [{"name": "all"}, {"name": "without-nobody"}], "place": "feed.agents"}
    wrong = await site.client.post("/v1/experiments", json={"name": "x", "plan": PLAN, "rules": rules})
    assert wrong.status_code == 422
    assert "'without-nobody' is no variant at feed.agents; expected some of all, " in wrong.json()["detail"]


async def test_two_at_one_place_are_refused_unless_they_share_a_layer(site: Site) -> None:
    """When the second is started, with what to do."""
    await begin(site, {}, "first", ("two-columns", "why-first"), "feed.page")
    rules = {"variants": [{"name": "two-columns"}, {"name": "one-column"}], "place": "feed.page"}
    await sent(site, "POST", "experiments", 201, {"name": "second", "plan": PLAN, "rules": rules})
    refused: httpx.Response = await site.client.post("/v1/experiments/second/start")
    assert refused.status_code == 422
    assert "first runs at feed.page too" in refused.json()["detail"]


async def test_a_plan_for_a_place_is_made_by_forms_alone(site: Site) -> None:
    """A link fills in the place and what can be tried there; what does not fit is said at its field."""
    shown = (await site.get("/experiments/new?place=feed.page", **FOX)).text
    assert '<option value="feed.page" selected>' in shown
    assert [f'value="{name}"' in shown for name in ("two-columns", "why-first", "one-column")] == [True] * 3
    assert "Why a card is there stands right below its title." in shown
    form = {"name": "why", "hypothesis": "It is read.", "kind": "opened", "mde": "5", "place": "feed.page"}
    fits = {"variant": ["two-columns", "why-first"], "weight": ["1", "1"]}
    wrong = await site.client.post("/experiments/new", data=form | {"variant": ["two-columns", "x"]}, headers=FOX)
    assert wrong.status_code == 422
    assert "is no variant at feed.page; expected some of two-columns, why-first, one-column" in wrong.text
    made = await site.client.post("/experiments/new", data=form | fits, headers=FOX)
    assert made.status_code == 303, made.text
    page = (await site.get("/experiments/why", **FOX)).text
    assert "The product is tried at" in page
    changed = await site.client.post("/experiments/why/change", data=form | fits | {"traffic": "50"}, headers=FOX)
    assert changed.status_code == 303
    assert 'name="place" value="feed.page"' in (await site.get("/experiments/why/change", **FOX)).text
    rules = (await site.client.get("/v1/experiments/why")).json()["rules"]
    assert (rules["place"], rules["traffic"]) == ("feed.page", 0.5)
