"""The search index: its port, and the backend that needs no server."""

from bowerbird.knowledge.index.embedded import EmbeddedIndex
from bowerbird.knowledge.index.port import EVERYTHING, Entry, Filter, Index, IndexBatch, Scored

__all__ = ["EVERYTHING", "EmbeddedIndex", "Entry", "Filter", "Index", "IndexBatch", "Scored"]
