"""`/v1/items`: what a feed can show, brought in by a job, listed for who may see it, and taken out."""

import asyncio
import json
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.accounts import Role
from bowerbird.acquire import run_import
from bowerbird.feed.renewal import renew_items
from bowerbird.records import jobs
from bowerbird.records.tables import index_log, items, pages, passages
from bowerbird.settings import ImportSettings
from tests.feeding import furnish

from . import members
from .conftest import Site

TEXT = "Aroha takes photographs of weddings in Otago, on film. " * 5
ROWS: list[dict[str, Any]] = [
    {"id": "1", "title": "Aroha", "text": TEXT, "kind": "vendor", "category": "weddings", "region": "Otago"},
    {"id": "a/b ä", "title": "Bea", "text": "Portraits.", "kind": "vendor", "region": "Nelson", "tags": ["film"]},
    {"id": "3", "title": "A note", "text": TEXT, "kind": "note", "region": "Otago", "price": 9},
]


def work(site: Site) -> None:
    """Let the queued import run, and its pages become items."""
    records, clock = site.library.records, site.library.clock
    lease = records.write(lambda conn: jobs.claim(conn, owner="test", lease_s=60, clock=clock, kinds=("import",)))
    assert lease is not None
    done = run_import(lease, records, ImportSettings(), lease_s=60, clock=clock, should_stop=lambda: False)
    assert done.status == "completed"
    records.write(lambda conn: jobs.finish(conn, lease.job, lease.epoch, status="completed", clock=clock))
    site.library.arrange()
    while renew_items(records, limit=100, clock=clock):
        pass


async def bring(site: Site, *rows: Any) -> dict[str, Any]:
    """Import items, and the answer to it."""
    answer = await site.client.post("/v1/items", json=list(rows))
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['job']}"
    await asyncio.to_thread(work, site)
    return dict(answer.json())


async def listed(site: Site, **query: Any) -> list[str]:
    return [one["id"] for one in (await site.client.get("/v1/items", params=query)).json()["items"]]


async def test_items_come_in_by_a_job(site: Site) -> None:
    """Into the source `import:items`; each can be asked for by its own id, whatever letters it has."""
    job = await bring(site, *ROWS)
    assert job["url"] == "import:items"

    found = (await site.client.get("/v1/items/a%2Fb%20%C3%A4")).json()
    assert (found["id"], found["kind"], found["title"], found["quote"]) == ("a/b ä", "vendor", "Bea", "Portraits.")
    assert (found["region"], found["tags"], found["category"]) == ("Nelson", ["film"], None)
    version = (await site.client.get(f"/v1/versions/{found['version']}")).json()
    assert version["text"][found["start"] : found["end"]] == found["quote"]


async def test_an_update_keeps_the_item(site: Site) -> None:
    """The same id again is the same item, with what it says now."""
    await bring(site, *ROWS)
    await bring(site, {**ROWS[0], "title": "Aroha Moana"})
    assert (await site.client.get("/v1/items/1")).json()["title"] == "Aroha Moana"
    assert len(await listed(site)) == 3


async def test_rows_that_cannot_be_read_are_in_the_jobs_report(site: Site) -> None:
    """As of a file; the others come in."""
    answer = await site.client.post(
        "/v1/items",
        content=b'{"id": "1", "title": "Aroha"}\nno json\n{"id": "2", "title": "B", "embedding": [1]}\n',
        headers={"content-type": "application/x-ndjson"},
    )
    assert answer.status_code == 202
    await asyncio.to_thread(work, site)
    report = (await site.client.get(f"/v1/jobs/{answer.json()['job']}/urls?state=skipped")).json()["urls"]
    assert [row["where"] for row in report] == ["items.jsonl, line 2", "items.jsonl, line 3"]
    assert "384" in report[1]["detail"]
    assert await listed(site) == ["1"]


async def test_one_import_of_items_at_a_time(site: Site) -> None:
    """The next one is told when to come back, and leaves nothing behind."""
    await site.client.post("/v1/items", json=ROWS)
    refused = await site.client.post("/v1/items", json=ROWS)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    await asyncio.to_thread(work, site)
    assert len(await listed(site)) == 3


@pytest.mark.parametrize("body", [b"7", b"no json", b"[]", b'"x"', json.dumps([{}] * 1_001).encode()])
async def test_what_is_no_list_of_items_starts_no_job(site: Site, body: bytes) -> None:
    """Refused as a whole, in words."""
    refused = await site.client.post("/v1/items", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 422
    assert "expected" in refused.json()["detail"]
    assert (await site.client.get("/v1/jobs")).json()["jobs"] == []


async def test_a_list_is_narrowed_and_goes_on(site: Site) -> None:
    """By kind, category and region; a cursor leads through all of it once."""
    await bring(site, *ROWS)
    assert await listed(site) == ["3", "a/b ä", "1"]
    assert await listed(site, kind="vendor", region="Otago") == ["1"]
    assert await listed(site, category="weddings") == ["1"]
    assert await listed(site, region="Otago") == ["3", "1"]
    assert await listed(site, region="otago") == []

    first = (await site.client.get("/v1/items?limit=2")).json()
    second = (await site.client.get(f"/v1/items?limit=2&cursor={first['next']}")).json()
    assert [one["id"] for one in (*first["items"], *second["items"])] == ["3", "a/b ä", "1"]
    assert second["next"] is None


async def test_an_imported_item_can_be_taken_out_and_comes_back(site: Site) -> None:
    """Its page leaves the answers in the same step; importing it again brings both back."""
    await bring(site, *ROWS)
    assert (await site.client.delete("/v1/items/1")).status_code == 204
    assert (await site.client.get("/v1/items/1")).status_code == 404
    assert (await site.client.delete("/v1/items/1")).status_code == 404
    assert "1" not in await listed(site)

    records = site.library.records
    (row,) = records.read(lambda conn: conn.execute(sa.select(items).where(items.c.key == "1")).all())
    state = sa.select(pages.c.state).where(pages.c.id == row.page)
    assert records.read(lambda conn: conn.execute(state).scalar_one()) == "gone"
    live = sa.select(passages.c.id).where(passages.c.page == row.page, passages.c.live)
    assert records.read(lambda conn: conn.execute(live).all()) == []
    last = sa.select(index_log.c.op).order_by(index_log.c.seq.desc()).limit(1)
    assert records.read(lambda conn: conn.execute(last).scalar_one()) == "remove"
    assert row.seq == records.read(lambda conn: conn.execute(sa.select(sa.func.max(items.c.seq))).scalar_one())

    await bring(site, ROWS[0])
    assert "1" in await listed(site)


async def test_what_was_taken_out_is_in_no_feed_from_then_on(site: Site) -> None:
    """Neither in one that was made before, nor in one that is made now; once it is brought again, it may be."""
    await bring(site, *ROWS)

    async def shown(**query: int) -> set[str]:
        return {one["id"] for one in (await site.client.get("/v1/feed", params={"n": 10, **query})).json()["items"]}

    assert "1" in await shown()
    assert (await site.client.delete("/v1/items/1")).status_code == 204
    assert "1" not in await shown()
    assert "1" not in await shown(fresh=1)
    await bring(site, ROWS[0])
    assert "1" in await shown(fresh=1)


async def test_what_was_gathered_goes_with_its_page_only(site: Site) -> None:
    """It would come back with the next crawl."""
    furnish(site.library)
    refused = await site.client.delete("/v1/items/page-1")
    assert (refused.status_code, "gathered" in refused.json()["detail"]) == (422, True)
    assert (await site.client.get("/v1/items/page-1")).status_code == 200


async def test_a_private_item_is_its_owners(site: Site) -> None:
    """Others find neither it nor a place in the list where it would be."""
    ana, ben = (members.join(site, f"{name}@example.org", Role.CURATOR) for name in ("ana", "ben"))
    furnish(site.library, private_to=ana.person)
    seen = {}
    for member in (ana, ben):
        headers = members.session(site, member)
        found = (await site.client.get("/v1/items?limit=1", headers=headers)).json()
        one = await site.client.get("/v1/items/page-1", headers=headers)
        gone = await site.client.delete("/v1/items/page-1", headers=headers)
        seen[member.name] = (len(found["items"]), found["next"] is None, one.status_code, gone.status_code)
    assert seen == {"ana": (1, False, 200, 422), "ben": (0, True, 404, 404)}


async def test_readers_bring_in_nothing(site: Site) -> None:
    """Neither adding nor taking out is theirs."""
    headers = members.session(site, members.join(site, "rea@example.org", Role.READER))
    assert (await site.client.post("/v1/items", json=ROWS, headers=headers)).status_code == 403
    assert (await site.client.delete("/v1/items/1", headers=headers)).status_code == 403
