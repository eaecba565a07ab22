"""Bowerbird gathers pages, arranges what they say, and answers with proof."""
