"""Names and terms that the gathered pages speak of, each with every place that says it."""

from bowerbird.knowledge.entities.candidate import Candidate, Mention
from bowerbird.knowledge.entities.defined import Defined, defined_beside
from bowerbird.knowledge.entities.extract import extract
from bowerbird.knowledge.entities.find import Found
from bowerbird.knowledge.entities.find import search as find_entities
from bowerbird.knowledge.entities.read import (
    EntityCard,
    EntityPage,
    MentionText,
    Neighbour,
    entity,
    entity_cards,
    list_entities,
)
from bowerbird.knowledge.entities.store import Mentioned, refresh_scores, store

__all__ = [
    "Candidate",
    "Defined",
    "EntityCard",
    "EntityPage",
    "Found",
    "Mention",
    "MentionText",
    "Mentioned",
    "Neighbour",
    "defined_beside",
    "entity",
    "entity_cards",
    "extract",
    "find_entities",
    "list_entities",
    "refresh_scores",
    "store",
]
