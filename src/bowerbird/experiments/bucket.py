"""
The bucket of a unit: one of 2^64, which any client in any language computes alike.

    bucket = first 8 bytes, big-endian, of SHA-256 of salt ␟ unit        (UTF-8; ␟ is the character U+001F)

The salt says what is asked of the unit: one salt for each layer, one for whether it is in an experiment, another for
its variant there. Answers under different salts are independent of each other, those under the same salt are the same.
`docs/reference/buckets.json` has vectors to test a client by, `docs/clients/bucket.mjs` is one.
"""

import hashlib
from typing import Final

from bowerbird.kernel.errors import InputWrong

__all__ = ["BUCKETS", "SEPARATOR", "bucket"]

BUCKETS: Final = 1 << 64
SEPARATOR: Final = "\x1f"
_BYTES: Final = 8


def bucket(salt: str, unit: str) -> int:
    """
    Which bucket the unit is in under that salt: a whole number from 0 to 2^64 - 1; about a microsecond.

    The unit may be any text, also empty, and is taken as it is: "é" as one code point and as two are two units. Raises
    InputWrong for a salt with U+001F in it, because two pairs could then be one text, and for half a surrogate pair,
    which is no character and has no UTF-8.
    """
    if SEPARATOR in salt:
        raise InputWrong("the salt has the character U+001F in it, which separates salt and unit; leave it out")
    return int.from_bytes(hashlib.sha256(_encoded(salt, unit)).digest()[:_BYTES], "big")


def _encoded(salt: str, unit: str) -> bytes:
    try:
        return f"{salt}{SEPARATOR}{unit}".encode()
    except UnicodeEncodeError as wrong:
        where, at = ("salt", wrong.start) if wrong.start < len(salt) else ("unit", wrong.start - len(salt) - 1)
        half = ord(wrong.object[wrong.start])
        raise InputWrong(
            f"character {at + 1} of the {where} is U+{half:04X}, half of a surrogate pair; expected text that UTF-8 can"
            " hold. It was cut in the middle of a character, or read in a wrong encoding",
            field=where,
        ) from None
