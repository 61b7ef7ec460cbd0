"""Where Alembic enters: runs the steps on the connection handed in by `records.migrating`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
