"""Names, addresses and passwords as people type them: cleaned, or refused with what to do."""

import re
import unicodedata
from typing import Final

from bowerbird.kernel.errors import InputWrong

__all__ = ["LEAST_PASSWORD", "clean_email", "clean_name", "clean_password"]

MAX_NAME: Final = 120
MAX_EMAIL: Final = 254  # RFC 5321
LEAST_PASSWORD: Final = 10
MAX_PASSWORD: Final = 256
# One @, something on both sides, no blanks: only a message that arrives proves more.
_EMAIL: Final = re.compile(r"[^@\s<>,;:\"\\()\[\]]+@[^@\s<>,;:\"\\()\[\]]+")
# They turn the direction of what stands around a name, on pages and in logs (CVE-2021-42574).
_TURNS_TEXT: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_name(name: str, *, field: str = "name", what: str = "the name") -> str:
    """The name in NFC with single blanks; any script, any emoji. Raises InputWrong."""
    shown = " ".join(unicodedata.normalize("NFC", name).split())
    if len(shown) > MAX_NAME:
        raise InputWrong(f"{what} has {len(shown):,} characters, expected at most {MAX_NAME}; shorten it", field=field)
    if _TURNS_TEXT & set(shown) or any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown):
        raise InputWrong(f"{what} holds control characters; type it without them", field=field)
    if not any(unicodedata.category(char)[0] in "LNPS" for char in shown):  # nothing that one would see
        raise InputWrong(f"{what} is empty; expected 1 to {MAX_NAME} characters", field=field)
    return shown


def clean_email(email: str) -> str:
    """The e-mail address in lower case, as accounts are found by it. Raises InputWrong."""
    shown = unicodedata.normalize("NFKC", email).strip().lower()
    if len(shown) > MAX_EMAIL or not shown.isprintable() or not _EMAIL.fullmatch(shown):
        seen = shown if len(shown) <= 60 else f"{shown[:60]}…"
        raise InputWrong(f"{seen!r} is not an e-mail address; expected one like ana@example.org", field="email")
    return shown


def clean_password(password: str, *, email: str) -> str:
    """A password that may be chosen: long rather than intricate (NIST SP 800-63B). Raises InputWrong."""
    if not LEAST_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InputWrong(
            f"the password has {len(password)} characters, expected {LEAST_PASSWORD} to {MAX_PASSWORD};"
            " a few words that you remember are best",
            field="password",
        )
    if password.lower() in (email, email.partition("@")[0]) or len(set(password)) < 5:
        raise InputWrong(
            "the password can be guessed from the address or repeats itself; choose another", field="password"
        )
    return password
