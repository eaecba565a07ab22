import gzip
import re
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from bowerbird.web.assets import Assets

ICON = '<svg class="lucide"\n xmlns="x" viewBox="0 0 24 24">\n  <path d="M1 1" />\n</svg>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three modules, one importing the next, and an icon."""
    (tmp_path / "icons").mkdir()
    (tmp_path / "icons" / "star.svg").write_text(ICON)
    (tmp_path / "app.js").write_text('import "./keys.js";\nimport { x } from "./dom.js";\n')
    (tmp_path / "keys.js").write_text('import { x } from "./dom.js";\n')
    (tmp_path / "dom.js").write_text("export const x = 1;\n")
    return tmp_path


def body(assets: Assets, name: str) -> str:
    """What is sent for a file."""
    response = assets.respond(assets.url(name).removeprefix("/static/"), Headers())
    assert response is not None
    return bytes(response.body).decode()


def test_modules_import_each_other_by_hashed_names(folder: Path) -> None:
    """What a module imports is found under the name that its content has."""
    assets = Assets.read(folder)
    dom = assets.url("dom.js").removeprefix("/static/")
    assert body(assets, "keys.js") == f'import {{ x }} from "./{dom}";\n'
    assert re.fullmatch(r"dom\.[0-9a-f]{10}\.js", dom)


def test_a_change_reaches_the_names_of_all_that_import_it(folder: Path) -> None:
    """A browser that kept the old names for ever asks for new ones."""
    before = Assets.read(folder)
    (folder / "dom.js").write_text("export const x = 2;\n")
    after = Assets.read(folder)
    changed = {name for name in ("app.js", "keys.js", "dom.js", "icons.svg") if before.url(name) != after.url(name)}
    assert changed == {"app.js", "keys.js", "dom.js"}


def test_modules_in_a_circle_are_refused_at_start(folder: Path) -> None:
    """Names that depend on each other cannot be computed; that is said, not recursed into."""
    (folder / "dom.js").write_text('import "./app.js";\n')
    with pytest.raises(AssertionError, match=r"app\.js → keys\.js → dom\.js → app\.js"):
        Assets.read(folder)


def test_icons_become_symbols_of_one_sprite(folder: Path) -> None:
    """Each icon is a symbol under its file's name, drawn in the colour of the text beside it."""
    sprite = body(Assets.read(folder), "icons.svg")
    assert '<symbol id="star" viewBox="0 0 24 24" fill="none" stroke="currentColor"' in sprite
    assert '<path d="M1 1" /></symbol>' in sprite


def test_files_are_cached_for_ever_and_sent_packed(folder: Path) -> None:
    """The hashed name is the validator, and gzip is used where it is understood."""
    assets = Assets.read(folder)
    name = assets.url("dom.js").removeprefix("/static/")
    response = assets.respond(name, Headers({"accept-encoding": "gzip"}))
    assert response is not None
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert gzip.decompress(bytes(response.body)) == b"export const x = 1;\n"
    again = assets.respond(name, Headers({"if-none-match": response.headers["etag"]}))
    assert again is not None
    assert (again.status_code, bytes(again.body)) == (304, b"")


def test_there_is_nothing_under_a_plain_or_foreign_name(folder: Path) -> None:
    """Only names that were handed out exist; a path leads nowhere."""
    assets = Assets.read(folder)
    assert [assets.respond(name, Headers()) for name in ("dom.js", "../app.py", "")] == [None, None, None]
