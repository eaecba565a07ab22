"""
Bad input of files, entities and tables, by the command line and against a server that runs: a clear error or a right
result each time, and nothing of what stands beside it is lost.

Each line of what was asked for has a test here, and beside it those that say more:

    files that lie about their type  `files_that_cannot_be_read`; tests/unit/reading
    encrypted and broken PDFs        the same; tests/unit/reading/test_pdf.py
    zip bombs, macros                the same; tests/unit/reading/test_docx.py, test_packing.py
    1 GB uploads                     `a_gigabyte`; tests/unit/web/test_imports.py
    100,000 entities on a page, names of 10 kB
                                     `a_page_of_very_many_names`; tests/unit/knowledge/entities
    cycles of merges                 `merges_in_a_circle`; tests/property/test_resolution.py
    two curators merging at once     `two_curators`; tests/unit/knowledge/resolve/test_decide.py
    a page in five languages         `a_page_in_five_languages`; `python -m bench.quality.languages`
    a table with merged cells        `a_table_with_merged_cells`; tests/unit/knowledge/tables/test_fill.py
"""

import http.client
import os
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader, PdfWriter

from tests.importing import docx, paragraph
from tests.integration.site import Site, served
from tests.integration.test_command_line import bowerbird
from tests.sites.paper import pdf

pytestmark = pytest.mark.timeout(300)

MANY = 10_000  # of a hundred thousand each run would take minutes
GOOD = "The Satin Bowerbird gathers blue feathers. Bowerbirds were studied by Marion Gilbert in Brisbane."
ALIASES = """# Harbours

The Port of Fremantle is in Western Australia. Fremantle Port was opened in 1897. Fremantle Harbour is deep.
Large ships call at the Port of Fremantle. People know Fremantle Harbour and Fremantle Port by their cranes.
"""
LANGUAGES = """# Bower

The satin bowerbird builds its bower from thin sticks and paints the walls with chewed berries every morning.

Der Seidenlaubenvogel baut seine Laube aus dünnen Zweigen und bemalt die Wände jeden Morgen mit zerkauten Beeren.

Le jardinier satiné construit sa tonnelle avec des brindilles et peint les murs chaque matin avec des baies mâchées.

El pergolero satinado construye su glorieta con ramitas finas y pinta las paredes cada mañana con bayas masticadas.

L'uccello giardiniere satinato costruisce il suo pergolato con rametti sottili e dipinge le pareti ogni mattina.
"""
MERGED = """<!doctype html><html lang="en"><head><title>Photographers of the Bay</title></head><body>
<h1>Photographers of the Bay</h1><p>These photographers work around the bay, and each says where and for how much.</p>
<table><tr><th>Name</th><th>City</th><th>Price</th></tr>
<tr><td>Aroha Ngata</td><td>Nelson</td><td>$900</td></tr>
<tr><td colspan="3">Further south</td></tr>
<tr><td>Bea Wild</td><td>Picton</td><td>$800</td></tr>
<tr><td>Cam Reid</td><td rowspan="2">Blenheim</td><td>$700</td></tr>
<tr><td>Dee Holt</td><td>$600</td></tr></table></body></html>"""


@pytest.fixture(scope="module")
def site(data: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with two processes, so that two curators may meet two; pages with aliases, languages and a table."""
    folder = tmp_path_factory.mktemp("notes")
    (folder / "harbours.md").write_text(ALIASES)
    (folder / "bower.md").write_text(LANGUAGES)
    (folder / "photographers.html").write_text(MERGED)
    done = bowerbird("import", str(folder), "--data", str(data), environment=environment)
    assert done.code == 0, done.err
    with served(data, environment, processes=2) as one:
        yield one


def locked() -> bytes:
    """A PDF that opens with a password alone."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([["Secret words."]], title="t"))))
    writer.encrypt("open sesame", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_files_that_cannot_be_read_say_why_and_harm_no_other(tmp_path: Path) -> None:
    """
    Files that lie about their type, encrypted and broken PDFs, zip bombs, macros: each refused by name with its reason,
    or read for what it is; the good one beside them is found.
    """
    whole = pdf([["Herons stand still in shallow water."]] * 3, title="Herons")
    folder, data = tmp_path / "in", str(tmp_path / "data")
    folder.mkdir()
    for name, body in {
        "good.md": GOOD.encode(),
        "page.pdf": b"<!doctype html><title>Log in</title><p>Please log in first.",
        "picture.docx": b"\x89PNG\r\n\x1a\n" + bytes(500),
        "locked.pdf": locked(),
        "half.pdf": whole[: len(whole) // 2],
        "bomb.docx": docx(paragraph("a" * 50_000_000)),
        "macro.docx": docx(paragraph("Herons catch fish."), parts={"word/vbaProject.bin": "Sub AutoOpen() End Sub"}),
    }.items():
        (folder / name).write_bytes(body)
    done = bowerbird("import", str(folder), "--json", "--data", data)
    report = done.json
    refused = {Path(one["where"]).name: one["reason"] for one in report["refused"]}

    assert (done.code, report["status"]) == (0, "completed")
    # What is left of a broken PDF may be readable; what is none, is locked or unpacks without end never is.
    assert refused.keys() - {"half.pdf"} == {"page.pdf", "picture.docx", "locked.pdf", "bomb.docx"}
    assert refused["bomb.docx"] == "too large"
    assert report["pages"]["seen"] == 7
    found = bowerbird("search", "blue feathers", "--json", "--data", data).json["hits"]
    assert "blue feathers" in found[0]["text"]
    texts = [bowerbird("page", str(hit["version"]), "--text", "--data", data).out for hit in found]
    assert not any("AutoOpen" in text for text in texts)


def test_a_gigabyte_is_refused_before_it_is_read(site: Site, tmp_path: Path) -> None:
    """1 GB uploads: by the server as soon as it is announced; by the command without reading the file."""
    to = http.client.HTTPConnection(urlsplit(site.server.url).netloc, timeout=20)
    to.putrequest("POST", "/v1/imports")
    to.putheader("content-type", "multipart/form-data; boundary=x")
    to.putheader("content-length", str(10**9))
    to.endheaders(b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n')
    assert to.getresponse().status == 413
    to.close()

    large = tmp_path / "large.txt"
    large.touch()
    os.truncate(large, 10**9)
    done = bowerbird("import", str(large), "--json", "--data", str(tmp_path / "data"))
    (told,) = done.json["refused"]
    assert (told["reason"], "50,000,000 bytes" in told["detail"]) == ("too large", True)


def test_a_page_of_very_many_names_is_one_page(tmp_path: Path) -> None:
    """
    Entities by the ten thousand on a page, names of 10 kB: the page is kept and found, as many of its names as weigh
    most are entities, and none of them is one that nobody could read.
    """
    data = str(tmp_path / "data")
    names = " ".join(f"Lord Quim{n} came." for n in range(MANY))
    (tmp_path / "names.txt").write_text(names)
    (tmp_path / "long.md").write_text(
        f"# Long\n\n{GOOD} It was Lord {'Quimby ' * 1_500}who said so.\n\n{'X' * 10_000}\n"
    )
    done = bowerbird("import", str(tmp_path / "names.txt"), str(tmp_path / "long.md"), "--json", "--data", data)

    assert (done.code, done.json["pages"]["kept"]) == (0, 2), done.err
    told = bowerbird("entities", "--json", "--data", data).json["entities"]
    assert told
    assert max(len(one["name"]) for one in told) < 500
    assert bowerbird("entities", "Marion Gilbert", "--json", "--data", data).json["entities"][0]["mentions"]
    assert bowerbird("search", "blue feathers", "--json", "--data", data).json["hits"]


def three(site: Site) -> list[int]:
    """The ids of three entities that nobody has merged."""
    found = site.asks("/v1/entities?limit=50")[1]["entities"]
    assert len(found) >= 3, found
    return [int(one["id"]) for one in found[:3]]


def test_merges_in_a_circle_are_told_so(site: Site) -> None:
    """Cycles of merges: A into B, B into C, then C into A: they are one already; undone one by one all are back."""
    one, other, third = three(site)
    before = [site.asks(f"/v1/entities/{each}")[1] for each in (one, other, third)]
    first = site.asks(f"/v1/entities/{one}/merge", {"into": other})
    second = site.asks(f"/v1/entities/{other}/merge", {"into": third})
    assert (first[0], second[0]) == (200, 200), (first, second)
    status, problem = site.asks(f"/v1/entities/{third}/merge", {"into": one})
    assert (status, "already" in problem["detail"]) == (422, True), problem
    for merged, decided in ((other, second), (one, first)):
        assert site.asks(f"/v1/entities/{merged}/undo", {"decision": decided[1]["decision"]})[0] == 200
    assert [site.asks(f"/v1/entities/{each}")[1] for each in (one, other, third)] == before


def test_two_curators_at_once_leave_one_decision(site: Site) -> None:
    """Two curators merging at once, each the other way, by two processes: one is told; undone, both things are back."""
    one, other, _ = three(site)
    start, told = threading.Barrier(2), list[tuple[int, int, Any]]()

    def merge(entity: int, into: int) -> None:
        start.wait(30)
        told.append((entity, *site.asks(f"/v1/entities/{entity}/merge", {"into": into})))

    curators = [threading.Thread(target=merge, args=pair) for pair in ((one, other), (other, one))]
    for curator in curators:
        curator.start()
    for curator in curators:
        curator.join()
    (_, status, problem), (merged, done, decided) = sorted(told, key=lambda each: -each[1])
    assert (done, status, "already" in problem["detail"]) == (200, 422, True), told
    assert site.asks(f"/v1/entities/{merged}/undo", {"decision": decided["decision"]})[0] == 200
    assert [site.asks(f"/v1/entities/{each}")[1]["id"] for each in (one, other)] == [one, other]


def test_a_page_in_five_languages_answers_in_each(site: Site) -> None:
    """A page in five languages: who asks in one is answered by its sentence, exactly as it stands."""
    for question, says in (
        ("What does the satin bowerbird paint its walls with?", "chewed berries"),
        ("Womit bemalt der Seidenlaubenvogel die Wände?", "zerkauten Beeren"),
        ("Avec quoi le jardinier satiné construit-il sa tonnelle ?", "brindilles"),
        ("¿Con qué pinta el pergolero satinado las paredes?", "bayas masticadas"),
        ("Con che cosa costruisce il pergolato l'uccello giardiniere?", "rametti sottili"),
    ):
        status, told = site.asks("/v1/ask", {"question": question})
        assert (status, told["abstained"]) == (200, False), question
        assert says in told["answer"], (question, told["answer"])


def test_a_table_with_merged_cells_says_nothing_that_it_does_not(site: Site) -> None:
    """A table with merged cells: its whole rows are rows; of the others no cell is told of the wrong thing."""
    done = site.runs("tables", "make", "photographers: name, city, price", "--json")
    assert done.code == 0, done.err
    rows = [{name: cell["quote"] for name, cell in row["cells"].items() if cell} for row in done.json["found"]]
    city = {"Aroha Ngata": "Nelson", "Bea Wild": "Picton", "Cam Reid": "Blenheim", "Dee Holt": "Blenheim"}
    price = {"Aroha Ngata": "$900", "Bea Wild": "$800", "Cam Reid": "$700", "Dee Holt": "$600"}
    assert {"Aroha Ngata", "Bea Wild"} <= {row.get("name") for row in rows}
    for row in rows:
        assert row["name"] in city
        assert row.get("city") in (city[row["name"]], None)
        assert row.get("price") in (price[row["name"]], None)
