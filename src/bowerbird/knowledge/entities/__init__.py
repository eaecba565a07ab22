"""Names and terms that the gathered pages speak of, each with every place that says it."""

from bowerbird.knowledge.entities.candidate import Candidate, Mention
from bowerbird.knowledge.entities.defined import Defined, defined_beside
from bowerbird.knowledge.entities.evidence import Said
from bowerbird.knowledge.entities.extract import extract
from bowerbird.knowledge.entities.find import Found, called
from bowerbird.knowledge.entities.find import search as find_entities
from bowerbird.knowledge.entities.links import Links, Step, entity_named, links_between
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
from bowerbird.knowledge.entities.timeline import Change, changes_of
from bowerbird.knowledge.entities.together import pairs_on

__all__ = [
    "Candidate",
    "Change",
    "Defined",
    "EntityCard",
    "EntityPage",
    "Found",
    "Links",
    "Mention",
    "MentionText",
    "Mentioned",
    "Neighbour",
    "Said",
    "Step",
    "called",
    "changes_of",
    "defined_beside",
    "entity",
    "entity_cards",
    "entity_named",
    "extract",
    "find_entities",
    "links_between",
    "list_entities",
    "pairs_on",
    "refresh_scores",
    "store",
]
