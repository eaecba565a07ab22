"""
Those who judge what a person is shown: each has one duty and scores every candidate by it.

Whoever has another idea of what is worth showing gives it as a plug-in: a class with `name`, `duty` and `score`, under
an entry point of the group `bowerbird.feed_agents`. Ours that favours what is new comes that way too.
"""

from bowerbird.feed.agents.agent import GROUP, FeedAgent, default_agents, plugged_in

__all__ = ["GROUP", "FeedAgent", "default_agents", "plugged_in"]
