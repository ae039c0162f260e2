"""Names and descriptions of commands in the languages of Discord's own interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from cogs.texts.catalogue import FALLBACK, texts_for

if TYPE_CHECKING:
    import discord

KEY = "key"
"""Under this name a `locale_str` carries the key of its text."""


def command_text(key: str) -> app_commands.locale_str:
    """Return the English text of a command for registering it, with the key by which others are found."""
    return app_commands.locale_str(texts_for(FALLBACK)(key), **{KEY: key})


class CatalogueTranslator(app_commands.Translator):
    """Reads translations from the same catalogues as everything else."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002  the library passes it
    ) -> str | None:
        """Return the text in this locale, or None where English serves."""
        key = string.extras.get(KEY)
        texts = texts_for(locale.value)
        return texts(key) if key and texts.name != FALLBACK else None
