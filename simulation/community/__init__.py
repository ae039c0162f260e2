"""A community of simulated people who use the bot as people do: commands, buttons, menus and forms."""
