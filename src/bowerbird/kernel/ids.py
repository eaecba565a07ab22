"""Names for rows: sortable by time, safe in URLs, hard to guess."""

import os

from bowerbird.kernel.clock import Clock

__all__ = ["new_id"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u


def new_id(clock: Clock) -> str:
    """A 26-character id: 48 bits of milliseconds, then 80 random bits (the layout of ULID)."""
    value = (int(clock.now_s() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
