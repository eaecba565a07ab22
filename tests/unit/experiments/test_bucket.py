"""The bucket of a unit: the same in every language, and never two for one."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bowerbird.cli.main import app as commands
from bowerbird.experiments import BUCKETS, bucket
from bowerbird.kernel.errors import InputWrong
from tests.node import NODE

DOCS: Final = Path(__file__).resolve().parents[3] / "docs"
PUBLISHED: Final[dict[str, Any]] = json.loads((DOCS / "reference" / "buckets.json").read_text())
TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SALTS: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), max_size=40)
SCRIPT: Final = """
import { readFileSync } from "node:fs";
const { bucket } = await import(process.argv[1]);
const said = JSON.parse(readFileSync(0, "utf8"));
const units = (codes) => String.fromCharCode(...codes);
const refuses = ({ salt, unit }) => { try { bucket(units(salt), units(unit)); return false; } catch { return true; } };
console.log(JSON.stringify({
  buckets: said.vectors.map(({ salt, unit, times }) => String(bucket(salt, unit.repeat(times)))),
  refused: said.refused.map(refuses),
}));
"""


def from_units(codes: Sequence[int]) -> str:
    """The text of these UTF-16 code units, halves of pairs as they are."""
    raw = b"".join(code.to_bytes(2, "little") for code in codes)
    return raw.decode("utf-16-le", "surrogatepass")


def test_the_published_vectors_are_what_it_computes() -> None:
    """ASCII, accents composed and not, scripts, beyond 16 bits, empty, around SHA-256's block, and 10 kB."""
    vectors = PUBLISHED["vectors"]

    for one in vectors:
        assert bucket(one["salt"], one["unit"] * one["times"]) == int(one["bucket"]) == int(one["sha256"][:16], 16), one
    assert any(len((one["unit"] * one["times"]).encode()) >= 10_000 for one in vectors)
    assert any(max(one["unit"], default="") > "\uffff" for one in vectors)
    assert any(one["unit"] == "" for one in vectors)


def test_the_first_vector_is_known_from_elsewhere() -> None:
    r"""`printf 'ranker\x1fcustomer-42' | sha256sum` begins with these 16 digits."""
    assert bucket("ranker", "customer-42") == 0x629B6417D0D3BFB0


@pytest.mark.parametrize("one", PUBLISHED["refused"], ids=lambda one: one["why"])
def test_what_has_no_bytes_or_two_meanings_is_refused(one: dict[str, Any]) -> None:
    """Half a surrogate pair, and the separator within a salt; the message says where it stands."""
    salt, unit = from_units(one["salt"]), from_units(one["unit"])
    with pytest.raises(InputWrong, match=r"half of a surrogate pair|U\+001F"):
        bucket(salt, unit)


@given(SALTS, TEXTS)
def test_every_text_has_one_bucket_of_64_bits(salt: str, unit: str) -> None:
    """From 0 to 2^64 - 1, and the same each time."""
    assert 0 <= bucket(salt, unit) < BUCKETS
    assert bucket(salt, unit) == bucket(salt, unit)


@given(st.tuples(SALTS, TEXTS), st.tuples(SALTS, TEXTS))
def test_no_two_pairs_share_a_bucket_because_of_where_the_salt_ends(one: tuple[str, str], two: tuple[str, str]) -> None:
    """`("a", "bc")` and `("ab", "c")` are different questions, also where the unit has the separator in it."""
    assert (bucket(*one) == bucket(*two)) == (one == two)


def test_the_javascript_client_passes_the_vectors_in_node() -> None:
    """And refuses what is to be refused; in a browser: `tests/e2e/test_buckets.py`."""
    client = (DOCS / "clients" / "bucket.mjs").as_uri()
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", SCRIPT, client],
        input=json.dumps(PUBLISHED), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["buckets"] == [one["bucket"] for one in PUBLISHED["vectors"]]
    assert all(said["refused"])


def test_the_command_prints_the_bucket() -> None:
    """Alone, and with what it is of as JSON."""
    number = bucket("ranker", "Zoë 🦘")
    asked = ["experiments", "bucket", "--salt", "ranker", "--unit", "Zoë 🦘"]

    assert CliRunner().invoke(commands, asked).stdout == f"{number}\n"
    said = json.loads(CliRunner().invoke(commands, [*asked, "--json"]).stdout)
    assert said == {"salt": "ranker", "unit": "Zoë 🦘", "bucket": number, "share": number / 2**64}


def test_the_command_refuses_bytes_that_are_no_text() -> None:
    """As a shell hands them over: the half of a pair that stands for the byte."""
    done = CliRunner().invoke(commands, ["experiments", "bucket", "--salt", "s", "--unit", "a\udcff"])
    assert isinstance(done.exception, InputWrong)
    assert "character 2 of the unit" in str(done.exception)
