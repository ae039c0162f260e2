"""The showcase of a community: what its members wrote, in public, and rated by reactions."""
