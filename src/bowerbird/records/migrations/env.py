"""Alembic's entry: runs inside the connection and transaction that `run.migrate` hands over."""

from alembic import context

from bowerbird.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can roll back DDL; Alembic's default says it cannot, and then a kill leaves half a migration behind.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
