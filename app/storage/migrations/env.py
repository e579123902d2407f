"""Runs revisions on the connection that ``app.storage.migrations`` hands over."""

from alembic import context

from app.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_type=True,
    # The transaction is the caller's: all revisions hold, or none.
    transaction_per_migration=False,
)
context.run_migrations()
