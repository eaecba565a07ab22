"""What pages state of entities, each with its place and how sure that is: relations, dates, amounts (decision 0025)."""

from bowerbird.knowledge.relations.find import Evidence, Relation, Thing, relations_of
from bowerbird.knowledge.relations.read import PageRead, read_page
from bowerbird.knowledge.relations.stated import KINDS, How, Kind, Stated
from bowerbird.knowledge.relations.values import exclude

__all__ = [
    "KINDS",
    "Evidence",
    "How",
    "Kind",
    "PageRead",
    "Relation",
    "Stated",
    "Thing",
    "exclude",
    "read_page",
    "relations_of",
]
