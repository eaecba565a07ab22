"""What pages state of entities, each with its place and how sure that is: relations, dates, amounts (decision 0025)."""

from bowerbird.knowledge.relations.find import Evidence, Relation, Thing, relations_of
from bowerbird.knowledge.relations.stated import KINDS, How, Kind, Stated

__all__ = ["KINDS", "Evidence", "How", "Kind", "Relation", "Stated", "Thing", "relations_of"]
