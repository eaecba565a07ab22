"""
What imported things are called in the records.

    import:NAME                 the source
    import:NAME/ID              a page: the item's id, or the file's path inside what was named
    import:NAME/FILE#12         a row that could not be kept, by where it stood; never a page
    import:NAME/FILE#rows       a file of rows that still waits
"""

import os
from typing import Final
from urllib.parse import quote, unquote, unquote_to_bytes

__all__ = ["file_of", "is_import", "key_of", "name_of", "place_of", "printable", "source_url", "waiting_of"]

SCHEME: Final = "import:"
_ROWS: Final = "#rows"
_SAFE: Final = "/:@!$&'()*+,;=~-._"


def source_url(name: str) -> str:
    """The address of the source that is called `name`."""
    return SCHEME + quote(name, safe="")


def is_import(url: str) -> bool:
    """Whether a source or a page came by an import and has no address on the web."""
    return url.startswith(SCHEME)


def name_of(url: str) -> str:
    """What people call an imported source or page: without the scheme, its letters as they were."""
    return unquote(url.removeprefix(SCHEME), errors="replace")


def key_of(source: str, identity: str) -> str:
    """The address of an item or a file of the source."""
    return f"{source}/{_quoted(identity)}"


def place_of(source: str, file: str, number: int) -> str:
    """The address of a row that could not be kept."""
    return f"{source}/{_quoted(file)}#{number}"


def waiting_of(source: str, file: str) -> str:
    """The address of a file of rows that waits to be read."""
    return f"{source}/{_quoted(file)}{_ROWS}"


def file_of(source: str, address: str) -> str:
    """The name of the file that `key_of` or `waiting_of` gave this address."""
    return os.fsdecode(unquote_to_bytes(address.removeprefix(f"{source}/").removesuffix(_ROWS)))


def printable(name: str) -> str:
    """A file's name as databases and JSON take it: bytes that are no UTF-8 are question marks."""
    return name.encode("utf-8", "replace").decode()


def _quoted(name: str) -> str:
    # File names are bytes: one that is no UTF-8 comes as lone surrogates, which only `fsencode` takes back.
    return quote(name.encode("utf-8", "surrogateescape"), safe=_SAFE)
