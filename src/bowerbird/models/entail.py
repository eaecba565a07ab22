"""
Whether a text says what a claim says, judged by a cross-encoder: the port, a loader, and what is installed.

None ships: no package with a licence carries such weights (docs/decisions/0017). A package brings one by an entry
point in the group `bowerbird.entailment` that names a function without arguments, which gives an `Entailment`:

    def ours() -> Entailment:
        return OnnxEntailment(Path(__file__).parent / "weights")
"""

import json
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from bowerbird.kernel.errors import ModelUnavailable, NotSupported

if TYPE_CHECKING:  # loaded with the model: most processes have none
    import onnxruntime
    from tokenizers import Tokenizer

__all__ = ["GROUP", "Entailment", "OnnxEntailment", "installed_entailment"]

GROUP = "bowerbird.entailment"
MAX_TOKENS = 512


@runtime_checkable
class Entailment(Protocol):
    """Judges pairs of texts; blocking, and safe to call from several threads."""

    @property
    def name(self) -> str:
        """What judges."""
        ...

    def likelihood(self, premise: str, claim: str) -> float:
        """How likely `premise` says that `claim` is so, from 0 to 1; raises ModelUnavailable."""
        ...


class OnnxEntailment:
    """
    A sequence classifier on ONNX Runtime, from a folder as the usual exporters write it.

    `model.onnx` takes input_ids, attention_mask and, if it likes, token_type_ids, and gives logits; `tokenizer.json`
    is its tokenizer; `config.json` names the labels (`id2label`), one of which is that of entailment.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self.name = folder.name
        self._label = _entailed(folder / "config.json")
        self._session = _session(folder / "model.onnx", threads=threads)
        self._inputs = {each.name: each.shape for each in self._session.get_inputs()}
        width: Any = next(iter(self._inputs.values()))[1]
        # Some are exported for one width only.
        self._tokenizer = _tokenizer(folder / "tokenizer.json", width=width if isinstance(width, int) else None)

    def likelihood(self, premise: str, claim: str) -> float:
        """The probability of the label of entailment; of texts that are too long the longer is cut."""
        encoding = self._tokenizer.encode(premise, claim)
        given = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        feed = {name: np.array([given[name]], np.int64) for name in self._inputs}
        logits = np.asarray(self._session.run(None, feed)[0], np.float64)[0]  # (k,)
        odds = np.exp(logits - logits.max())
        return float(odds[self._label] / odds.sum())


@cache
def installed_entailment() -> Entailment | None:
    """What an installed package offers, loaded once; None when none does. Raises NotSupported for more than one."""
    offered = sorted(entry_points(group=GROUP), key=lambda each: each.name)
    if len(offered) > 1:
        names = ", ".join(f"{each.name!r} ({each.value})" for each in offered)
        raise NotSupported(f"packages offer more than one {GROUP}: {names}; keep one and remove the others")
    if not offered:
        return None
    made: object = offered[0].load()()
    if not isinstance(made, Entailment):
        raise NotSupported(f"{offered[0].value!r} gave {made!r}, expected an Entailment with name and likelihood()")
    return made


def _entailed(path: Path) -> int:
    """The number of the label of entailment."""
    try:
        labels: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["id2label"]
    except (OSError, ValueError, KeyError) as exc:
        raise ModelUnavailable(f"{str(path)!r} could not be read: {exc!r}; expected JSON with id2label") from exc
    found = [int(number) for number, label in labels.items() if label.casefold().startswith("entail")]
    if len(found) != 1:
        raise ModelUnavailable(f"{str(path)!r} names the labels {labels}, expected one that begins with 'entail'")
    return found[0]


def _session(path: Path, *, threads: int) -> "onnxruntime.InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # ONNX Runtime has no public error class for a graph it cannot run
        raise ModelUnavailable(f"ONNX Runtime could not load {str(path)!r}: {exc}") from exc


def _tokenizer(path: Path, *, width: int | None) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as exc:  # tokenizers raises bare exceptions
        raise ModelUnavailable(f"{str(path)!r} could not be loaded: {exc}") from exc
    tokenizer.enable_truncation(max_length=width or MAX_TOKENS, strategy="longest_first")
    if width is not None:
        tokenizer.enable_padding(length=width)
    else:
        tokenizer.no_padding()
    return tokenizer
