"""A feed for each person: what could be shown, who of the agents is for it, and what becomes a slate."""

__all__: list[str] = []
