"""Measurements: each script prints its figures and writes `bench/results/NAME.json`."""
