"""The feed's pages: cards and why, what is said of them and taken back, what was seen, what is known of one."""

import html
import re
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.acquire.sources import set_private
from bowerbird.feed import Entry, Profile, Slate
from bowerbird.feed.catalogue import DIMENSIONS
from bowerbird.feed.panel import Panel
from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import events, items, sources
from bowerbird.web.cards import Slated, question_about, why_of

from .conftest import Site

PROSE = "Photographers in {} take pictures of weddings on film, and they have done so for many years. "
TITLES = ("Aroha of Otago", "Bea of Nelson", "Cora of Otago", "Dana of Nelson")
PLACES = ("Otago", "Nelson", "Otago", "Nelson")


def gathered(site: Site) -> dict[str, int]:
    """Four items of two sources, two alike and two alike; their rows by their keys, `page-1` to `page-4`."""
    library = site.library
    two = [library.source("https://one.example.org/"), library.source("https://two.example.org/")]
    for number, (title, place) in enumerate(zip(TITLES, PLACES, strict=True)):
        source = two[number // 2]
        url = f"https://{'one' if number < 2 else 'two'}.example.org/{number}"
        library.page(source, url, f"# {title}\n\n{4 * PROSE.format(place)}", title=title)
    renew_items(library.records, limit=9, clock=library.clock)
    fields = {"category": "weddings", "region": "Otago", "price": "1200 NZD", "tags": ["film", "dogs"]}

    def finish(conn: sa.Connection) -> dict[str, int]:
        rows = {row.key: row.id for row in conn.execute(sa.select(items.c.key, items.c.id))}
        for key, row in rows.items():
            place = np.random.default_rng(len(PLACES[int(key[5:]) - 1])).normal(size=DIMENSIONS)
            axis = (place / np.linalg.norm(place)).astype(np.float16)
            conn.execute(sa.update(items).where(items.c.id == row).values(vector=axis.tobytes()))
        conn.execute(sa.update(items).where(items.c.key == "page-1").values(fields=fields))
        return rows

    return library.records.write(finish)


async def shown(site: Site, path: str = "/feed") -> str:
    """A page as it is read, without the frame."""
    answer = await site.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text.partition("<main")[2])


def cards(page: str) -> dict[str, str]:
    """The cards by the keys of their items."""
    return dict(re.findall(r'data-item="([^"]+)"(.*?)(?=data-item=|</ol>)', page, re.DOTALL))


async def sent(site: Site, action: str, **fields: str) -> str:
    """A form that is sent, and the page to which it leads."""
    answer = await site.post(action, fields)
    assert answer.status_code == 303, answer.text
    back = await site.get(answer.headers["location"])
    assert back.status_code == 200, back.text
    return html.unescape(back.text)


def undo_of(page: str) -> tuple[str, dict[str, str]]:
    """The form of the notice."""
    notice = page.partition("data-toast>")[2]
    found = re.search(r'<form method="post" action="([^"]+)">(.*?)</form>', notice, re.DOTALL)
    assert found, notice[:500]
    return found[1], dict(re.findall(r'name="([^"]+)" value="([^"]*)"', found[2]))


def told(site: Site, *kinds: str) -> list[tuple[str, str, int | None]]:
    """What was kept of those kinds: the item's key, the kind, and its position."""
    wanted = (
        sa.select(items.c.key, events.c.kind, events.c.position)
        .join(items, items.c.id == events.c.item)
        .where(events.c.kind.in_(kinds))
        .order_by(events.c.position, events.c.id)
    )
    return site.library.records.read(lambda conn: [(row[0], row[1], row[2]) for row in conn.execute(wanted)])


async def test_a_card_says_what_it_is_and_why_it_is_there(site: Site) -> None:
    """Source, title, the key sentence with its place in the stored page, what it states, and the agents' shares."""
    gathered(site)
    card = cards(await shown(site))["page-1"]
    assert "one.example.org" in card
    assert re.search(r'<h2><a href="/feed/items/page-1\?slate=\w{26}&position=\d">Aroha of Otago</a>', card)
    assert re.search(r'href="/knowledge/pages/1\?version=1&start=\d+&end=\d+#cited"[^>]*>Photographers in Otago', card)
    for fact in ("weddings", "Otago", "1200 NZD"):
        assert f">{fact}</span>" in card
    assert "Forecasts what you will open" in card or "forecasts what you will open" in card
    points = [float(one) for one in re.findall(r'<span class="number">([\d.]+)</span>', card)]
    (whole,) = re.findall(r"Together ([\d.]+) of 100", card)
    assert len(points) >= 3
    assert sum(points) == pytest.approx(float(whole), abs=1e-6)


@given(st.dictionaries(st.sampled_from("abcdefg"), st.floats(0, 1), min_size=1))
def test_the_shares_sum_to_the_score_as_they_are_shown(shares: dict[str, float]) -> None:
    """In tenths of points, however they are rounded."""
    why = {name: share / len(shares) for name, share in shares.items()}
    entry = Entry(1, "k", "T", sum(why.values()), why, 1.0, ("a",), explored=False)
    scope = Scope("w", "p")
    profile = Profile(scope, 0.0)
    told_why = why_of(entry, Slated.of(Slate("s", scope, 0.0, "agents", (entry,)), profile, ()), liked=None)
    assert sum(round(10 * float(one.points)) for one in told_why.shares) == round(10 * float(told_why.points))


def test_a_question_about_a_title_is_one() -> None:
    """Also about a title that is a question already."""
    assert question_about("Decision trees.") == "What is said about Decision trees?"
    assert question_about("What is a tree?") == "What is a tree?"


@pytest.mark.parametrize(
    ("act", "undo", "words"),
    [
        ("saved", "unsaved", "is saved"),
        ("liked", "unliked", "more like"),
        ("disliked", "undisliked", "less like"),
    ],
)
async def test_what_is_said_of_a_card_is_shown_and_taken_back(site: Site, act: str, undo: str, words: str) -> None:
    """The button shows it and takes it back, and so does the notice."""
    gathered(site)
    await shown(site)
    page = await sent(site, "/feed/act", item="page-1", act=act, back="/feed")
    assert words in page
    assert "Aroha of Otago" in page.partition("data-toast")[2]
    pressed = f'value="{undo}" aria-pressed="true"'
    assert pressed in cards(page)["page-1"]
    action, fields = undo_of(page)
    page = await sent(site, action, **fields)
    assert pressed not in cards(page)["page-1"]
    assert f'value="{act}" aria-pressed="false"' in cards(page)["page-1"]


async def test_what_is_hidden_goes_and_comes_back_to_its_place(site: Site) -> None:
    """The slate stays as it was: nothing moves under who reads it."""
    gathered(site)
    before = list(cards(await shown(site)))
    page = await sent(site, "/feed/act", item="page-2", act="hidden", back="/feed")
    assert list(cards(page)) == [key for key in before if key != "page-2"]
    action, fields = undo_of(page)
    assert list(cards(await sent(site, action, **fields))) == before


async def test_what_is_said_twice_is_kept_once(site: Site) -> None:
    """A form that is sent again changes nothing; the undo of one is enough."""
    gathered(site)
    for _ in range(2):
        await sent(site, "/feed/act", item="page-1", act="liked", back="/feed")
    assert len(told(site, "liked")) == 1
    await sent(site, "/feed/act", item="page-1", act="unliked", back="/feed")
    assert told(site, "liked") == []


async def test_a_card_is_there_because_of_what_was_saved(site: Site) -> None:
    """Once others are asked for; what is unlike it is not said to be."""
    gathered(site)
    await shown(site)
    await sent(site, "/feed/act", item="page-1", act="saved", back="/feed")
    answer = await site.post("/feed/others", {})
    found = cards(await shown(site, answer.headers["location"]))
    assert "Because you saved <em>Aroha of Otago</em>" in found["page-3"]
    assert "Because" not in found["page-4"]


async def test_what_it_is_like_is_not_named_once_it_may_not_be_seen(site: Site) -> None:
    """Its source went to somebody else, so its title is nowhere."""
    gathered(site)
    await sent(site, "/feed/act", item="page-1", act="saved", back="/feed")
    await close(site, "page-1")
    await site.post("/feed/others", {})
    for path in ("/feed", "/feed/saved", "/feed/data", "/feed/items/page-3", "/", "/v1/feed/data"):
        assert "Aroha" not in (await site.get(path)).text, path
    assert (await site.get("/feed/items/page-1")).status_code == 404
    assert (await site.post("/feed/act", {"item": "page-1", "act": "asked"})).status_code == 404


async def close(site: Site, key: str) -> None:
    """Let the source of the item be somebody else's own."""
    library = site.library
    stranger = library.person("dan")

    def give(conn: sa.Connection) -> None:
        source = conn.execute(sa.select(items.c.source).where(items.c.key == key)).scalar_one()
        set_private(conn, source, library.scope, private=True, clock=library.clock)
        conn.execute(sa.update(sources).where(sources.c.id == source).values(private_to=stranger))

    library.records.write(give)


async def test_a_source_is_hidden_and_shown_again(site: Site) -> None:
    """None of its cards is left; the notice brings them back, and so does the list under My data."""
    gathered(site)
    (source,) = re.findall(r'formaction="/feed/muted/(\w+)"', cards(await shown(site))["page-1"])
    page = await sent(site, f"/feed/muted/{source}", back="/feed")
    assert set(cards(page)) == {"page-3", "page-4"}
    assert "Nothing of one.example.org is shown any more" in page
    assert "All of <strong>one.example.org" in await shown(site, "/feed/data")
    action, fields = undo_of(page)
    assert set(cards(await sent(site, action, **fields))) == {"page-1", "page-2", "page-3", "page-4"}


async def test_who_is_new_is_asked_what_interests_them(site: Site) -> None:
    """Categories of what is there are proposed; what they type counts too; then they are not asked any more."""
    gathered(site)
    page = await shown(site)
    assert "What are you interested in?" in page
    assert 'name="topic" value="weddings"' in page
    answer = await site.client.post("/feed/topics", data={"topic": ["weddings"], "other": "film, dogs , "})
    assert answer.status_code == 303
    assert "What are you interested in?" not in await shown(site)
    chosen = (await site.client.get("/v1/feed/choices")).json()
    assert chosen["interests"] == ["weddings", "film", "dogs"]
    await sent(site, "/feed/topics", other="trees", replace="true", back="/feed/data")
    assert (await site.client.get("/v1/feed/choices")).json()["interests"] == ["trees"]


async def test_being_asked_can_be_left_for_later(site: Site) -> None:
    """Nothing is chosen, and the cards are there."""
    gathered(site)
    await sent(site, "/feed/topics", later="true", back="/feed")
    page = await shown(site)
    assert "What are you interested in?" not in page
    assert cards(page)


async def test_the_slider_is_kept(site: Site) -> None:
    """What was chosen is where it stands; what is out of bounds is refused."""
    gathered(site)
    page = await sent(site, "/feed/surprise", surprise="80", back="/feed")
    assert re.search(r'type="range"[^>]*value="80"', page)
    assert (await site.post("/feed/surprise", {"surprise": "101"})).status_code == 422


async def test_opening_tells_what_was_seen_on_the_way(site: Site) -> None:
    """The item was opened in its place, all above it were shown; again it is the same, and so it is for a script."""
    gathered(site)
    found = cards(await shown(site))
    (href,) = re.findall(r'href="(/feed/items/[^"]+position=2)"', "".join(found.values()))
    for _ in range(2):
        await shown(site, href)
    assert [row[2] for row in told(site, "shown")] == [0, 1, 2]
    assert [(row[1], row[2]) for row in told(site, "opened")] == [("opened", 2)]
    slate = re.findall(r"slate=(\w+)", href)[0]
    again: list[dict[str, Any]] = [
        {"id": f"{slate}-{place}-shown", "item": key, "kind": "shown", "slate": slate}
        for place, key in enumerate(list(found)[:3])
    ]
    assert (await site.client.post("/v1/events", json=again)).json() == {"kept": 0, "known": 3, "refused": []}


async def test_who_asks_for_others_without_a_script_has_seen_these(site: Site) -> None:
    """With one, the cards that were seen have been told, and no more are."""
    gathered(site)
    page = await shown(site)
    fields = dict(re.findall(r'name="(slate|seen)" value="([^"]+)"', page.partition('action="/feed/others"')[2]))
    await site.post("/feed/others", {"slate": fields["slate"]})
    assert told(site, "shown") == []
    await site.post("/feed/others", fields)
    assert [row[2] for row in told(site, "shown")] == [0, 1, 2, 3]


async def test_another_persons_slate_tells_nothing(site: Site) -> None:
    """Neither what is in it, nor that it was shown."""
    gathered(site)
    await shown(site, f"/feed/items/page-1?slate={'0' * 26}&position=3")
    assert told(site, "shown") == []


async def test_asking_about_an_item_leads_to_the_question(site: Site) -> None:
    """And is kept, as it says what interests."""
    gathered(site)
    answer = await site.post("/feed/act", {"item": "page-1", "act": "asked"})
    assert answer.headers["location"] == "/chat?query=What+is+said+about+Aroha+of+Otago%3F"
    assert len(told(site, "asked")) == 1


async def test_an_item_has_a_page(site: Site) -> None:
    """Its sentence with its place, what it states, where to read it, what is like it, and why one would see it."""
    gathered(site)
    page = await shown(site, "/feed/items/page-1")
    assert re.search(r'class="citation" href="/knowledge/pages/1\?version=1&start=\d+&end=\d+#cited"', page)
    for fact in ("weddings", "1200 NZD", "film, dogs", "one.example.org"):
        assert f"<dd>{fact}</dd>" in page
    assert 'href="https://one.example.org/0#:~:text=' in page
    similar = page.partition('id="similar"')[2]
    assert "Cora of Otago" in similar
    assert "Aroha" not in similar
    assert "Nelson" not in similar
    assert "Nothing is known of you yet" in page

    await sent(site, "/feed/act", item="page-1", act="saved", back="/feed")
    assert "It is like “Aroha of Otago”, which you saved." in await shown(site, "/feed/items/page-3")
    assert "it would come as a surprise" in await shown(site, "/feed/items/page-4")


async def test_an_item_whose_page_is_gone_says_so(site: Site) -> None:
    """It is in no feed, and still where it was saved."""
    gathered(site)
    await sent(site, "/feed/act", item="page-1", act="saved", back="/feed")
    site.library.records.write(
        lambda conn: conn.execute(sa.update(items).where(items.c.key == "page-1").values(gone_at=1.0, seq=99))
    )
    assert "page-1" not in cards(await shown(site))
    assert "no longer on its site" in await shown(site, "/feed/saved")
    assert "no longer on its site" in await shown(site, "/feed/items/page-1")


async def test_what_is_saved_is_listed_the_newest_first(site: Site) -> None:
    """What is let go goes, and can be taken back; a feed that begins anew leaves it."""
    gathered(site)
    assert "Nothing saved yet" in await shown(site, "/feed/saved")
    for key in ("page-1", "page-4"):
        site.library.clock.advance(60)
        await sent(site, "/feed/act", item=key, act="saved", back="/feed")
    page = await shown(site, "/feed/saved")
    assert page.index("Dana of Nelson") < page.index("Aroha of Otago")
    await sent(site, "/feed/reset")
    assert "Dana of Nelson" in await shown(site, "/feed/saved")
    site.library.clock.advance(60)
    page = await sent(site, "/feed/act", item="page-4", act="unsaved", back="/feed/saved")
    assert "Dana of Nelson" not in page.partition("<main")[2].partition("</main>")[0]
    action, fields = undo_of(page)
    site.library.clock.advance(60)
    assert "Dana of Nelson" in (await sent(site, action, **fields)).partition("<main")[2].partition("</main>")[0]


async def test_what_is_known_is_told_in_words(site: Site) -> None:
    """What was done, of what it is, what was chosen and hidden; the file of it is one link away."""
    gathered(site)
    assert "Nothing yet" in await shown(site, "/feed/data")
    await sent(site, "/feed/act", item="page-1", act="saved", back="/feed")
    await sent(site, "/feed/act", item="page-2", act="hidden", back="/feed")
    await sent(site, "/feed/topics", other="trees", back="/feed")
    page = await shown(site, "/feed/data")
    assert re.search(r"Since \d+ \w+ \d{4} you saved 1 and hid 1\.", page)
    assert re.search(r'You saved <a href="/feed/items/page-1">Aroha of Otago</a>', page)
    assert "weddings (1)" in page
    assert 'value="trees"' in page
    assert re.search(r'href="/feed/items/page-2">Bea of Nelson</a>.*?value="unhidden"', page, re.DOTALL)
    assert '<a class="button" href="/v1/feed/data" download="my-feed.json">' in page


async def test_how_agents_do_is_told_once_there_is_something_to_tell(site: Site) -> None:
    """After some places that an agent was for, by how many of them were opened."""
    gathered(site)
    found = cards(await shown(site))
    (href,) = re.findall(r'href="(/feed/items/[^"]+position=3)"', "".join(found.values()))
    await shown(site, href)
    await sent(site, "/feed/act", item="page-1", act="saved", back="/feed")
    page = await shown(site, "/feed/data")
    assert re.search(r"of about 4 it was for, you opened or kept 1", page)


async def test_a_feed_begins_anew_and_as_before(site: Site) -> None:
    """What was done counts no longer, until that is taken back; twice, it is taken back to the first."""
    gathered(site)
    await sent(site, "/feed/act", item="page-1", act="liked", back="/feed")
    site.library.clock.advance(60)
    page = await sent(site, "/feed/reset")
    assert "begins anew" in page
    assert 'value="unliked" aria-pressed="true"' not in await shown(site)
    action, fields = undo_of(page)
    assert "counts again" in await sent(site, action, **fields)
    assert 'value="unliked" aria-pressed="true"' in await shown(site)
    await sent(site, "/feed/reset")
    site.library.clock.advance(60)
    action, fields = undo_of(await sent(site, "/feed/reset"))
    await sent(site, action, **fields)
    assert "Your feed began anew" in await shown(site, "/feed/data")
    assert (await site.post("/feed/reset/undo", {"before": "9e99"})).status_code == 422


async def test_deleting_says_what_goes_before_it_goes(site: Site) -> None:
    """Then nothing is left of what they did and chose."""
    gathered(site)
    await sent(site, "/feed/act", item="page-1", act="saved", back="/feed")
    await sent(site, "/feed/topics", other="trees", back="/feed")
    page = await shown(site, "/feed/data/delete")
    assert "What goes:</strong> 1 thing that you did" in page
    assert "What stays:" in page
    assert "is deleted" in await sent(site, "/feed/data/delete")
    left = (await site.client.get("/v1/feed/data")).json()
    assert (left["events"], left["choices"]["interests"]) == ([], [])
    assert "Nothing saved yet" in await shown(site, "/feed/saved")


async def test_an_empty_feed_teaches(site: Site) -> None:
    """Nothing was gathered: what this is, and where to begin. All was hidden: where it is."""
    page = await shown(site)
    assert "Nothing to show yet" in page
    assert 'href="/scraping/new">Gather a site' in page
    assert "New in your feed" not in (await site.get("/")).text
    for key in gathered(site):
        await site.post("/feed/act", {"item": key, "act": "hidden"})
    await site.post("/feed/others", {})
    assert "Nothing left to show" in await shown(site)


async def test_a_feed_that_runs_degraded_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quietly, above its cards."""
    gathered(site)
    assert "none of the agents answered" not in await shown(site)
    monkeypatch.setattr(Panel, "ask", lambda *_, **__: [])
    await site.post("/feed/others", {})
    page = await shown(site)
    assert "none of the agents answered" in page
    assert cards(page)


async def test_the_start_page_shows_what_is_new_in_the_feed(site: Site) -> None:
    """Up to six cards that lead on, from the same slate."""
    gathered(site)
    page = html.unescape((await site.get("/")).text)
    new = page.partition("New in your feed")[2].partition("</section>")[0]
    assert sorted(re.findall(r'<a href="/feed/items/page-\d\?slate=\w+&position=\d">([^<]+)', new)) == sorted(TITLES)
    assert 'href="/feed"' in new
    assert re.findall(r"slate=(\w+)", new)[0] in await shown(site)


async def test_forms_lead_back_to_our_own_pages_only(site: Site) -> None:
    """Whatever they are told."""
    gathered(site)
    for back in ("https://evil.example/", "//evil.example/x", "/\\evil.example"):
        answer = await site.post("/feed/act", {"item": "page-1", "act": "liked", "back": back})
        assert answer.headers["location"].startswith("/?done=liked"), back


async def test_what_is_no_act_is_refused(site: Site) -> None:
    """With what was expected; so is an item that is not there."""
    gathered(site)
    answer = await site.post("/feed/act", {"item": "page-1", "act": "loved"})
    assert answer.status_code == 422
    assert "expected one of asked" in answer.text
    assert (await site.post("/feed/act", {"item": "nobody", "act": "liked"})).status_code == 404


def as_vendors(site: Site) -> None:
    """Of the four items three are vendors, in two regions and of two categories."""
    gathered(site)
    places = {"page-1": ("weddings", "Otago"), "page-2": ("weddings", "Nelson"), "page-3": ("flowers & co", "Otago")}

    def change(conn: sa.Connection) -> None:
        last = conn.execute(sa.select(sa.func.max(items.c.seq))).scalar_one()
        for at, (key, (category, region)) in enumerate(places.items(), 1):
            fields = {"category": category, "region": region, "price": "900 NZD"}
            values = {"fields": fields, "kind": "vendor", "seq": last + at}
            conn.execute(sa.update(items).where(items.c.key == key).values(values))

    site.library.records.write(change)


async def test_a_feed_is_limited_by_its_address(site: Site) -> None:
    """Categories and regions that are there can be chosen; what is chosen stands in the address, and forms keep it."""
    as_vendors(site)
    page = await shown(site)
    selects = dict(re.findall(r'<select name="(\w+)">(.*?)</select>', page, re.DOTALL))
    assert {name: re.findall(r"<option[^>]*>([^<]+)", said) for name, said in selects.items()} == {
        "category": ["All", "flowers & co", "weddings"],
        "region": ["All", "Nelson", "Otago"],
    }
    assert set(cards(page)) == {"page-1", "page-2", "page-3", "page-4"}
    assert "Show everything" not in page

    here = "/feed?category=&region=Otago"
    limited = await shown(site, here)
    assert set(cards(limited)) == {"page-1", "page-3"}
    assert "<option selected>Otago</option>" in limited
    assert '<a class="chip action" href="/feed">Show everything</a>' in limited
    assert 'name="back" value="/feed?region=Otago"' in limited
    again = await site.post("/feed/others", {"region": "Otago", "category": ""})
    assert again.headers["location"] == "/feed?region=Otago"
    both = await shown(site, "/feed?category=flowers+%26+co&region=Otago")
    assert set(cards(both)) == {"page-3"}

    kept = await sent(site, "/feed/act", item="page-1", act="saved", back="/feed?region=Otago")
    assert "is saved" in kept
    assert undo_of(kept)[1]["back"] == "/feed?region=Otago"


async def test_where_nothing_is_of_the_kind_the_way_back_is_shown(site: Site) -> None:
    """A value that nothing has is among those to choose from, chosen; without several values there is no form."""
    as_vendors(site)
    page = await shown(site, "/feed?region=Perth")
    assert "Nothing of this kind" in page
    assert "<option selected>Perth</option>" in page
    assert (await site.get(f"/feed?region={'x' * 501}")).status_code == 422


async def test_no_filter_where_there_is_nothing_to_choose(site: Site) -> None:
    """One region and one category are no choice."""
    gathered(site)
    assert "<select" not in await shown(site)


async def test_who_enquires_is_led_to_the_vendors_own_page(site: Site) -> None:
    """The event is kept once with its place; the link is the address that the item has, and opens nothing by itself."""
    as_vendors(site)
    page = cards(await shown(site))
    assert ["Enquire" in page[f"page-{number}"] for number in (1, 2, 3, 4)] == [True, True, True, False]
    (slate,) = set(re.findall(r'name="slate" value="(\w+)"', page["page-1"]))
    (position,) = set(re.findall(r'name="position" value="(\d+)"', page["page-1"]))
    fields = {"item": "page-1", "act": "enquired", "slate": slate, "position": position}
    for _ in range(2):
        led = await sent(site, "/feed/act", **fields, back="https://elsewhere.example/")
        assert '<a href="https://one.example.org/0" target="_blank" rel="noopener noreferrer">' in led
    assert told(site, "enquired") == [("page-1", "enquired", int(position))]
    assert told(site, "opened") == []


async def test_nobody_is_asked_about_what_is_nobodys_offer(site: Site) -> None:
    """A page that is no vendor's has no such button, and the act is refused; nor does an address make up a link."""
    as_vendors(site)
    assert (await site.post("/feed/act", {"item": "page-4", "act": "enquired"})).status_code == 422
    assert 'rel="noopener noreferrer"' not in await shown(site, "/feed/items/page-4?done=enquired")
    assert told(site, "enquired") == []
