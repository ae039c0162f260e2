"""Settings at run time: showing, changing, and what was changed."""
