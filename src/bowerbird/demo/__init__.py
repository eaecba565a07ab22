"""A small web site about machine learning, served on this machine, with the goal and question for it."""

from bowerbird.demo.folder import FolderSite
from bowerbird.demo.loopback import LoopbackServer
from bowerbird.demo.server import DEMO_GOAL, DEMO_QUESTION, DemoSite

__all__ = ["DEMO_GOAL", "DEMO_QUESTION", "DemoSite", "FolderSite", "LoopbackServer"]
