"""
A directory of wedding vendors in Australia and New Zealand that do not exist: the second site that ships.

`vendors.json` says everything there is to say of them; `pages.py` writes it as pages, `pictures.py` draws them.
"""

from bowerbird.demo.vendors.data import CITIES, TRADES, Offer, Trade, Vendor, read_vendors
from bowerbird.demo.vendors.pages import vendor_files

__all__ = ["CITIES", "TRADES", "Offer", "Trade", "Vendor", "read_vendors", "vendor_files"]
