"""A folder served as a site."""

import gzip
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bowerbird.demo import FolderSite


@pytest.fixture
def site(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a site with a page, a folder, a link out of the root and a packed file."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (root / "index.html").write_text("<h1>Front</h1>")
    (root / "sub" / "index.html").write_text("<h1>Sub</h1>")
    (root / "ü ß.txt").write_text("odd name")
    (tmp_path / "outside" / "shared.css").write_text("p {}")
    (root / "_static").symlink_to(tmp_path / "outside")
    (root / "notes.txt.gz").write_bytes(gzip.compress(b"packed notes", mtime=0))
    (tmp_path / "secret.txt").write_text("secret")
    with FolderSite(root) as folder, httpx.Client(base_url=folder.url, trust_env=False) as client:
        yield client


def test_files_and_folders(site: httpx.Client) -> None:
    """Files are found by name, folders by their index, odd names by their escapes, and links are followed."""
    paths = ("/", "/sub/", "/%C3%BC%20%C3%9F.txt", "/_static/shared.css")
    assert [site.get(path).text for path in paths] == ["<h1>Front</h1>", "<h1>Sub</h1>", "odd name", "p {}"]
    assert (site.get("/sub").status_code, site.get("/sub").headers["location"]) == (301, "/sub/")
    assert [site.get(path).status_code for path in ("/none", "/_static/", "/%2e%2e/secret.txt")] == [404, 404, 404]


def test_a_packed_file_serves_both_names(site: httpx.Client) -> None:
    """`NAME.gz` answers for `NAME`, packed on the way or not, and for itself as a file."""
    for coding in ("gzip", "identity"):
        answer = site.get("/notes.txt", headers={"Accept-Encoding": coding})
        assert (answer.text, answer.headers.get("content-encoding", "identity")) == ("packed notes", coding)
    assert site.get("/notes.txt.gz").headers["content-type"] == "application/gzip"


def test_a_changed_file_has_a_new_tag(site: httpx.Client, tmp_path: Path) -> None:
    """The tag and date are those of the file, so a change of either shows and nothing else does."""
    first = site.get("/")
    tag = {"If-None-Match": first.headers["etag"]}
    assert site.get("/", headers=tag).status_code == 304
    assert site.get("/", headers={"If-Modified-Since": first.headers["last-modified"]}).status_code == 304
    page = tmp_path / "root" / "index.html"
    page.write_text("<h1>Other</h1>")
    os.utime(page, (2_000_000_000, 2_000_000_000))
    second = site.get("/", headers=tag)
    assert (second.status_code, second.text) == (200, "<h1>Other</h1>")
    assert second.headers["last-modified"] == "Wed, 18 May 2033 03:33:20 GMT"


def test_many_at_once(site: httpx.Client) -> None:
    """Forty requests at once all get their own answer."""
    with ThreadPoolExecutor(40) as pool:
        bodies = list(pool.map(lambda n: site.get("/" if n % 2 else "/sub/").text, range(200)))
    assert bodies == ["<h1>Sub</h1>", "<h1>Front</h1>"] * 100
