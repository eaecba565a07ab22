"""Contracts, fakes and builders, shipped so that whoever writes a backend can run them."""
