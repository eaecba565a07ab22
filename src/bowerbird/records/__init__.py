"""The records: what is true, in transactions; everything else is derived from them."""

from bowerbird.records.access import local_scope, visible, visible_sources
from bowerbird.records.engine import Records, open_records

__all__ = ["Records", "local_scope", "open_records", "visible", "visible_sources"]
