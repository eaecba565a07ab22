"""Curators correct what is one thing, on the entity's page and by the API; readers see what was decided."""

import re
from typing import Any

import pytest

from bowerbird.accounts import Role
from bowerbird.knowledge.resolve import resolve_some

from .conftest import Site
from .members import join, key, session

TREES = "# Trees\n\nA decision tree is a predictive model. A predictive model is useful. The decision tree asks.\n"
WOODS = "# Woods\n\nA random wood is a decision tree. Each random wood votes. A decision tree is a plant here.\n"


async def known(site: Site, **headers: str) -> dict[str, int]:
    """The entities by name."""
    told = (await site.client.get("/v1/entities", headers=headers)).json()["entities"]
    return {each["name"]: each["id"] for each in told}


async def entities(site: Site) -> tuple[int, int]:
    """The tree and the wood of two pages."""
    source = site.library.source()
    site.library.page(source, "https://docs.example.org/trees", TREES, title="Trees")
    site.library.page(source, "https://docs.example.org/woods", WOODS, title="Woods")
    site.library.arrange()
    found = await known(site)
    return found["decision tree"], found["random wood"]


async def test_what_was_merged_can_be_taken_back_from_the_notice(site: Site) -> None:
    """The address of what was merged leads to what it is; the notice's form undoes it."""
    tree, wood = await entities(site)
    html = (await site.get(f"/knowledge/entities/{wood}?like=decision")).text
    assert f'action="/knowledge/entities/{wood}/merge"' in html
    assert f'name="into" value="{tree}"' in html
    done = await site.post(f"/knowledge/entities/{wood}/merge", {"into": str(tree)})
    moved = await site.get(done.headers["location"])
    assert (moved.status_code, moved.headers["location"].partition("?")[0]) == (302, f"/knowledge/entities/{tree}")
    html = (await site.get(moved.headers["location"])).text
    assert "Merged “random wood” into “decision tree”." in html
    assert "Also: random wood" in html
    way_back, decision = re.findall(r'class="toast".*?action="([^"]+)".*?name="decision" value="(\d+)"', html)[0]
    back = await site.post(way_back, {"decision": decision})
    assert "all is as it was before" in (await site.get(back.headers["location"])).text
    assert "<h1>random wood</h1>" in (await site.get(f"/knowledge/entities/{wood}")).text


async def test_pages_that_mean_something_else_are_split_off(site: Site) -> None:
    """Each page is a box to tick; the other thing has a page of its own."""
    tree, _ = await entities(site)
    html = (await site.get(f"/knowledge/entities/{tree}")).text
    boxes = dict(re.findall(r'name="on" value="(\d+)"><span>(\w+) ', html))
    assert sorted(boxes.values()) == ["Trees", "Woods"]
    there = next(page for page, title in boxes.items() if title == "Woods")
    await site.post(f"/knowledge/entities/{tree}/split", {"on": there, "name": "decision tree (plant)"})
    found = await known(site)
    assert {"decision tree", "decision tree (plant)"} <= found.keys()
    html = (await site.get(f"/knowledge/entities/{found['decision tree (plant)']}")).text
    assert "Woods" in html
    assert ">Trees<" not in html


@pytest.mark.parametrize(
    ("act", "fields", "told"),
    [
        ("rename", {"name": "tree of choices"}, "<h1>tree of choices</h1>"),
        ("retype", {"kind": "product"}, ">product<"),
        ("hide", {}, "in no list"),
    ],
)
async def test_the_page_says_what_was_changed(site: Site, act: str, fields: dict[str, str], told: str) -> None:
    """At once, with who did it."""
    tree, _ = await entities(site)
    done = await site.post(f"/knowledge/entities/{tree}/{act}", fields)
    html = (await site.get(done.headers["location"])).text
    assert told in html
    assert "What was decided" in html


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("merge", {"into": 9_999}),
        ("rename", {"name": "x" * 10_240}),
        ("rename", {"name": " "}),
        ("retype", {"type": "dinosaur"}),
        ("split", {"pages": [9_999], "name": "other"}),
        ("part", {"member": 9_999}),
        ("undo", {"decision": 9_999}),
        ("merge", {"into": "x"}),
        ("merge", {}),
    ],
)
async def test_what_cannot_be_is_a_problem_in_words(site: Site, act: str, body: dict[str, Any]) -> None:
    """Not a fault."""
    tree, _ = await entities(site)
    answer = await site.client.post(f"/v1/entities/{tree}/{act}", json=body)
    assert answer.status_code in (404, 422)
    assert answer.json()["detail"]


async def test_readers_see_what_was_decided_and_change_nothing(site: Site) -> None:
    """No form, no route; the history names nothing that they may not see, and what was done is in the audit log."""
    tree, wood = await entities(site)
    curator, reader = join(site, "c@example.org", Role.CURATOR), join(site, "r@example.org", Role.READER)
    his, hers = key(site, curator, Role.CURATOR), key(site, reader, Role.READER)
    done = await site.client.post(f"/v1/entities/{wood}/merge", json={"into": tree}, headers=his)
    assert done.json() == {"decision": 1, "kind": "merge", "entity": tree, "made": None}
    assert (await site.client.get(f"/v1/entities/{wood}", headers=hers)).json()["id"] == tree
    told = (await site.client.get(f"/v1/entities/{wood}/history", headers=hers)).json()
    assert [one["words"] for one in told["decisions"]] == ["Merged “random wood” into “decision tree”"]
    assert [one["name"] for one in told["members"]] == ["random wood"]
    refused = await site.client.post(f"/v1/entities/{tree}/undo", json={"decision": 1}, headers=hers)
    assert refused.status_code == 403
    html = (await site.get(f"/knowledge/entities/{tree}", **session(site, reader))).text
    assert "What was decided" in html
    assert f'method="post" action="/knowledge/entities/{tree}/' not in html
    admin = key(site, join(site, "a@example.org", Role.ADMIN), Role.ADMIN)
    log = (await site.client.get("/v1/audit", headers=admin)).json()["audit"]
    assert [(one["action"], one["subject"]) for one in log if one["action"].startswith("entity.")] == [
        ("entity.merge", str(wood))
    ]


async def test_a_decision_is_undone_only_where_it_belongs(site: Site) -> None:
    """Its number alone is not enough: the address says of what."""
    tree, wood = await entities(site)
    await site.client.post(f"/v1/entities/{wood}/rename", json={"name": "grove"})
    assert (await site.client.post(f"/v1/entities/{tree}/undo", json={"decision": 1})).status_code == 404
    assert (await site.client.post(f"/v1/entities/{wood}/undo", json={"decision": 1})).status_code == 200


LEARNING = (
    "# Kernels\n\nA kernel is a similarity measure of samples. The kernel weighs neighbours by their distance, and a"
    " kernel has a bandwidth. Choose the kernel by cross-validation.\n"
)
BOOTING = (
    "# Startup\n\nA kernel is a program in firmware. Another kernel(mode) mounts disks, and each kernel(mode) has"
    " drivers. Set the kernel to an image.\n"
)


async def test_what_was_told_apart_unasked_says_so_and_is_made_one_by_a_click(site: Site) -> None:
    """Both pages name the other, where and why, with the button; the API tells the same."""
    for host, text in (("learning.example", LEARNING), ("boot.example", BOOTING)):
        site.library.page(site.library.source(f"https://{host}/"), f"https://{host}/1", text)
    site.library.arrange()
    resolve_some(site.library.records, limit=100, clock=site.library.clock)
    found = await known(site)
    home, made = found["kernel"], found["kernel (boot.example)"]
    for here, there in ((home, made), (made, home)):
        html = (await site.get(f"/knowledge/entities/{here}")).text
        assert f'Seems to be something else than <a href="/knowledge/entities/{there}">' in html
        assert "told apart by boot.example:" in html
        way = re.findall(r'action="([^"]+)"><input type="hidden" name="into" value="(\d+)">.*?They are one', html)
        assert way == [(f"/knowledge/entities/{made}/merge", str(home))]
    (other,) = (await site.client.get(f"/v1/entities/{home}/history")).json()["others"]
    assert (other["entity"], other["made"], other["url"]) == (made, made, "https://boot.example/")
    await site.post(f"/knowledge/entities/{made}/merge", {"into": str(home)})
    html = (await site.get(f"/knowledge/entities/{home}")).text
    assert "Seems to be something else" not in html
    assert "Merged “kernel (boot.example)” into “kernel”" in html
