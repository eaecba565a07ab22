"""Unpacking bodies with a cap."""

import gzip
import zlib

import brotli
import pytest

from bowerbird.reading.packing import unpack
from bowerbird.reading.refused import Refused

TEXT = b"a bird in the hand " * 100
CAP = 1_000_000


@pytest.mark.parametrize(
    ("body", "encodings"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0), "x-gzip"),
        (zlib.compress(TEXT), "deflate"),
        (zlib.compress(TEXT)[2:-4], "deflate"),
        (brotli.compress(TEXT), "br"),
        (gzip.compress(brotli.compress(TEXT), mtime=0), "br, gzip"),
    ],
)
def test_what_was_asked_for_is_unpacked(body: bytes, encodings: str) -> None:
    """Each encoding that we ask for gives the body again."""
    assert unpack(body, encodings, cap_bytes=CAP) == TEXT


@pytest.mark.parametrize(
    ("body", "encodings", "reason"),
    [
        (gzip.compress(bytes(50_000_000), mtime=0), "gzip", "too large"),
        (zlib.compress(bytes(50_000_000)), "deflate", "too large"),
        (brotli.compress(bytes(50_000_000)), "br", "too large"),
        (gzip.compress(gzip.compress(bytes(50_000_000), mtime=0)), "gzip, gzip", "too large"),
        (bytes(CAP + 1), "", "too large"),
        (b"no gzip", "gzip", "error"),
        (b"no brotli at all", "br", "error"),
        (TEXT, "zstd", "error"),
        (TEXT, "gzip, gzip, gzip, gzip", "error"),
    ],
)
def test_bombs_and_nonsense_are_refused(body: bytes, encodings: str, reason: str) -> None:
    """A bomb stops at the cap; broken data and what nobody asked for are errors."""
    with pytest.raises(Refused) as refused:
        unpack(body, encodings, cap_bytes=CAP)
    assert refused.value.reason == reason
