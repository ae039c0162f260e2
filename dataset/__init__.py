"""Published records, writers and readers of formats, pseudonyms and manifests."""
