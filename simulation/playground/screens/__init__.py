"""Pictures of everything the bot shows, taken of the playground's own page."""
