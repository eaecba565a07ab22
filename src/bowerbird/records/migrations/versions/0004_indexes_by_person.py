"""Indexes by person: a conversation's questions, and what somebody said of answers."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    op.create_index("ix_feedback_person", "feedback", ["person", "about"])
    op.drop_index("ix_questions_conversation", table_name="questions")
    op.create_index("ix_questions_conversation", "questions", ["conversation", "person", "asked_at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_questions_conversation", table_name="questions")
    op.create_index("ix_questions_conversation", "questions", ["conversation", "asked_at"])
    op.drop_index("ix_feedback_person", table_name="feedback")
