"""The board of a community: what is needed now, how far the week has come, and the ways in."""
