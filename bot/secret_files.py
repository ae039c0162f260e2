"""Secrets that stand in files: read when they are needed, refused when others could read them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.exits import Ending, Exit
from dataset.pseudonyms import MissingKey, UnreadableKey, WeakKey, load_key

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Discord, Export

LOCAL_TOKEN = "no-token-on-this-machine"  # noqa: S105  said to a server on this machine, which believes anything

WITHOUT_ONE_NO_START = (
    "discord.token: there is no token; create a bot in Discord's Developer Portal, then set discord.token_file in "
    "config.toml, or ORCHARD_DISCORD__TOKEN."
)

WITHOUT_ONE_NO_EXPORT = (
    "export.key: there is no key, and without one nobody's name is hidden; write 32 random bytes in hexadecimal to a "
    "file of mode 0600 and set export.key_file in config.toml."
)


def token(discord: Discord) -> SecretStr:
    """Return the bot's token.

    Raises:
        Ending: there is none, or its file cannot be trusted.
    """
    if discord.token is not None:
        return discord.token
    if discord.token_file is not None:
        return SecretStr(_content("discord.token_file", discord.token_file))
    if discord.on_loopback:
        return SecretStr(LOCAL_TOKEN)
    raise Ending(Exit.CONFIG, WITHOUT_ONE_NO_START)


def export_key(export: Export) -> bytes:
    """Return the secret bytes, at least 32, that make an export's pseudonyms.

    Raises:
        Ending: there is no key, its file cannot be trusted, or it could be guessed.
    """
    if export.key is not None:
        return _key("export.key", export.key.get_secret_value())
    if export.key_file is not None:
        return _key("export.key_file", _content("export.key_file", export.key_file))
    raise Ending(Exit.CONFIG, WITHOUT_ONE_NO_EXPORT)


def _content(setting: str, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise Ending(Exit.CONFIG, f"{setting}: {path} is not a file; name the file that holds the secret.")
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            others = f"{setting}: others may read {path} (mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}"
            raise Ending(Exit.CONFIG, others)
        content = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Ending(Exit.CONFIG, f"{setting}: {path} cannot be read ({error.strerror}); check the path.") from None
    except UnicodeDecodeError:
        raise Ending(Exit.CONFIG, f"{setting}: {path} holds no text; write the secret as text.") from None
    if not content:
        raise Ending(Exit.CONFIG, f"{setting}: {path} is empty; write the secret into it.")
    return content


def _key(setting: str, written: str) -> bytes:
    try:
        return load_key(written)
    except MissingKey:
        raise Ending(Exit.CONFIG, WITHOUT_ONE_NO_EXPORT) from None
    except UnreadableKey:
        how = "write it in hexadecimal (64 digits) or base64 (44 characters)"
        raise Ending(Exit.CONFIG, f"{setting}: the key cannot be read; {how}.") from None
    except WeakKey as weak:
        why = f"it has {weak.size_bytes} bytes, {weak.distinct_bytes} of them different"
        raise Ending(Exit.CONFIG, f"{setting}: the key could be guessed, for {why}; take 32 random bytes.") from None
