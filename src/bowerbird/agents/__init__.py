"""The protocol that all agents share: one duty each, typed messages, a deadline, and a record that can be replayed."""

from bowerbird.agents.agent import Agent, Codec, codec_of
from bowerbird.agents.bus import Bus, Letter, NewLetter
from bowerbird.agents.figures import BINS, Figures, agent_figures
from bowerbird.agents.message import Message
from bowerbird.agents.run import Differs, Run
from bowerbird.agents.serving import Handler, Serving
from bowerbird.agents.transcript import forget_old, read_run, record_run

__all__ = [
    "BINS",
    "Agent",
    "Bus",
    "Codec",
    "Differs",
    "Figures",
    "Handler",
    "Letter",
    "Message",
    "NewLetter",
    "Run",
    "Serving",
    "agent_figures",
    "codec_of",
    "forget_old",
    "read_run",
    "record_run",
]
