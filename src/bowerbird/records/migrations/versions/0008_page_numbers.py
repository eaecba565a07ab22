"""Where in the text of a PDF each of its pages begins, so that a citation can name its page."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_HEADING = re.compile(r"^## Page (\d{1,3})$", re.MULTILINE)
_AT_ONCE = 50  # texts of up to 2 MB


def upgrade() -> None:
    """Add it; texts that were read before say it in headings, a heading for each page with words."""
    op.add_column("versions", sa.Column("page_starts", sa.JSON(none_as_null=True)))
    conn = op.get_bind()
    pages = sa.table("pages", sa.column("id"), sa.column("kind"))
    versions = sa.table(
        "versions", sa.column("id"), sa.column("page"), sa.column("text"), sa.column("page_starts", sa.JSON)
    )
    of_pdfs = (
        sa.select(versions.c.id, versions.c.text)
        .join(pages, pages.c.id == versions.c.page)
        .where(pages.c.kind == "pdf")
        .order_by(versions.c.id)
        .limit(_AT_ONCE)
    )
    last = 0
    while rows := conn.execute(of_pdfs.where(versions.c.id > last)).all():
        for row in rows:
            change = sa.update(versions).where(versions.c.id == row.id)
            conn.execute(change.values(page_starts=_page_starts(row.text)))
        last = rows[-1].id


def _page_starts(text: str) -> list[int]:
    starts: list[int] = []
    for heading in _HEADING.finditer(text):
        number = int(heading[1])
        if number > len(starts):  # a heading of the page's own may say so, too
            starts += [heading.start()] * (number - len(starts))
    return starts or [0]


def downgrade() -> None:
    """Take it away."""
    op.drop_column("versions", "page_starts")
