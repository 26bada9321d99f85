"""What Alembic runs: the steps, on the connection that `opening.migrate` hands over."""

from alembic import context

from pratique.authority.store.columns import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
