"""
Those who judge what a person is shown: each has one duty and scores every candidate by it.

Whoever has another idea of what is worth showing gives it as a plug-in: a class with `name`, `duty` and `score`, under
an entry point of the group `bowerbird.feed_agents`. Ours that favours what is new comes that way too. Whoever has to
read each item for it, with a model say, gives a judge (`judge.py`).
"""

from bowerbird.feed.agents.agent import GROUP, FeedAgent, NotYet, default_agents, plugged_in
from bowerbird.feed.agents.judge import JUDGES, Content, Judge, Judged

__all__ = ["GROUP", "JUDGES", "Content", "FeedAgent", "Judge", "Judged", "NotYet", "default_agents", "plugged_in"]
