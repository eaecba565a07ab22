"""Small web sites that ship with the product, served on this machine, with the goal and question for each."""

from bowerbird.demo.folder import FolderSite
from bowerbird.demo.loopback import LoopbackServer
from bowerbird.demo.packs import PACKS, Pack
from bowerbird.demo.server import DEMO_GOAL, DEMO_QUESTION, DemoSite

__all__ = ["DEMO_GOAL", "DEMO_QUESTION", "PACKS", "DemoSite", "FolderSite", "LoopbackServer", "Pack"]
