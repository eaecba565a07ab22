"""The command line: one file per command, `--data DIR` and `--json` everywhere, exit codes that mean something."""

from bowerbird.cli.main import main

__all__ = ["main"]
