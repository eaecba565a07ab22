"""Numbers as conflicts compare them."""

import re

__all__ = ["NUMBER", "number"]

NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?![\d])")


def number(written: str) -> str:
    """A written number in one form: no thousands separators, no zeros that say nothing."""
    plain = written.replace(",", "").lstrip("+")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain
