"""Moderation in Discord: the commands, the queue of cases, and what was decided."""
