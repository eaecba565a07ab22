"""Where every bench leaves its figures, and where it finds its data."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"


def data_dir(name: str) -> Path:
    """The folder of a data set below `BOWERBIRD_BENCH_DATA`; leaves with a message when it is absent."""
    base = Path(os.environ.get("BOWERBIRD_BENCH_DATA", ROOT.parent / "shared" / "data"))
    path = base / name
    if not path.exists():
        print(f"no data at {path}: set BOWERBIRD_BENCH_DATA to the folder that holds {name!r}; nothing was measured")
        sys.exit(0)
    return path


def write(name: str, figures: dict[str, Any], *, headline: dict[str, Any] | None = None, notes: str = "") -> Path:
    """
    Print the figures and write them, with the command and the commit they belong to, to `results/NAME.json`.

    `headline` holds the few of them that the README shows, by what a reader calls them; without it, all flat ones.
    """
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    command = f"python -m {sys.modules['__main__'].__spec__.name}" if sys.modules["__main__"].__spec__ else sys.argv[0]
    report = {
        "name": name,
        "command": " ".join([command, *sys.argv[1:]]),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.machine()},
        "headline": headline if headline is not None else figures,
        "figures": figures,
        "notes": notes,
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps({name: figures}, indent=2, ensure_ascii=False))
    return path
