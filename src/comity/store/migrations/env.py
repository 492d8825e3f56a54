"""What Alembic runs: the revisions, on the connection and in the transaction that `migrate_schema` gives it."""

from alembic import context

from comity.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
