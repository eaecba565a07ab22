"""A cross-encoder that judges what is said in other words: a tiny real one, written here byte by byte."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from bowerbird.answer import verify
from bowerbird.kernel.errors import ModelUnavailable, NotSupported
from bowerbird.models.entail import OnnxEntailment, installed_entailment

WIDTH = 8  # tokens: exported for one width, as some are
WORDS = {"[UNK]": 0, "boats": 1, "vessels": 2}  # a place that is padded is 0, too


def _field(number: int, value: int | bytes | str) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _value(name: str, kind: int, width: int) -> bytes:
    shape = _field(1, _field(2, "batch")) + _field(1, _field(1, width))
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, shape)))


def _onnx() -> bytes:
    """A graph whose logits are (0, the sum of the tokens' numbers - 2.5)."""
    weights = b"".join(struct.pack("<ff", 0.0, 1.0) for _ in range(WIDTH))
    to_float = (
        _field(1, "input_ids")
        + _field(2, "x")
        + _field(4, "Cast")
        + _field(5, _field(1, "to") + _field(3, 1) + _field(20, 2))
    )
    times = _field(1, "x") + _field(1, "w") + _field(2, "y") + _field(4, "MatMul")
    plus = _field(1, "y") + _field(1, "b") + _field(2, "logits") + _field(4, "Add")
    w = _field(1, WIDTH) + _field(1, 2) + _field(2, 1) + _field(8, "w") + _field(9, weights)
    b = _field(1, 2) + _field(2, 1) + _field(8, "b") + _field(9, struct.pack("<ff", 0.0, -2.5))
    graph = b"".join(_field(1, node) for node in (to_float, times, plus)) + _field(2, "g") + _field(5, w) + _field(5, b)
    graph += _field(11, _value("input_ids", 7, WIDTH)) + _field(12, _value("logits", 1, 2))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that finds a claim entailed when boats and vessels meet."""
    at = tmp_path / "tiny"
    at.mkdir()
    (at / "model.onnx").write_bytes(_onnx())
    (at / "config.json").write_text(json.dumps({"id2label": {"0": "not_entailment", "1": "entailment"}}))
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(at / "tokenizer.json"))
    return at


def test_likelihood_is_the_share_of_the_label_of_entailment(folder: Path) -> None:
    """The label is found by its name, the input padded to the width that the graph wants."""
    tiny = OnnxEntailment(folder)
    assert [round(tiny.likelihood("the boats", claim), 3) for claim in ("vessels", "boats", "ships")] == [
        0.622,
        0.378,
        0.182,
    ]


def test_long_texts_are_cut(folder: Path) -> None:
    """The longer of the two first."""
    tiny = OnnxEntailment(folder)
    assert tiny.likelihood("boats " + "and so on " * 40, "vessels") > 0.5
    assert tiny.likelihood("boats", "vessels " + "and so on " * 40) > 0.5


def test_it_judges_what_is_said_in_other_words_and_nothing_else(folder: Path) -> None:
    """A value that differs contradicts, whatever a model finds likely."""
    tiny, evidence = OnnxEntailment(folder), ["On Lake Tyers boats sank, 12 of them."]
    claims = ("vessels went, Lake Tyers.", "dinghies went, Lake Tyers.", "On Lake Tyers vessels sank, 14 of them.")
    said = [verify(claim, evidence, entailment=tiny) for claim in claims]
    assert [each.verdict for each in said] == ["supported", "unsupported", "contradicted"]
    assert "tiny finds it 62% likely by the nearest sentences" in said[0].reasons


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", b"{}", "expected JSON with id2label"),
        ("config.json", b'{"id2label": {"0": "a", "1": "b"}}', "expected one that begins with 'entail'"),
        ("model.onnx", b"no graph", "could not load"),
        ("tokenizer.json", b"{", "could not be loaded"),
    ],
)
def test_broken_folder_is_named(folder: Path, name: str, content: bytes, message: str) -> None:
    """The file, and what was expected of it."""
    (folder / name).write_bytes(content)
    with pytest.raises(ModelUnavailable, match=message):
        OnnxEntailment(folder)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages."""
    at = tmp_path / "site"
    at.mkdir()
    monkeypatch.syspath_prepend(str(at))
    installed_entailment.cache_clear()
    yield at
    installed_entailment.cache_clear()


def _install(site: Path, name: str, offered: str) -> None:
    (site / f"{name}-1.0.dist-info").mkdir()
    (site / f"{name}-1.0.dist-info" / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (site / f"{name}-1.0.dist-info" / "entry_points.txt").write_text(f"[bowerbird.entailment]\n{name} = {offered}\n")


def test_nothing_is_installed_by_default(site: Path) -> None:
    """The product judges by its own weights."""
    assert installed_entailment() is None


def test_installed_package_is_found_by_its_entry_point(site: Path, folder: Path) -> None:
    """And asked for its model once."""
    (site / "tiny_judge.py").write_text(
        "from pathlib import Path\nfrom bowerbird.models.entail import OnnxEntailment\n"
        f"def ours():\n    return OnnxEntailment(Path({str(folder)!r}))\n"
    )
    _install(site, "tiny", "tiny_judge:ours")
    found = installed_entailment()
    assert found is not None
    assert (found.name, installed_entailment() is found) == ("tiny", True)


def test_two_packages_are_one_too_many(site: Path) -> None:
    """The message names both."""
    _install(site, "one", "json:loads")
    _install(site, "other", "json:dumps")
    with pytest.raises(NotSupported, match=r"'one' \(json:loads\), 'other' \(json:dumps\)"):
        installed_entailment()


def test_what_is_no_model_is_refused(site: Path) -> None:
    """The entry point gives something else."""
    _install(site, "odd", "builtins:dict")
    with pytest.raises(NotSupported, match="expected an Entailment"):
        installed_entailment()
