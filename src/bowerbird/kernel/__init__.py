"""Nouns that cross domains, time, ids and errors; standard library only."""
