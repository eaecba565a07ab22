"""
Near-duplicate pages by MinHash: a signature per text, looked up by bands, so that texts need not be compared in pairs.

The similarity is the Jaccard index of the sets of `WORDS` consecutive words of two texts. A signature holds
`ROWS × BANDS` minima, each of which is equal in two texts with just that probability. Two texts share a band
(`ROWS` minima) with probability 1 − (1 − s^ROWS)^BANDS: 1.00 at s = .9, .95 at .8, .06 at .5 and .001 at .3.

Pages made from one template about two things (`KDTree`, `BallTree`) can share nine words of ten and still say different
things. Their titles tell: of near-duplicates, one title has all the words of the other.
Source: Broder 1997, "On the resemblance and containment of documents"; Leskovec, Rajaraman, Ullman, chapter 3.
"""

import re
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WORDS = 3
ROWS = 8
BANDS = 16
SIMILAR = 0.85  # from which on two pages of one title say the same
SHORT_SHINGLES = 200  # below this a word or two can be all that tells two pages apart
SIMILAR_SHORT = 0.95
MIN_SHINGLES = 20  # a shorter text is a near-duplicate only of its equal: one word would be a large part of it

# A letter of a script that is written without spaces counts as a word.
_WORD = re.compile(r"[぀-ヿ㐀-鿿가-힯฀-๿]|[^\W_]+")
_CHUNK = 1 << 12  # shingles hashed at a time: 128 × 4,096 × 4 bytes = 2 MB, stays in the cache

Uint32 = npt.NDArray[np.uint32]


def _multipliers() -> tuple[Uint32, Uint32]:
    rng = np.random.default_rng(0x_B0_3E_2B_12_D)  # fixed: signatures are stored
    count = ROWS * BANDS
    odd = rng.integers(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return odd, rng.integers(0, 1 << 32, count, dtype=np.uint32)


_A, _B = _multipliers()  # (K,), (K,)


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a text to compare it: its minima, how many shingles it had, and the words of its title."""

    minima: bytes  # little-endian, 32 bits each
    shingles: int
    title: frozenset[int] = frozenset()  # the words' checksums

    def to_bytes(self) -> bytes:
        """The signature as it is stored."""
        head = np.array([self.shingles, *sorted(self.title)], dtype="<u4")
        return self.minima + head.tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Signature":
        """The signature that `to_bytes` stored."""
        size = ROWS * BANDS * 4
        shingles, *title = np.frombuffer(stored[size:], dtype="<u4").tolist()
        return cls(stored[:size], shingles, frozenset(title))


def signature(text: str, *, title: str = "") -> Signature:
    """The signature of a page: case, punctuation and layout do not count. Without a title, the first heading is it."""
    if not title and text.startswith("# "):
        title = text[2:].partition("\n")[0]
    words = frozenset(zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in _WORD.findall(title.lower())[:64])
    shingles = _shingles(text)  # (N,)
    least = np.full(ROWS * BANDS, 0xFFFFFFFF, dtype=np.uint32)  # (K,)
    for at in range(0, len(shingles), _CHUNK):
        part = shingles[at : at + _CHUNK]
        hashed = _A[:, None] * part[None, :] + _B[:, None]  # (K, n), modulo 2³²
        np.minimum(least, hashed.min(axis=1), out=least)
    return Signature(least.astype("<u4").tobytes(), len(shingles), words)


def _shingles(text: str) -> Uint32:
    words = _WORD.findall(text.lower())
    codes: dict[str, int] = {}
    for word in words:
        if word not in codes:
            codes[word] = zlib.crc32(word.encode("utf-8", "surrogatepass"))
    hashes = np.fromiter((codes[word] for word in words), dtype=np.uint64, count=len(words))  # (W,)
    if len(hashes) < WORDS:
        return np.unique(_mixed(hashes))
    rolled = hashes[: len(hashes) - WORDS + 1].copy()
    for step in range(1, WORDS):
        rolled = _scrambled(rolled) + hashes[step : len(hashes) - WORDS + 1 + step]
    return np.unique(_mixed(rolled))


def _scrambled(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """splitmix64's finaliser: each bit in changes half of the bits out."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _mixed(values: npt.NDArray[np.uint64]) -> Uint32:
    return (_scrambled(values) >> np.uint64(32)).astype(np.uint32)


def bands(sig: Signature) -> list[str]:
    """The keys under which a signature is looked up; near-duplicates share at least one, other texts hardly ever."""
    size = ROWS * 4
    keys = [sig.minima[at : at + size] for at in range(0, len(sig.minima), size)]
    if sig.shingles < MIN_SHINGLES:  # only its equal is near: one key for all of it
        return [f"s{zlib.crc32(sig.minima):08x}{sig.shingles:x}"]
    return [f"{number:x}-{_digest(key):016x}" for number, key in enumerate(keys)]


def _digest(key: bytes) -> int:
    return zlib.crc32(key) << 32 | zlib.adler32(key)


def similarity(a: Signature, b: Signature) -> float:
    """The estimated share of shingles that two texts have in common, 0 to 1; its standard error is at most .045."""
    if not a.shingles or not b.shingles:
        return float(a.shingles == b.shingles)
    ours = np.frombuffer(a.minima, dtype="<u4")
    theirs = np.frombuffer(b.minima, dtype="<u4")
    return float((ours == theirs).mean())


def is_near(a: Signature, b: Signature) -> bool:
    """True if two pages say the same and one of them is enough."""
    if min(a.shingles, b.shingles) < MIN_SHINGLES:
        return a.minima == b.minima and a.shingles == b.shingles > 0
    one_subject = not a.title or not b.title or a.title <= b.title or b.title <= a.title
    enough = SIMILAR if min(a.shingles, b.shingles) >= SHORT_SHINGLES else SIMILAR_SHORT
    return one_subject and similarity(a, b) >= enough
