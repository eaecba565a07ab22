"""News as it is read: on the feed, on a page of its own, by the API, in feed readers; put aside, brought back."""

import html
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa

from bowerbird.answer import begin_question, save_answer
from bowerbird.answer.news import NewsItem, Place, Reason
from bowerbird.feed import NewEvent, keep_events
from bowerbird.feed.renewal import renew_items
from bowerbird.records.tables import items
from bowerbird.web.news import news_card

from .conftest import Site

URL = "https://docs.example.org/tower"
QUESTION = "How high is the tower?"
FACT = "The tower is 330 metres high."
TOWER = f"# The tower\n\n{FACT} It was built by the town. {'It stands in a park. ' * 9}\n"


def changed(site: Site, number: int = 1) -> None:
    """So many pages that an answer cites, that the person saved, and that say something else now."""
    library = site.library
    source = library.source()
    for each in range(number):
        page = library.page(source, f"{URL}{each}", TOWER, title=f"The tower {each}")
        renew_items(library.records, limit=9, clock=library.clock)
        start = TOWER.index(FACT)
        cited = {"n": 1, "version": page.version, "start": start, "end": start + len(FACT)}

        def keep(conn: sa.Connection, page: int = page.page, cited: dict[str, int] = cited) -> None:
            key = conn.execute(sa.select(items.c.key).where(items.c.page == page)).scalar_one()
            event = NewEvent(key, "saved", sender=library.scope)
            keep_events(conn, library.scope.workspace, [event], clock=library.clock)
            row = begin_question(conn, library.scope, QUESTION, conversation=None, clock=library.clock)
            save_answer(conn, row.id, {"claims": [{"citations": [cited]}]}, clock=library.clock)

        library.records.write(keep)
    for each in range(number):
        library.page(source, f"{URL}{each}", TOWER.replace("330", "312"), title=f"The tower {each}")


async def shown(site: Site, path: str) -> str:
    """A page as it is read, without the frame."""
    answer = await site.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text.partition("<main")[2])


async def test_a_card_of_news_says_what_it_is_and_why_it_is_there(site: Site) -> None:
    """Both sentences with their places in the stored versions, what rests on them, and a way to ask again."""
    changed(site)
    page = await shown(site, "/feed")
    card = page.partition('data-news="')[2].partition("</li>")[0]
    assert "A page you rely on changed" in card
    assert re.search(r'version=1&start=\d+&end=\d+#cited">Before</a> <del>The tower is 330 metres high\.</del>', card)
    assert re.search(r'version=2&start=\d+&end=\d+#cited">Now</a> <ins>The tower is 312 metres high\.</ins>', card)
    assert "You saved it, and an answer of yours rests on it:" in card
    assert QUESTION in card
    assert 'href="/chat?query=How+high+is+the+tower%3F"' in card


async def test_the_feed_shows_some_news_and_all_are_on_a_page_of_their_own(site: Site) -> None:
    """The newest first; a feed that is limited to a category shows none."""
    changed(site, 4)
    feed = await shown(site, "/feed")
    assert re.findall(r">(The tower \d)</a></h3>", feed) == ["The tower 3", "The tower 2"]
    assert "and 2 more" in feed
    page = await shown(site, "/feed/news")
    assert re.findall(r">(The tower \d)</a></h3>", page) == [f"The tower {each}" for each in (3, 2, 1, 0)]
    assert "data-news" not in await shown(site, "/feed?category=towers")


@pytest.mark.parametrize("back", ["/feed", "/feed/news"])
async def test_news_is_put_aside_and_brought_back(site: Site, back: str) -> None:
    """By forms, which lead back to where they were; the notice takes it back."""
    changed(site)
    (news,) = re.findall(r'data-news="([^"]+)"', await shown(site, back))
    answer = await site.post(f"/feed/news/{news}/aside", {"back": back})
    where = answer.headers["location"]
    assert (answer.status_code, where.partition("?")[0]) == (303, back)
    page = (await site.get(where)).text
    assert "data-news" not in page
    assert f'action="/feed/news/{news}/back"' in page
    answer = await site.post(f"/feed/news/{news}/back", {"back": back})
    assert f'data-news="{news}"' in (await site.get(answer.headers["location"])).text
    assert (await site.post("/feed/news/change-9-9/aside", {})).status_code == 404


async def test_programs_get_news_with_every_place(site: Site) -> None:
    """And put it aside, and bring it back."""
    changed(site)
    (news,) = (await site.client.get("/v1/news")).json()["news"]
    assert (news["kind"], news["title"], news["is_gone"]) == ("change", "The tower 0", False)
    assert [(why["kind"], why.get("title")) for why in news["why"]] == [
        ("question", QUESTION),
        ("saved", "The tower 0"),
    ]
    ((was, now),) = [(one["was"], one["now"]) for one in news["changed"]]
    assert (was["text"], was["version"], now["version"]) == (FACT, 1, 2)
    assert TOWER[was["start"] : was["end"]] == FACT
    path = f"/v1/news/{news['news']}/aside"
    assert (await site.client.post(path)).status_code == 204
    assert (await site.client.get("/v1/news")).json() == {"news": []}
    assert (await site.client.delete(path)).status_code == 204
    assert (await site.client.get("/v1/news")).json() == {"news": [news]}
    assert (await site.client.post("/v1/news/change-9-9/aside")).status_code == 404


async def test_feed_readers_get_news_first(site: Site) -> None:
    """With what was said and is said, under an id that is the same until there is other news."""
    changed(site)
    atom = "{http://www.w3.org/2005/Atom}"
    first, *others = ET.fromstring((await site.client.get("/v1/feed.atom")).content).findall(f"{atom}entry")
    assert first.findtext(f"{atom}title") == "A page you rely on changed: The tower 0"
    told = first.findtext(f"{atom}summary") or ""
    assert "Before: The tower is 330 metres high.\nNow: The tower is 312 metres high." in told
    assert QUESTION in told
    assert others
    again = ET.fromstring((await site.client.get("/v1/feed.atom")).content).find(f"{atom}entry/{atom}id")
    assert again is not None
    assert first.findtext(f"{atom}id") == again.text


async def test_without_news_there_is_no_empty_frame(site: Site) -> None:
    """The feed says nothing of it; the page says what would be there."""
    assert "News of what you rely on" not in await shown(site, "/feed")
    assert "No news" in await shown(site, "/feed/news")


async def test_what_was_put_aside_is_taken_along_and_forgotten(site: Site) -> None:
    """By its kind and when: its key names a page, which may be closed to them. Then it is news again."""
    changed(site)
    (news,) = (await site.client.get("/v1/news")).json()["news"]
    now_s = site.library.clock.now_s()
    await site.client.post(f"/v1/news/{news['news']}/aside")
    assert (await site.client.get("/v1/feed/data")).json()["news_put_aside"] == [{"kind": "change", "at": now_s}]
    assert (await site.client.delete("/v1/feed/data")).status_code == 204
    assert (await site.client.get("/v1/feed/data")).json()["news_put_aside"] == []
    assert len((await site.client.get("/v1/news")).json()["news"]) == 1


PLACE = Place(7, 8, 0, 4, "Four", "https://a.example.org/b", "B", 1.0)
ASKED = Reason("question", "q", "Why so?", "c")


@pytest.mark.parametrize(
    ("news", "words", "why", "href"),
    [
        (NewsItem("k", "change", 1.0, "B", (Reason("saved", "i", "B"),), is_gone=True),
         "A page you rely on is gone", "You saved it.", "/feed/items/i"),
        (NewsItem("k", "change", 1.0, "B", (ASKED, replace(ASKED, id="r")), ((PLACE, None),)),
         "A page you rely on changed", "Answers of yours rest on it:", "/knowledge/pages/7?version=8"),
        (NewsItem("k", "answer", 1.0, "Why so?", (ASKED,), ((PLACE, None),)),
         "An answer changed", "You follow this question.", "/chat/c#question-q"),
        (NewsItem("k", "gap", 1.0, "Why so?", (ASKED,), ((None, PLACE),)),
         "There is an answer now", "You asked this when nothing that was gathered answered it.", "/chat/c#question-q"),
        (NewsItem("k", "conflict", 1.0, "It", (Reason("entity", "3", "It"),), sides=(PLACE, PLACE), subject="price",
                  is_property=True),
         "Pages differ", "You follow", "/knowledge/entities/3#conflicts"),
    ],
)  # fmt: skip
def test_each_kind_is_told_in_plain_words(news: NewsItem, words: str, why: str, href: str) -> None:
    """What it is, why it concerns one, and where it is read in full."""
    card = news_card(news, now_s=2.0)
    assert (card.words, card.why_words) == (words, why)
    assert card.href.startswith(href)
    assert card.ask_href
