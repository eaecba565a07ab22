"""What the gathered pages say: sentences, passages, the search index, entities."""

from bowerbird.knowledge.arrange import arrange_some, read_entities, weigh_entities
from bowerbird.knowledge.chunk import Chunk, passages
from bowerbird.knowledge.entities import (
    Change,
    Defined,
    EntityCard,
    EntityPage,
    Found,
    Links,
    MentionText,
    Neighbour,
    Said,
    Step,
    Stood,
    changes_of,
    defined_beside,
    entity,
    entity_cards,
    find_entities,
    links_between,
    list_entities,
    pairs_on,
)
from bowerbird.knowledge.index import EmbeddedIndex, Index
from bowerbird.knowledge.indexer import Indexer, log_length
from bowerbird.knowledge.pages import PageVersion, VersionMark, current_version, read_version
from bowerbird.knowledge.rebuild import Gate, Rebuilt, index_status, rebuild_index, roll_back_index
from bowerbird.knowledge.search import Searcher, SearchResult
from bowerbird.knowledge.text import Block, blocks, sentences

__all__ = [
    "Block",
    "Change",
    "Chunk",
    "Defined",
    "EmbeddedIndex",
    "EntityCard",
    "EntityPage",
    "Found",
    "Gate",
    "Index",
    "Indexer",
    "Links",
    "MentionText",
    "Neighbour",
    "PageVersion",
    "Rebuilt",
    "Said",
    "SearchResult",
    "Searcher",
    "Step",
    "Stood",
    "VersionMark",
    "arrange_some",
    "blocks",
    "changes_of",
    "current_version",
    "defined_beside",
    "entity",
    "entity_cards",
    "find_entities",
    "index_status",
    "links_between",
    "list_entities",
    "log_length",
    "pairs_on",
    "passages",
    "read_entities",
    "read_version",
    "rebuild_index",
    "roll_back_index",
    "sentences",
    "weigh_entities",
]
