"""Runs inside the transaction that ``database.migrate`` opened; there is no offline mode."""

from alembic import context

from surveillance.records import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
