"""
Bytes of a stranger to what they say: URLs, encodings, kinds, and the processes in which pages are read.

Extraction itself (`reading.extract`) runs in `reading.process`; whoever only fetches does not load its libraries.
"""

from bowerbird.reading.kinds import may_be_read
from bowerbird.reading.packing import ACCEPTED, unpack
from bowerbird.reading.readers import Readers
from bowerbird.reading.refused import Refused
from bowerbird.reading.said import Text
from bowerbird.reading.urls import Scope, Url, join, normalise, start_url

__all__ = [
    "ACCEPTED",
    "Readers",
    "Refused",
    "Scope",
    "Text",
    "Url",
    "join",
    "may_be_read",
    "normalise",
    "start_url",
    "unpack",
]
