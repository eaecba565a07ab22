"""Models behind ports: what turns text into numbers or into other text."""

from bowerbird.models.coalesce import Coalescing
from bowerbird.models.embed import Embedder, MiniLM

__all__ = ["Coalescing", "Embedder", "MiniLM"]
