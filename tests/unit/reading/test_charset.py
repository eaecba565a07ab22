"""Bytes become the text that was meant."""

import pytest

from bowerbird.reading.charset import decode
from bowerbird.reading.refused import Refused

GERMAN = "Größe, Straße, Übung, Äpfel und Öl – ganz „normal“. " * 5
RUSSIAN = "Привет, мир! Это обычный русский текст, в котором много букв. " * 5
JAPANESE = "これは日本語の文章です。文字コードを推定します。" * 5


@pytest.mark.parametrize(
    ("text", "encoding", "content_type", "prefix"),
    [
        (GERMAN, "utf-8", "text/html", ""),
        (GERMAN, "utf-8-sig", "text/html; charset=iso-8859-1", ""),
        (GERMAN, "utf-16", "text/html", ""),
        (GERMAN, "windows-1252", "text/html; charset=ISO-8859-1", ""),
        (GERMAN, "windows-1252", "text/html", "<meta charset='windows-1252'>"),
        (GERMAN, "utf-8", "text/html; charset=us-ascii", ""),
        (GERMAN, "utf-8", "text/html; charset=nonsense", "<meta charset='utf-16'>"),
        (RUSSIAN, "koi8-r", "text/html", '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">'),
        (RUSSIAN, "windows-1251", "text/html; charset=utf-8", ""),
        (JAPANESE, "shift_jis", "text/html", "<meta charset=Shift_JIS>"),
        (JAPANESE, "iso2022_jp", "text/html; charset=iso-2022-jp", ""),
        (JAPANESE, "euc_jp", "text/html", ""),
    ],
)
def test_the_right_encoding_is_found(text: str, encoding: str, content_type: str, prefix: str) -> None:
    """By mark, header, meta, fit or guess; a wrong statement does not spoil the text."""
    assert decode((prefix + text).encode(encoding), content_type=content_type) == prefix + text


def test_one_broken_letter_does_not_change_the_encoding() -> None:
    """A page cut in the middle of a letter stays UTF-8."""
    body = GERMAN.encode() * 20 + "ß".encode()[:1]
    assert decode(body, content_type="text/html; charset=utf-8") == GERMAN * 20 + "\ufffd"


@pytest.mark.parametrize("body", [b"PK\x03\x04 zip", b"\x1f\x8b\x08 gzip", bytes(range(256)) * 8, b"\x00" * 100])
def test_binary_is_refused(body: bytes) -> None:
    """What is no text has the reason `type`."""
    with pytest.raises(Refused, match="binary") as refused:
        decode(body)
    assert refused.value.reason == "type"
