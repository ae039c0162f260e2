"""Boards of who has most points."""
