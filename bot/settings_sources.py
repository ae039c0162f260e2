"""Where settings come from, and what is said of those that are wrong."""

from __future__ import annotations

import os
import stat
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, PydanticBaseSettingsSource

from bot.exits import Ending, Exit
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

PREFIX = "ORCHARD_"
NESTED = "__"
CONFIG_VARIABLE = "ORCHARD_CONFIG"
DEFAULT_FILE = Path("config.toml")

SECRETS = (("discord", "token"), ("export", "key"))
"""The settings that nobody else may read; each has a sibling that names a file for it."""


def load(config: Path | None = None) -> Settings:
    """Return the settings of this process.

    The environment (`ORCHARD_SECTION__KEY`) goes before the file: `config`, else the one `ORCHARD_CONFIG` names, else
    `config.toml` in the working directory when there is one.

    Raises:
        Ending: a setting is wrong; one sentence for each.
    """
    file = config_file(config)
    written = _read(file) if file is not None else {}
    if file is not None:
        _check_private(file, written)

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is pydantic's
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the same
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the same
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (init_settings, _Environment(settings_cls), InitSettingsSource(settings_cls, written))

    unknown = [_stranger(name) for name in sorted(os.environ) if _is_stranger(name)]
    if unknown:
        raise Ending(Exit.CONFIG, *unknown)
    try:
        return Loaded()
    except ValidationError as error:
        sentences = [_sentence(each, file) for each in error.errors(include_url=False, include_input=False)]
        raise Ending(Exit.CONFIG, *dict.fromkeys(sentences)) from None


def config_file(config: Path | None) -> Path | None:
    """Return the settings file that counts, None when there is none.

    Raises:
        Ending: one was named and is not there.
    """
    named = config if config is not None else _from_environment()
    if named is None:
        return DEFAULT_FILE if DEFAULT_FILE.is_file() else None
    if not named.is_file():
        by = "--config" if config is not None else CONFIG_VARIABLE
        raise Ending(Exit.CONFIG, f"{by} names {named}, which is not a file; copy config.example.toml to it.")
    return named


def _from_environment() -> Path | None:
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        reason = f"{file} is not TOML: {error}; texts stand in quotes, sections in brackets."
    except UnicodeDecodeError as error:
        reason = f"{file} is not UTF-8 (byte {error.start}); save it as UTF-8."
    except OSError as error:
        reason = f"{file} cannot be read: {error.strerror}; let the bot's user read it."
    raise Ending(Exit.CONFIG, reason)


def _check_private(file: Path, written: Mapping[str, Any]) -> None:
    """Do nothing unless a secret stands in a file that others may read.

    Raises:
        Ending: one does.
    """
    named = [f"{section}.{key}" for section, key in SECRETS if _is_written(written.get(section), key)]
    mode = stat.S_IMODE(file.stat().st_mode)
    if named and mode & (stat.S_IRWXG | stat.S_IRWXO):
        why = f"{named[0]} (in {file}): others may read the file (mode {mode:04o})"
        raise Ending(Exit.CONFIG, f"{why}; run: chmod 600 {file}, or better keep it in {named[0]}_file.")


def _is_written(section: Any, key: str) -> bool:
    return isinstance(section, dict) and bool(section.get(key))


class _Environment(EnvSettingsSource):
    """Variables such as `ORCHARD_POOL__LANGS`; lists with commas, empty ones as if they were not there."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls, case_sensitive=False, env_ignore_empty=True)

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            # What is not JSON is judged by the setting's own type, which names the key when it is wrong.
            return value


def variable(path: str) -> str:
    """Return the environment variable that sets the key at a dotted path."""
    return PREFIX + path.replace(".", NESTED).upper()


def known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield the dotted path and field of each setting, sections left out, in the order of the file."""
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from known_keys(annotation, f"{prefix}{name}.")
        else:
            yield prefix + name, field


def _is_stranger(name: str) -> bool:
    """Whether a variable looks like a setting of ours and belongs to no section.

    Other variables may begin with our prefix too (container platforms make such), so only nested names count.
    """
    upper = name.upper()
    if not upper.startswith(PREFIX) or NESTED not in upper:
        return False
    section = upper.removeprefix(PREFIX).split(NESTED)[0].lower()
    return section not in Settings.model_fields


def _stranger(name: str) -> str:
    path = name.upper().removeprefix(PREFIX).replace(NESTED, ".").lower()
    near = _nearest(path)
    return f"{name}: there is no such setting" + (f"; did you mean {variable(near)}?" if near else ".")


def _sentence(error: ErrorDetails, file: Path | None) -> str:
    """Return what is wrong at which key and what to write instead; never what was written."""
    path = ".".join(str(part) for part in error["loc"] if part != "[key]")
    where = _origin(path, file)
    if error["type"] == "extra_forbidden":
        near = _nearest(path)
        return f"{path}{where}: there is no such setting" + (f"; did you mean {near}?" if near else ".")
    return f"{path}{where}: {_remedy(error)}."


def _origin(path: str, file: Path | None) -> str:
    wanted = variable(path)
    for name in os.environ:
        if name.upper() == wanted:
            return f" (from {name})"
    return f" (in {file})" if file is not None else ""


def _nearest(path: str) -> str | None:
    keys = [key for key, _field in known_keys()]
    close = get_close_matches(path, keys, n=1, cutoff=0.75)
    if close:
        return close[0]
    # The right key in the wrong section.
    last = path.rsplit(".", 1)[-1]
    same = [key for key in keys if get_close_matches(last, [key.rsplit(".", 1)[-1]], n=1, cutoff=0.85)]
    return same[0] if len(same) == 1 else None


_EXACT = {
    "value_error": "{error}",
    "greater_than_equal": "too small; give at least {ge}",
    "less_than_equal": "too large; give at most {le}",
    "literal_error": "give one of {expected}",
    "enum": "give one of {expected}",
    "string_pattern_mismatch": "the text does not fit the pattern {pattern}",
    "too_short": "it is empty; give at least one",
    "string_too_short": "it is empty; give at least one character",
    "string_too_long": "too long; give at most {max_length} characters",
    "finite_number": "give a finite number",
}
"""What to write instead, by pydantic's name of the error, with the facts it knows."""

_BEGINNINGS = {
    "bool": "give true or false",
    "int": "give a whole number",
    "float": "give a number",
    "time_delta": "give a number of seconds",
    "string": "give a text in quotes",
    "path": "give a path in quotes",
    "tuple": 'give a list such as ["en", "de"]',
    "dict": "give a section of keys and values",
    "model": "give a section: a line with its name in brackets, then its keys",
}
"""The same for errors of types, by how their names begin."""


def _remedy(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind in _EXACT:
        return _EXACT[kind].format_map(error.get("ctx", {}))
    remedies = [remedy for beginning, remedy in _BEGINNINGS.items() if kind.startswith(beginning)]
    return remedies[0] if remedies else error["msg"]
