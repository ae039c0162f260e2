"""The routes of the REST interface; importing this package registers them."""

from simulation.discord.routes import applications, channels, guilds, interactions, messages

__all__ = ["applications", "channels", "guilds", "interactions", "messages"]
