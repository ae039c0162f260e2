"""The shared store: where all sources' data come together and from which datasets are exported."""
