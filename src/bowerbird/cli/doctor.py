"""`bowerbird doctor`: is everything that Bowerbird leans on there and in order?"""

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import typer

from bowerbird.acquire import examine_chromium
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import BowerbirdError, NotSupported
from bowerbird.knowledge import index_status
from bowerbird.models import MiniLM
from bowerbird.settings import Settings
from bowerbird.wiring import opened_bus, opened_records
from bowerbird.worker import only_worker

__all__ = ["Finding", "doctor", "examine"]

LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "warn", "fail"]
    seen: str
    fix: str = ""


def doctor(*, data: DataDir = None, as_json: AsJson = False) -> None:
    """
    Check the machine, data folder, records, bus, index, model and Chromium; exit 1 if something fails.

    Example: `bowerbird doctor --json`
    """
    findings = list(examine(settings_for(data)))
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            typer.echo(
                f"{finding.state:<5} {finding.name}: {finding.seen}"
                + (f"\n      → {finding.fix}" if finding.fix else "")
            )
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """What was found, in the order in which things lean on each other."""
    checks: list[tuple[str, str, Callable[[Settings], Finding]]] = [
        ("python", "install Python 3.11 or newer", _python),
        ("data folder", "choose another with --data or BOWERBIRD_DATA_DIR", _data_folder),
        ("records", "restore a backup, or name other records by BOWERBIRD_DATABASE_URL", _records),
        ("bus", "start Redis, or set BOWERBIRD_STATE_URL to embedded://", _bus),
        ("model", "install Bowerbird again: `make setup`", _model),
        ("index", "`bowerbird index rebuild` builds it anew from the records", _index),
        ("chromium", "install Chromium, or set BOWERBIRD_CRAWL__RENDER to never", _chromium),
        ("worker", "`bowerbird serve` starts one", _worker),
    ]
    for name, fix, check in checks:
        try:
            yield check(settings)
        except (BowerbirdError, OSError) as exc:
            yield Finding(name, "fail", str(exc), fix)


def _python(_settings: Settings) -> Finding:
    seen = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", "ok" if sys.version_info >= (3, 11) else "fail", seen)


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".doctor"
    probe.write_text("may write")
    probe.unlink()
    free = shutil.disk_usage(folder).free
    seen = f"{folder}, {free / 1e9:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        return Finding("data folder", "warn", seen, f"make room: below {LEAST_FREE_BYTES / 1e9} GB crawls may fail")
    return Finding("data folder", "ok", seen)


def _records(settings: Settings) -> Finding:
    with opened_records(settings) as records:
        return Finding("records", "ok", records.examine())


def _bus(settings: Settings) -> Finding:
    with opened_records(settings) as records, opened_bus(settings, records, SystemClock()) as bus:
        seen = bus.examine()
    if "may lose" in seen:
        return Finding("bus", "warn", seen, "write Redis to disk: `appendonly yes` in its configuration")
    return Finding("bus", "ok", seen)


def _model(_settings: Settings) -> Finding:
    embedder = MiniLM(threads=1)
    vector = embedder.embed(["is the model there?"])
    embedder.close()
    return Finding("model", "ok", f"{embedder.name}, {vector.shape[1]} dimensions")


def _index(settings: Settings) -> Finding:
    embedder = MiniLM(threads=1)
    with opened_records(settings) as records:
        status = index_status(settings.index_dir, records, embedder)
    embedder.close()
    seen = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in status.items())
    return Finding("index", "ok", seen)


def _chromium(settings: Settings) -> Finding:
    if settings.crawl.render == "never":
        return Finding("chromium", "ok", "not used: `crawl.render` is never")
    try:
        return Finding("chromium", "ok", asyncio.run(examine_chromium(settings.crawl.chromium)))
    except NotSupported as exc:
        return Finding(
            "chromium",
            "warn",
            f"{exc}: pages that need JavaScript are not rendered",
            "`apt-get install chromium` installs it; BOWERBIRD_CRAWL__CHROMIUM names a program elsewhere",
        )


def _worker(settings: Settings) -> Finding:
    with only_worker(settings.data_dir) as is_free:
        if is_free:
            return Finding("worker", "warn", "none runs: crawls wait", "`bowerbird serve` starts one")
    return Finding("worker", "ok", "runs")
