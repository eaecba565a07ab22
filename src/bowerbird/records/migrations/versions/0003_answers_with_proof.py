"""Answers with proof: what they cite, who follows them, what agents said, exams, what models replied and cost."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "model_replies",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("reply", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_model_replies")),
    )
    with op.batch_alter_table("model_replies", schema=None) as batch_op:
        batch_op.create_index("ix_model_replies_created_at", ["created_at"], unique=False)

    op.create_table(
        "exams",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("generation", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("cited", sa.Integer(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_exams_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exams")),
    )
    with op.batch_alter_table("exams", schema=None) as batch_op:
        batch_op.create_index("ix_exams_workspace", ["workspace", "at"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("run", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("took_ms", sa.Double(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_messages_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("run", "seq", name=op.f("uq_messages_run_seq")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_at", ["at"], unique=False)
        batch_op.create_index("ix_messages_state", ["state", "recipient", "id"], unique=False)

    op.create_table(
        "model_usage",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_model_usage_workspace_workspaces")),
        sa.PrimaryKeyConstraint("day", "workspace", "model", name=op.f("pk_model_usage")),
    )
    op.create_table(
        "follows",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("question", sa.String(length=26), nullable=False),
        sa.Column("job", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("checked_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name=op.f("fk_follows_job_jobs")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_follows_person_persons")),
        sa.ForeignKeyConstraint(["question"], ["questions.id"], name=op.f("fk_follows_question_questions")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_follows_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
    )
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.create_index("ix_follows_ended_at", ["ended_at", "kind"], unique=False)
        batch_op.create_index("ix_follows_person", ["person", "created_at"], unique=False)

    op.create_table(
        "citations",
        sa.Column("question", sa.String(length=26), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("page", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("stale_at", sa.Double(), nullable=True),
        sa.Column("stale_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["page"], ["pages.id"], name=op.f("fk_citations_page_pages")),
        sa.ForeignKeyConstraint(["question"], ["questions.id"], name=op.f("fk_citations_question_questions")),
        sa.ForeignKeyConstraint(["version"], ["versions.id"], name=op.f("fk_citations_version_versions")),
        sa.PrimaryKeyConstraint("question", "n", name=op.f("pk_citations")),
    )
    with op.batch_alter_table("citations", schema=None) as batch_op:
        batch_op.create_index("ix_citations_page", ["page"], unique=False)

    op.create_table(
        "exam_questions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("workspace", sa.String(length=26), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("page", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("retired_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["page"], ["pages.id"], name=op.f("fk_exam_questions_page_pages")),
        sa.ForeignKeyConstraint(["version"], ["versions.id"], name=op.f("fk_exam_questions_version_versions")),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=op.f("fk_exam_questions_workspace_workspaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_questions")),
    )
    with op.batch_alter_table("exam_questions", schema=None) as batch_op:
        batch_op.create_index("ix_exam_questions_workspace", ["workspace", "retired_at"], unique=False)

    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("as_of", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("stale_at", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("shared_at", sa.Double(), nullable=True))

    _cite_old_answers()


def _cite_old_answers() -> None:
    """Answers from before this migration can go stale too."""
    conn = op.get_bind()
    json = sa.JSON()
    questions = sa.table("questions", sa.column("id"), sa.column("answer", json))
    versions = sa.table("versions", sa.column("id"), sa.column("page"))
    names = ("question", "n", "version", "page", "start", "end")
    citations = sa.table("citations", *(sa.column(name) for name in names))
    pages = {row.id: row.page for row in conn.execute(sa.select(versions))}
    for row in conn.execute(sa.select(questions).where(questions.c.answer.is_not(None))).all():
        spans = {
            each["n"]: each
            for claim in (row.answer or {}).get("claims", ())
            for each in claim["citations"]
            if each["version"] in pages
        }
        for n, each in sorted(spans.items()):
            version, start, end = each["version"], each["start"], each["end"]
            values = (row.id, n, version, pages[version], start, end)
            conn.execute(sa.insert(citations).values(dict(zip(names, values, strict=True))))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.drop_column("shared_at")
        batch_op.drop_column("stale_at")
        batch_op.drop_column("as_of")

    with op.batch_alter_table("exam_questions", schema=None) as batch_op:
        batch_op.drop_index("ix_exam_questions_workspace")

    op.drop_table("exam_questions")
    with op.batch_alter_table("citations", schema=None) as batch_op:
        batch_op.drop_index("ix_citations_page")

    op.drop_table("citations")
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.drop_index("ix_follows_person")
        batch_op.drop_index("ix_follows_ended_at")

    op.drop_table("follows")
    op.drop_table("model_usage")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("ix_messages_state")
        batch_op.drop_index("ix_messages_at")

    op.drop_table("messages")
    with op.batch_alter_table("exams", schema=None) as batch_op:
        batch_op.drop_index("ix_exams_workspace")

    op.drop_table("exams")
    with op.batch_alter_table("model_replies", schema=None) as batch_op:
        batch_op.drop_index("ix_model_replies_created_at")

    op.drop_table("model_replies")
