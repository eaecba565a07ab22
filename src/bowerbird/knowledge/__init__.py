"""What the gathered pages say: sentences, passages, the search index, entities."""

from bowerbird.knowledge.chunk import Chunk, passages
from bowerbird.knowledge.text import Block, blocks, sentences

__all__ = ["Block", "Chunk", "blocks", "passages", "sentences"]
