"""The protocol that all agents share: one duty each, typed messages, a deadline, and a record that can be replayed."""

from bowerbird.agents.agent import Agent, Codec, codec_of
from bowerbird.agents.message import Message
from bowerbird.agents.run import Differs, Run
from bowerbird.agents.transcript import read_run, record_run

__all__ = ["Agent", "Codec", "Differs", "Message", "Run", "codec_of", "read_run", "record_run"]
