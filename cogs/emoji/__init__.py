"""Emoji ratings: thumbs and flags on the last message shown."""
