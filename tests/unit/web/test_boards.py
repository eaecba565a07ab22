"""Boards on the page of what is saved, and by the API."""

import html
import re

from tests.feeding import furnish

from .conftest import Site


async def saved(site: Site, path: str = "/feed/saved") -> str:
    """The page, without the frame."""
    answer = await site.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


async def save(site: Site, *numbers: int) -> None:
    """Save these items."""
    for number in numbers:
        assert (await site.post("/feed/act", {"item": f"page-{number}", "act": "saved"})).status_code == 303


async def make(site: Site, name: str) -> str:
    """The id of a board that a form made."""
    answer = await site.post("/feed/boards", {"name": name})
    assert answer.status_code == 303
    return answer.headers["location"].partition("board=")[2]


async def sent(site: Site, action: str, **fields: str) -> str:
    """A form that is sent, and the page to which it leads."""
    answer = await site.post(action, fields)
    assert answer.status_code == 303, answer.text
    return await saved(site, answer.headers["location"])


def undo_of(page: str) -> tuple[str, dict[str, str]]:
    """The form of the notice."""
    notice = page.partition("data-toast>")[2]
    found = re.search(r'<form method="post" action="([^"]+)">(.*?)</form>', notice, re.DOTALL)
    assert found, notice[:500]
    return found[1], dict(re.findall(r'name="([^"]+)" value="([^"]*)"', found[2]))


def items_in(page: str) -> list[str]:
    """What is listed, by number."""
    return re.findall(r'<li data-list-item id="item-(\d+)"', page)


async def test_what_is_saved_is_put_on_a_board_moved_and_put_back(site: Site) -> None:
    """By forms that work without a script; each board is a page of its own, and so is what is on none."""
    furnish(site.library)
    await save(site, 1, 2)
    assert "A new board" in await saved(site)
    film, weddings = await make(site, "Film"), await make(site, "Weddings")
    page = await sent(site, "/feed/boards/put", item="page-1", board=film)
    assert "It is on “Film” now." in page
    assert f'<option value="{film}" selected>Film</option>' in page
    assert re.search(r'aria-current="page">All<span class="count">2', page)
    assert items_in(await saved(site, f"/feed/saved?board={film}")) == ["1"]
    assert items_in(await saved(site, "/feed/saved?board=none")) == ["2"]
    page = await sent(site, "/feed/boards/put", item="page-1", board=weddings, was=film, shown=film)
    assert items_in(page) == []
    assert "Nothing here yet" in page
    action, fields = undo_of(page)
    assert items_in(await sent(site, action, **fields)) == ["1"]
    page = await sent(site, "/feed/boards/put", item="page-1", was=film)
    assert "It is on no board now." in page


async def test_a_board_is_renamed_removed_and_brought_back(site: Site) -> None:
    """The notice takes the removal back; what is on it stays saved."""
    furnish(site.library)
    await save(site, 1)
    film = await make(site, "Film")
    await sent(site, "/feed/boards/put", item="page-1", board=film)
    assert "<h1>Analogue</h1>" in await sent(site, f"/feed/boards/{film}/rename", name="Analogue")
    page = await sent(site, f"/feed/boards/{film}/remove")
    assert items_in(page) == ["1"]
    assert "Analogue" not in page
    action, _ = undo_of(page)
    assert items_in(await sent(site, action)) == ["1"]
    assert (await site.get(f"/feed/saved?board={'0' * 26}")).status_code == 404


async def test_a_name_that_will_not_do_is_told_where_it_was_typed(site: Site) -> None:
    """With what was typed, and why."""
    furnish(site.library)
    await save(site, 1)
    await make(site, "Film")
    answer = await site.post("/feed/boards", {"name": "film"})
    assert answer.status_code == 422
    assert "already" in answer.text
    assert 'value="film"' in answer.text


async def test_programs_make_boards_and_put_items_on_them(site: Site) -> None:
    """An item is saved thereby; what is not there is not found, a name that is taken refused."""
    furnish(site.library)
    made = (await site.client.post("/v1/boards", json={"name": "Film"})).json()
    assert (made["name"], made["items"]) == ("Film", 0)
    assert (await site.client.post("/v1/boards", json={"name": "FILM"})).status_code == 422
    path = f"/v1/boards/{made['board']}"
    assert (await site.client.put(f"{path}/items/page-2")).status_code == 204
    whole = (await site.client.get(path)).json()
    assert (whole["items"], [(one["id"], one["title"]) for one in whole["on_it"]]) == (1, [("page-2", "Note 1")])
    assert (await site.client.patch(path, json={"name": "Analogue"})).json()["name"] == "Analogue"
    assert (await site.client.delete(f"{path}/items/page-2")).status_code == 204
    assert (await site.client.get("/v1/boards")).json()["boards"][0]["items"] == 0
    assert (await site.client.delete(path)).status_code == 204
    assert (await site.client.get("/v1/boards")).json() == {"boards": []}
    assert (await site.client.post(f"{path}/restore")).json()["name"] == "Analogue"
    assert (await site.client.put(f"{path}/items/page-9")).status_code == 404
    assert (await site.client.get(f"/v1/boards/{'0' * 26}")).status_code == 404
