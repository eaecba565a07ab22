"""The records: what is true, in transactions; everything else is derived from them."""

from bowerbird.records.access import is_visible, local_scope, visible, visible_sources
from bowerbird.records.counters import Counters, Counts, open_counters
from bowerbird.records.engine import Records, open_records
from bowerbird.records.marks import IDENTITY, choices_of, mark_on_commit
from bowerbird.records.texts import quoted

__all__ = [
    "IDENTITY",
    "Counters",
    "Counts",
    "Records",
    "choices_of",
    "is_visible",
    "local_scope",
    "mark_on_commit",
    "open_counters",
    "open_records",
    "quoted",
    "visible",
    "visible_sources",
]
