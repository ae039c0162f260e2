"""Schema, migrations, queries, the live store, the shared store and the sync between them."""
