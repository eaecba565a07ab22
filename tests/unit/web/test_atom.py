"""`/v1/feed.atom`: one's feed for feed readers, valid whatever pages say, with ids that stay."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import httpx
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.accounts import Role
from bowerbird.kernel.clock import utc
from bowerbird.kernel.nouns import Scope
from bowerbird.reading.feeds import read_entries
from bowerbird.records.tables import events, sources
from bowerbird.web.atom import atom
from bowerbird.web.cards import Card, Why
from bowerbird.web.queries.items import Said
from bowerbird.web.words import moment
from tests.feeding import furnish

from . import members
from .conftest import Site
from .test_problems import assert_problem

ATOM = "{http://www.w3.org/2005/Atom}"
A_CARD = Card(
    id=7, key="page-7", href="/feed/items/page-7?slate=s&position=0", title="A title", language="", kind="",
    where="docs.example.org", source="s", source_name="docs.example.org", dated=moment(1.7e9, 1.8e9),
    text="It says so.", cited_href="/knowledge/pages/7", facts=(), said=Said(), why=Why("you follow", "Glass frogs"),
)  # fmt: skip


def document(*cards: Card) -> ET.Element:
    """What is told of these cards, read again; and checked by the rules of RFC 4287 (4.1.1, 4.1.2)."""
    body = atom(cards, Scope("w", "p"), made_at=utc(1.75e9), base="https://b.example.org", own_path="/v1/feed.atom")
    return valid(ET.fromstring(body))


def valid(feed: ET.Element) -> ET.Element:
    """The feed, if it has what the RFC asks for, each as often as it allows."""
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    for one in (feed, *entries):
        for name in ("id", "title", "updated"):
            (found,) = one.findall(f"{ATOM}{name}")
            assert found.text
        assert (one.find(f"{ATOM}updated").text or "").endswith("Z")  # type: ignore[union-attr]
        links = [link.attrib for link in one.findall(f"{ATOM}link")]
        assert [link["rel"] for link in links].count("alternate") == 1
        assert all(link["href"].startswith(("http://", "https://")) for link in links)
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [one.find(f"{ATOM}id").text for one in (feed, *entries)]  # type: ignore[union-attr]
    assert len(set(ids)) == len(ids)
    assert all(" " not in (one or "") and ":" in (one or "") for one in ids)
    return feed


def entry_of(feed: ET.Element, name: str) -> str:
    found = feed.find(f"{ATOM}entry/{ATOM}{name}")
    assert found is not None
    return found.text or ""


async def asked(site: Site, **headers: str) -> httpx.Response:
    return await site.client.get("/v1/feed.atom", headers=headers)


@given(title=st.text(), text=st.text(), reason=st.text())
def test_it_is_valid_whatever_pages_say(title: str, text: str, reason: str) -> None:
    """Markup is text, and what XML cannot hold is left out."""
    card = replace(A_CARD, title=title, text=text, why=Why("because you saved", reason))
    document(card)
    marked = document(replace(A_CARD, title="<b>&amp;</b>\x00\x1b", text="]]><script>"))
    assert entry_of(marked, "title") == "<b>&amp;</b>"
    assert entry_of(marked, "summary").startswith("]]><script>\n")


def test_an_entry_says_what_it_is_and_why_it_is_there() -> None:
    """Its address and its id say nothing of the slate, so that the same item again is the same entry."""
    feed = document(A_CARD)
    assert entry_of(feed, "summary") == "It says so.\nWhy it is here: you follow Glass frogs."
    assert entry_of(feed, "id") == "urn:bowerbird:item:w:7"
    link = feed.find(f"{ATOM}entry/{ATOM}link")
    assert link is not None
    assert link.attrib["href"] == "https://b.example.org/feed/items/page-7"
    assert entry_of(feed, "updated") == "2023-11-14T22:13:20Z"
    german = document(replace(A_CARD, language="de"), replace(A_CARD, id=8))
    assert german[6].attrib == {"{http://www.w3.org/XML/1998/namespace}lang": "de"}


async def test_the_feed_is_given_to_readers_of_feeds(site: Site) -> None:
    """As the slate has it; reading it tells nothing of who has seen what; our own reader can read it."""
    furnish(site.library, 5)
    answer = await asked(site)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert "private" in answer.headers["cache-control"]
    feed = valid(ET.fromstring(answer.content))
    told = (await site.client.get("/v1/feed")).json()["items"]
    titles = [entry.find(f"{ATOM}title").text for entry in feed.findall(f"{ATOM}entry")]  # type: ignore[union-attr]
    assert titles == [item["title"] for item in told]
    assert [row["title"] for row in read_entries(answer.content)] == titles
    again = valid(ET.fromstring((await asked(site)).content))
    assert sorted(entry.text or "" for entry in again.iter(f"{ATOM}id")) == sorted(
        entry.text or "" for entry in feed.iter(f"{ATOM}id")
    )
    assert site.library.records.read(lambda conn: conn.execute(sa.select(sa.func.count(events.c.id))).scalar()) == 0
    assert '<link rel="alternate" type="application/atom+xml"' in (await site.get("/feed")).text


async def test_it_is_for_who_has_a_key_or_a_session(site: Site) -> None:
    """Nobody else's: who sees less finds less, and who is nobody nothing. An operator's key names the person."""
    ana = members.join(site, "ana@example.org", Role.OPERATOR)
    ben = members.join(site, "ben@example.org", Role.READER)
    furnish(site.library, 2)
    assert_problem(await asked(site), 401, "not-signed-in")
    entries = [
        len(ET.fromstring((await asked(site, **headers)).content).findall(f"{ATOM}entry"))
        for headers in (members.session(site, ben), members.key(site, ben, Role.READER))
    ]
    assert entries == [2, 2]
    site.library.records.write(lambda conn: conn.execute(sa.update(sources).values(private_to=ana.person)))
    site.library.records.stamps.mark(f"permission:{site.library.scope.workspace}")
    assert b"<entry" not in (await asked(site, **members.session(site, ben))).content
    key = members.key(site, ana, Role.OPERATOR)
    mine = (await asked(site, **key)).text
    theirs = (await site.client.get("/v1/feed.atom?user=u-1", headers=key)).text
    assert "<entry" in mine
    assert "<entry" not in theirs
    assert ET.fromstring(mine).find(f"{ATOM}id").text != ET.fromstring(theirs).find(f"{ATOM}id").text  # type: ignore[union-attr]


@pytest.mark.parametrize("n", [0, 101])
async def test_a_number_that_cannot_be_is_refused(site: Site, n: int) -> None:
    assert_problem(await site.client.get(f"/v1/feed.atom?n={n}"), 422, "input-wrong")
