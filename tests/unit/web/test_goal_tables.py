"""The tables' pages and files: who sees what through each door, and what bad input is told."""

import json

from bowerbird.accounts import Role
from bowerbird.knowledge.tables import fill_tables

from .conftest import Site
from .members import join, session

GOAL = "photographers: name, city, price"
TEXT = "# Photographers\n\nName | City | Price\nAroha | Nelson | $900\n=cmd() | <script>x</script> | $800"
URL = "https://docs.example.org/photographers"


async def made(site: Site, headers: dict[str, str], *, shared: bool = False) -> str:
    """The id of a table that was filled."""
    asked = {"goal": GOAL, "shared": shared}
    answer = await site.client.post("/v1/tables", json=asked, headers=headers)
    assert answer.status_code == 201, answer.text
    site.library.clock.advance(1)
    fill_tables(site.library.records, clock=site.library.clock)
    return str(answer.json()["table"])


async def test_a_form_makes_a_table_and_its_page_shows_rows(site: Site) -> None:
    site.library.page(site.library.source(), URL, TEXT)
    answer = await site.post("/knowledge/tables", {"goal": GOAL})
    assert answer.status_code == 303
    assert "The pages are being read" in (await site.get(answer.headers["location"])).text
    site.library.clock.advance(1)
    fill_tables(site.library.records, clock=site.library.clock)
    html = (await site.get(answer.headers["location"])).text
    assert "Aroha" in html
    assert "<script>x</script>" not in html
    assert "&lt;script&gt;x&lt;/script&gt;" in html
    assert "#cited" in html
    assert GOAL in (await site.get("/knowledge/tables")).text


async def test_every_door_shows_only_what_stands_on_pages_that_one_may_see(site: Site) -> None:
    library = site.library
    ana, ben = join(site, "ana@example.org", Role.CURATOR), join(site, "ben@example.org", Role.READER)
    hers, his = session(site, ana), session(site, ben)
    secret = "# Photographers\n\nName | City | Price\nHidden | Cave | $1\nAroha | Nelson | $5"
    library.page(library.source("https://a.example.org/", person=ana.person), "https://a.example.org/", secret)
    library.page(library.source(), URL, TEXT)
    table = await made(site, hers, shared=True)
    doors = (
        f"/knowledge/tables/{table}",
        f"/v1/tables/{table}",
        f"/v1/tables/{table}/rows.csv",
        f"/v1/tables/{table}/rows.jsonl",
    )
    for door in doors:
        seen = (await site.client.get(door, headers=hers)).text
        assert "Hidden" in seen
        shown = await site.client.get(door, headers=his)
        assert shown.status_code == 200
        assert "Aroha" in shown.text
        for hidden in ("Hidden", "Cave", "$5", "a.example.org"):
            assert hidden not in shown.text
    assert (await site.client.get(f"/v1/tables/{table}", headers=his)).json()["rows"] == 2
    assert "2 rows" in (await site.get("/knowledge/tables", **his)).text


async def test_a_table_that_is_not_shared_is_not_there_for_others(site: Site) -> None:
    ana, ben = join(site, "ana@example.org", Role.READER), join(site, "ben@example.org", Role.READER)
    table = await made(site, session(site, ana))
    his = session(site, ben)
    for door in ("", "/rows.csv", "/rows.jsonl"):
        assert (await site.client.get(f"/v1/tables/{table}{door}", headers=his)).status_code == 404
    assert (await site.get(f"/knowledge/tables/{table}", **his)).status_code == 404
    assert (await site.client.get("/v1/tables", headers=his)).json() == {"tables": []}


async def test_the_files_hold_all_rows_with_their_places(site: Site) -> None:
    stored = site.library.page(site.library.source(), URL, TEXT)
    table = await made(site, {})
    csv = await site.client.get(f"/v1/tables/{table}/rows.csv")
    assert csv.headers["content-disposition"] == f'attachment; filename="table-{table}.csv"'
    head, aroha, formula, _ = csv.text.split("\r\n")
    assert head == "name,city,price,mark,name: where,city: where,price: where"
    assert aroha.startswith(f"Aroha,Nelson,$900,,{URL} version={stored.version} start=")
    assert formula.startswith("'=cmd(),")
    lines = (await site.client.get(f"/v1/tables/{table}/rows.jsonl")).text.splitlines()
    for line in map(json.loads, lines):
        for cell in line["cells"].values():
            assert TEXT[cell["start"] : cell["end"]] == cell["quote"]


async def test_bad_input_is_refused_with_what_was_expected(site: Site) -> None:
    table = await made(site, {})
    bad: tuple[tuple[str, dict[str, object]], ...] = (
        ("POST", {"goal": ""}),
        ("POST", {"goal": "x" * 501}),
        ("POST", {"goal": "x", "fields": [{"name": "y" * 10_000}]}),
        ("POST", {"goal": "x", "fields": [{"name": f"f{number}"} for number in range(1_000)]}),
        ("POST", {"goal": "x", "fields": [{"name": "a", "kind": "colour"}]}),
        ("POST", {"goal": "a: \x00"}),
        ("PATCH", {"fields": []}),
        ("PATCH", {"fields": [{"name": " "}]}),
    )
    for method, body in bad:
        path = "/v1/tables" if method == "POST" else f"/v1/tables/{table}"
        answer = await site.client.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "input-wrong"), body
    wrong = await site.post(f"/knowledge/tables/{table}/fields", {"fields": "x" * 10_000})
    assert wrong.status_code == 422
    assert "expected" in wrong.text
    assert (await site.post(f"/knowledge/tables/{table}/fields", {"fields": " , "})).status_code == 422
    assert (await site.post("/knowledge/tables", {"goal": " "})).status_code == 422


async def test_fields_are_changed_and_shared_by_forms(site: Site) -> None:
    site.library.page(site.library.source(), URL, TEXT)
    table = await made(site, {})
    here = f"/knowledge/tables/{table}"
    assert (await site.post(f"{here}/fields", {"fields": "name, born (text)"})).status_code == 303
    told = (await site.client.get(f"/v1/tables/{table}")).json()
    assert told["fields"] == [{"name": "name", "kind": "text"}, {"name": "born", "kind": "text"}]
    assert told["status"] == "waiting"
    assert 'value="name, born (text)"' in (await site.get(here)).text
    for act, shared in (("share", True), ("unshare", False)):
        assert (await site.post(f"{here}/{act}", {})).status_code == 303
        assert (await site.client.get(f"/v1/tables/{table}")).json()["shared"] is shared
    assert (await site.post(f"{here}/refresh", {})).status_code == 303
    assert (await site.post(f"{here}/remove", {})).headers["location"] == "/knowledge/tables"
    assert (await site.get(here)).status_code == 404


async def test_a_long_table_comes_in_parts(site: Site) -> None:
    rows = "\n".join(f"Name {number} | City {number}x | ${number}" for number in range(150))
    site.library.page(site.library.source(), URL, f"# Photographers\n\nName | City | Price\n{rows}")
    table = await made(site, {})
    first = (await site.get(f"/knowledge/tables/{table}")).text
    assert "150 rows" in first
    assert "Name 99<" in first
    assert "Name 100<" not in first
    assert "Rows after" in first
    assert "Name 149<" in (await site.get(f"/knowledge/tables/{table}?offset=100")).text
