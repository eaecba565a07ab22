"""`python -m bench [NAME …]`: runs the benches one after another, then writes their figures into the README."""

import importlib.util
import pkgutil
import subprocess
import sys
from pathlib import Path

from bench.readme import write_table

ROOT = Path(__file__).resolve().parent.parent


def names() -> list[str]:
    """Every bench there is, in a stable order."""
    return [
        f"bench.{kind}.{module.name}"
        for kind in ("quality", "speed")
        for module in pkgutil.iter_modules([str(ROOT / "bench" / kind)])
        if has_main(f"bench.{kind}.{module.name}")
    ]


def has_main(module: str) -> bool:
    """Whether the module is a bench, and not something that benches share."""
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.origin is not None and "__main__" in Path(spec.origin).read_text()


def main() -> int:
    """Run what was asked for (all without an argument); the number of benches that failed."""
    wanted = sys.argv[1:]
    chosen = [name for name in names() if not wanted or name.rsplit(".", 1)[1] in wanted]
    failed = 0
    for name in chosen:
        print(f"== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", name], cwd=ROOT, check=False).returncode != 0
    write_table()
    return failed


if __name__ == "__main__":
    sys.exit(main())
