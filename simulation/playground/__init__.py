"""A page in the browser on which people use the bot as members of a stand-in for Discord."""
