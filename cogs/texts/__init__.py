"""Every word people read, in each language of the interface."""
