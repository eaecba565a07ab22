"""Runs whole imports: records in a fresh file, the reading processes and all."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bowerbird.acquire import (
    Coverage,
    CrawlOutcome,
    ImportFile,
    ImportRequest,
    check_import,
    coverage,
    request_import,
    run_import,
)
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import Records, jobs, local_scope, open_records
from bowerbird.records.jobs import Lease
from bowerbird.records.tables import job_urls, pages, versions
from bowerbird.settings import ImportSettings

CLOCK = SystemClock()
LEASE_S = 60.0


class Importer:
    """Records, and what is brought into them."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.job = ""

    def lease(self, *paths: Path, name: str = "birds", **wanted: Any) -> Lease:
        """A claimed import of these files."""
        files = [ImportFile(path, path.name) for path in paths]
        request = check_import(ImportRequest(name=name, files=files, **wanted))

        def begin(conn: sa.Connection) -> Lease:
            _, job = request_import(conn, request, local_scope(conn, CLOCK), CLOCK)
            return self.claim(conn, job)

        return self.records.write(begin)

    def claim(self, conn: sa.Connection, job: str) -> Lease:
        """The job, under a new epoch."""
        lease = jobs.claim(conn, owner="test", lease_s=LEASE_S, clock=CLOCK, kinds=("import",), job=job)
        assert lease is not None
        return lease

    def run(self, lease: Lease, **caps: int) -> CrawlOutcome:
        """See a claimed import through to its end."""
        self.job = lease.job
        outcome = run_import(
            lease, self.records, ImportSettings(**caps), lease_s=LEASE_S, clock=CLOCK, should_stop=lambda: False
        )
        if outcome.status == "completed":
            self.records.write(lambda conn: jobs.finish(conn, lease.job, lease.epoch, status="completed", clock=CLOCK))
        return outcome

    def bring(self, *paths: Path, caps: Mapping[str, int] | None = None, **wanted: Any) -> Coverage:
        """Import these files to the end."""
        outcome = self.run(self.lease(*paths, **wanted), **(caps or {}))
        assert outcome.status == "completed", outcome
        return self.seen()

    def seen(self) -> Coverage:
        """What became of all rows of the last import."""
        return self.records.read(lambda conn: coverage.report(conn, self.job))

    def refused(self) -> dict[str, tuple[str, str]]:
        """Where it stood → reason, detail, of all that the last import skipped."""
        rows = self.records.read(
            lambda conn: coverage.listed(conn, self.job, states=("skipped",), after=0, limit=10_000)
        )
        return {row.where: (row.reason or "", row.detail or "") for row in rows}

    def pages(self) -> dict[str, Any]:
        """The live pages by their address, each with its current text."""
        rows = self.records.read(
            lambda conn: conn.execute(
                sa.select(pages, versions.c.text)
                .join(versions, versions.c.id == pages.c.version)
                .where(pages.c.state == "live")
            ).all()
        )
        return {row.url.removeprefix("import:"): row for row in rows}

    def count(self, table: sa.Table) -> int:
        """How many rows a table has."""
        return self.records.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())

    def decided(self) -> list[str]:
        """The addresses of all that the last import decided."""
        rows = sa.select(job_urls.c.url).where(job_urls.c.job == self.job).order_by(job_urls.c.id)
        return list(self.records.read(lambda conn: conn.execute(rows).scalars().all()))


@contextmanager
def importer(records_url: str) -> Iterator[Importer]:
    """What imports into these records."""
    records = open_records(records_url)
    try:
        yield Importer(records)
    finally:
        records.close()


def json_lines(path: Path, *items: Any) -> Path:
    """A file of these, one a line; what is bytes or text stands as it is."""
    lines = [item if isinstance(item, bytes) else json.dumps(item).encode() for item in items]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def bird(number: int, **fields: Any) -> dict[str, Any]:
    """An item."""
    return {
        "id": f"b{number}",
        "title": f"Bird {number}",
        "text": f"Bird {number} builds a bower.",
        "kind": "bird",
    } | fields


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(body: str, *, parts: Mapping[str, str] | None = None) -> bytes:
    """A Word document whose body holds this XML (`w:` is bound)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "word/document.xml", f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
        )
        for name, text in (parts or {}).items():
            packed.writestr(name, text)
    return out.getvalue()


def paragraph(text: str, *, style: str = "", before: str = "") -> str:
    """A paragraph of a Word document."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{before}<w:r><w:t>{text}</w:t></w:r></w:p>"
