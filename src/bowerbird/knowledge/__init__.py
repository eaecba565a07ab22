"""What the gathered pages say: sentences, passages, the search index, entities."""

from bowerbird.knowledge.text import Block, blocks, sentences

__all__ = ["Block", "blocks", "sentences"]
