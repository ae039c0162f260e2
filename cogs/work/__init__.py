"""Tasks: asking for one, turning its pages, writing, passing it on."""
