"""People: consent, their languages, their own work."""
