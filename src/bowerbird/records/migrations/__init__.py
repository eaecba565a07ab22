"""Schema changes, oldest first, each once; run by `run.migrate`."""
