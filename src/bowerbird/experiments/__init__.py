"""Experiments: who gets which variant, what they did then, and what follows from it."""

from bowerbird.experiments.bucket import BUCKETS, bucket

__all__ = ["BUCKETS", "bucket"]
