"""The migrations of the store, for Alembic; `escalert.nightly.store.schema` runs them."""
