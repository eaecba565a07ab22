"""
Every page as people see it: phone and desktop, light and dark, over the demonstration site. `make screenshots`.

Writes `docs/images/pages/NAME-WIDTH-THEME.png` with few colours, so that all of them stay below four megabytes, and
`docs/pages.md`, which shows them. Text is drawn with the fonts of this machine: install fonts-noto-core for Noto.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from bench.report import ROOT
from bench.served import CHROMIUM, CHROMIUM_ARGS, Server, serving, serving_demo
from bench.tried import meet, plan_and_start, tell
from bowerbird.demo import DEMO_QUESTION

FOLDER: Final = ROOT / "docs" / "images" / "pages"
DOCUMENT: Final = ROOT / "docs" / "pages.md"
SIZES: Final = {"desktop": (1440, 900), "phone": (390, 844)}
THEMES: Final = ("light", "dark")
MAX_BYTES: Final = 4_000_000
# What each page is for, under the name of its pictures.
PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "first": ("Before anything is gathered", "/"),
    "home": ("Home", "/"),
    "ask": ("Ask, before the first question", "/chat"),
    "answer": ("An answer, its evidence beside it", "/chat"),
    "explorer": ("Explore", "/knowledge/explorer"),
    "results": ("Results of a search", "/knowledge/explorer?search=random+forest"),
    "entity": ("What is said of one thing", "/knowledge/entities/{entity}"),
    "links": ("What links two things", "/knowledge/entities/{entity}/links/{other}"),
    "page": (
        "A stored page, the cited words marked",
        "/knowledge/pages/{page}?version={version}&start={start}&end={end}",
    ),
    "feed": ("Your feed, and why a card is there", "/feed"),
    "item": ("An item of the feed", "/feed/items/{item}"),
    "saved": ("What you saved", "/feed/saved"),
    "mydata": ("What the feed knows of you", "/feed/data"),
    "tables": ("Things collected into tables", "/knowledge/tables"),
    "table": ("A table, each value from the words that say it", "/knowledge/tables/{table}"),
    "experiments": ("What is put to the test", "/experiments"),
    "plan": ("A plan, and what it can find", "/experiments/new"),
    "experiment": ("What an experiment amounts to", "/experiments/{experiment}"),
    "locked": ("A result that is locked, and where that comes from", "/experiments/{locked}"),
    "learnings": ("What was learnt", "/experiments/learnings"),
    "gather": ("Gather a site", "/scraping/new"),
    "dashboard": ("Sources and jobs", "/scraping/dashboard"),
    "job": ("A job that has ended", "/scraping/jobs/{job}"),
    "palette": ("Go to anything", "/scraping/dashboard"),
    "activity": ("What happened", "/activity"),
    "agents": ("What the agents do, and how well", "/agents"),
    "run": ("One run of the agents, replayed", "/agents/runs/{run}"),
    "styleguide": ("The style guide", "/styleguide"),
    "import": ("Bring in files", "/scraping/import"),
    "signin": ("Sign in", "/sign-in"),
    "settings": ("Your account", "/settings"),
    "keys": ("Keys for programs", "/settings/keys"),
    "people": ("Who belongs to the workspace", "/settings/people"),
    "audit": ("Who did what to whose access", "/settings/audit"),
}
# Taken last: the first account closes the server that the others show.
CLOSED: Final = ("signin", "settings", "keys", "people", "audit")


def names(server: Server, job: str) -> dict[str, Any]:
    """Something of each kind to show."""
    hit = server.api("/v1/search?q=random+forest")["hits"][0]
    entities = server.api("/v1/entities?q=supervised+learning")["entities"]
    return {
        "job": job,
        "item": told(server),
        "experiment": tested(server, "feed-order"),
        "locked": locked(server, "large-pictures"),
        "run": server.api("/v1/ask", {"question": DEMO_QUESTION})["id"],
        "table": filled(server, "data sets: name, description, creator, date published"),
        "entity": entities[0]["id"],
        "other": entities[1]["id"],
        "page": server.api(f"/v1/versions/{hit['version']}")["page"],
        "version": hit["version"],
        "start": hit["start"],
        "end": hit["end"],
    }


def told(server: Server) -> str:
    """Let the feed know something of its reader; an item of what they then get."""
    made = server.api("/v1/feed?fresh=true")
    kinds = dict(enumerate(("saved", "opened", "liked", "opened", "hidden")))
    done = [("shown", one["id"]) for one in made["items"]]
    done += [(kinds[place], one["id"]) for place, one in enumerate(made["items"]) if place in kinds]
    kept = server.api("/v1/events", [{"item": item, "kind": kind, "slate": made["slate"]} for kind, item in done])
    assert not kept["refused"], kept
    return str(server.api("/v1/feed?fresh=true")["items"][0]["id"])


def tested(server: Server, name: str) -> str:
    """An experiment that found something, and what was learnt from it."""

    def does(variant: str, number: int) -> list[str]:
        saves = number % 3 == 0 or (variant == "newest-first" and number % 3 == 1 and number % 4 < 3)
        return ["opened", *(["saved"] if saves else []), *(["hidden"] if number % 25 == 0 else [])]

    if name not in [one["name"] for one in server.api("/v1/experiments")["experiments"]]:
        plan_and_start(server, name)
        tell(server, server.api("/v1/items")["items"][0]["id"], meet(server, name, 480, known=device), does)
        effect = {"metric": "saved", "lift": 0.62, "ci": [0.2, 1.1], "n": 400}
        learning = {"text": "Who comes daily saves more when the newest is first.", "experiment": name}
        server.api("/v1/learnings", learning | {"effect": effect})
    return name


def device(number: int) -> Mapping[str, str]:
    """What is known of a reader by their number."""
    return {"device": "phone" if number % 4 == 3 or number % 4 == 0 else "desk"}


# Whom a fault of the picture's experiment loses.
LOST: Final = ("newest-first", {"device": "phone"})


def locked(server: Server, name: str) -> str:
    """An experiment that loses people on phones."""
    if name not in [one["name"] for one in server.api("/v1/experiments")["experiments"]]:
        plan_and_start(server, name)
        meet(server, name, 480, known=device, loses=lambda variant, number: (variant, device(number)) == LOST)
    return name


def filled(server: Server, goal: str) -> str:
    """A table with its rows."""
    table = str(server.api("/v1/tables", {"goal": goal})["table"])
    until = time.monotonic() + 60
    while server.api(f"/v1/tables/{table}")["status"] != "filled":
        assert time.monotonic() < until, f"the table of {goal!r} was not filled"
        time.sleep(0.3)
    return table


def first_admin(browser: Browser, server: Server) -> StorageState:
    """Make the first account, somebody to invite and a key; the cookies of the account."""
    context = browser.new_context(base_url=server.url)
    forms: Sequence[tuple[str, dict[str, str | float | bool]]] = (
        ("/settings/people/first", {"name": "Ana", "email": "ana@example.org", "password": "correct horse battery"}),
        ("/settings/people/invite", {"email": "ben@example.org", "role": "curator"}),
        ("/settings/keys", {"name": "The intranet's search box", "role": "reader"}),
    )
    for path, form in forms:
        answer = context.request.post(path, form=form, headers={"origin": server.url})
        assert answer.ok, f"{path}: {answer.status}"
    state = context.storage_state()
    context.close()
    return state


def prepare(page: Page, name: str) -> None:
    """Bring the page into the state that its picture shows."""
    if name == "answer":
        page.get_by_role("textbox", name="Your question").fill(DEMO_QUESTION)
        page.keyboard.press("Enter")
        page.wait_for_selector('[data-role="assistant"]:not([data-pending="true"])')
        page.locator("p .citation").first.click()
        page.wait_for_selector("#evidence mark")
    if name == "run":
        page.get_by_role("button", name="Replay").click()
        page.get_by_text("to the byte").wait_for()
        page.get_by_text("Message", exact=True).nth(1).click()
    if name == "feed":
        page.locator(".why summary").first.click()
    if name == "plan":
        page.get_by_label("Name", exact=True).fill("home-tiles")
        page.get_by_label("Smallest change that matters").fill("10")
        page.get_by_label("saved", exact=True).check()
        page.wait_for_selector("path.curve")
    while name == "experiments" and page.get_by_text("It is being computed").count():
        time.sleep(0.5)
        page.reload()
    if name == "palette":
        page.keyboard.press("Control+k")
        page.keyboard.type("forest")
        page.wait_for_selector("#palette [role='group'][aria-label='Things']")
    page.wait_for_load_state("networkidle")


def shoot(
    browser: Browser,
    url: str,
    file: Path,
    name: str,
    *,
    width: int,
    height: int,
    theme: str,
    full: bool,
    state: StorageState | None,
) -> None:
    """One picture."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        storage_state=state,
    )
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    prepare(page, name)
    page.screenshot(path=file, full_page=full, animations="disabled")
    context.close()


def shrink(file: Path) -> None:
    """Few colours say the same in a third of the bytes, where the program for it is installed."""
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--ext", ".png", "--quality", "60-95", "160", file], check=False)
    if shutil.which("optipng"):
        subprocess.run(["optipng", "-quiet", "-o2", file], check=False)


def document() -> str:
    """The page that shows the pictures."""
    lines = [
        "# Pages",
        "",
        "Every page at two widths and in both themes, over the demonstration site. Made by `make screenshots`.",
    ]
    for name, (title, path) in PAGES.items():
        lines += ["", f"## {title}", "", f"`{path.split('?')[0]}`", ""]
        shown = [
            f'<img src="images/pages/{name}-desktop-{theme}.png" width="49%" alt="{title}, {theme}">'
            for theme in THEMES
        ]
        shown += [
            f'<img src="images/pages/{name}-phone-{theme}.png" width="24%" alt="{title} on a phone, {theme}">'
            for theme in THEMES
        ]
        lines += ["\n".join(shown)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Take the pictures that were asked for; without names all of them, and the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"only these pages: {', '.join(PAGES)}")
    parser.add_argument("--url", help="a server that runs already, instead of one of its own")
    parser.add_argument("--to", type=Path, default=FOLDER, help="another folder; nothing is shrunk there")
    parser.add_argument("--full", action="store_true", help="the whole height of the pages")
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    wanted = asked.names or list(PAGES)
    if asked.url:
        server = Server(asked.url, Path())
        take(server, server.api("/v1/jobs?status=completed")["jobs"][0]["job"], wanted, asked)
    else:
        if "first" in wanted:
            with tempfile.TemporaryDirectory() as folder, serving(Path(folder), allow="") as server:
                take(server, "", ["first"], asked)
        with serving_demo() as (server, job):
            take(server, job, [name for name in wanted if name != "first"], asked)
    if not asked.names and asked.to == FOLDER:
        DOCUMENT.write_text(document())
        pictures = list(FOLDER.glob("*.png"))
        size = sum(file.stat().st_size for file in pictures)
        print(f"{len(pictures)} pictures, {size / 1e6:.1f} MB")
        assert size < MAX_BYTES, f"the pictures have {size:,} bytes, at most {MAX_BYTES:,} are kept in the repository"


def take(server: Server, job: str, wanted: Sequence[str], asked: argparse.Namespace) -> None:
    """The pictures of these pages; without a job there is nothing gathered to name."""
    known = names(server, job) if job else {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        state = None
        for name in sorted(wanted, key=CLOSED.__contains__):
            if name in CLOSED and state is None:
                state = first_admin(browser, server)
            for size, (width, height) in SIZES.items():
                for theme in THEMES:
                    file = asked.to / f"{name}-{size}-{theme}.png"
                    address = server.url + PAGES[name][1].format(**known)
                    shoot(
                        browser,
                        address,
                        file,
                        name,
                        width=width,
                        height=height,
                        theme=theme,
                        full=asked.full or (name, size) == ("styleguide", "desktop"),
                        state=None if name == "signin" else state,
                    )
                    if asked.to == FOLDER:
                        shrink(file)
        browser.close()


if __name__ == "__main__":
    main()
