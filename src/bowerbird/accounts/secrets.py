"""Secrets: random ones that are stored as their digest, and passwords that are stored as Argon2id."""

import hashlib
import secrets
import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

__all__ = ["digest", "hash_password", "new_secret", "password_fits"]

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)  # 64 MiB, three passes
# Two at a time: sign-ins may wait for each other, the machine's memory must not be theirs to fill.
_AT_ONCE: Final = threading.BoundedSemaphore(2)
# Of a password that was thrown away, made with the parameters above: only the time it takes is wanted. Written down,
# because making it would cost every process that memory and time at its start.
_NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=4$qk3cllQYnvKyoyCPhji0Xg$4+xLXf+wpCSOvl682hBCK0NZ6bZQEOBBCqBCKMbTsEk"


def new_secret(prefix: str = "") -> str:
    """256 random bits, safe in URLs and headers."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """
    What is stored of a random secret: its SHA-256 in hex.

    A slow hash guards what people choose; 256 random bits cannot be tried out.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def hash_password(password: str) -> str:
    """What is stored of a password; takes tens of milliseconds."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """True if it is the password; takes as long when there is none, so that nobody learns which accounts exist."""
    with _AT_ONCE:
        try:
            _HASHER.verify(stored or _NOBODYS, password)
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None
