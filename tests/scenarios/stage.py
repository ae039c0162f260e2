"""A stage on which a scene is played: people who use the bot, and what they and the store came to."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from simcord.components import walk_components

from cogs.parts.ids import decode
from storage.schema import metadata

if TYPE_CHECKING:
    from tests.cogs.conftest import House

BUTTON, SELECT, TEXT_DISPLAY = 2, 3, 10
_DISCORD_ID = re.compile(r"(?<!\d)\d{15,20}(?!\d)")


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in one message: words, controls, files by name."""

    text: str
    parts: list[dict[str, Any]]
    files: dict[str, str]
    message: Any

    @classmethod
    def of(cls, message: Any, content: str, components: list[dict[str, Any]], files: dict[str, str]) -> Seen:
        parts = list(walk_components(components))
        words = [part["content"] for part in parts if part["type"] == TEXT_DISPLAY]
        return cls("\n".join([content, *words]).strip(), parts, files, message)

    def controls(self, action: str | None = None) -> list[dict[str, Any]]:
        found = [part for part in self.parts if part["type"] in {BUTTON, SELECT} and part.get("custom_id")]
        return [part for part in found if action is None or decode(part["custom_id"]).action == action]

    @property
    def actions(self) -> list[str]:
        return [decode(part["custom_id"]).action for part in self.controls()]

    def args(self, action: str) -> list[tuple[str, ...]]:
        return [decode(part["custom_id"]).args for part in self.controls(action)]

    def custom_id(self, action: str, *args: str) -> str:
        """The custom id of the one control of an action whose arguments hold these."""
        [found] = [part for part in self.controls(action) if set(args) <= set(decode(part["custom_id"]).args)]
        return str(found["custom_id"])

    def as_lines(self) -> list[Any]:
        """What a person could tell apart: words, and of each control its ticket, label, look and choices."""
        controls = [
            [part["custom_id"], part.get("label"), part.get("style"), bool(part.get("disabled")), _choices(part)]
            for part in self.controls()
        ]
        return [self.text, controls, sorted(self.files.items())]


class Came(NamedTuple):
    """What came of a deed: a message, or a form (Discord's payload of it)."""

    seen: Seen | None
    form: dict[str, Any] | None


class Actor(ABC):
    """Somebody who uses the bot; what they see is written into the stage's transcript."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage, self.name = stage, name
        self.card: Seen | None = None
        self._form: dict[str, Any] | None = None

    @property
    def form(self) -> dict[str, Any]:
        """The form that is open."""
        assert self._form is not None, "no form was opened"
        return self._form

    @property
    def prefilled(self) -> dict[str, str]:
        """What stands in the open form's text fields."""
        parts = walk_components(self.form["components"])
        return {part["custom_id"]: part.get("value") or "" for part in parts if part["type"] == 4}

    async def slash(self, name: str, /, **options: Any) -> Seen:
        return self._saw(f"/{name}", await self._slash(name, options))

    async def press(self, action: str, *args: str, on: Seen | None = None) -> Seen:
        card = self._on(on)
        return self._saw(f"press {action}", await self._press(card, card.custom_id(action, *args)))

    async def select(self, action: str, *values: str, on: Seen | None = None) -> Seen:
        card = self._on(on)
        return self._saw(f"select {action}", await self._select(card, card.custom_id(action), list(values)))

    async def submit(self, values: dict[str, Any], *, named: str | None = None) -> Seen:
        """Send the open form; with `named`, under another custom id than it has, as a changed client could."""
        assert self.form
        return self._saw("submit", await self._submit(values, named))

    async def join(self, *langs: str) -> Seen:
        await self.slash("task")
        await self.press("agree")
        await self.select("langs", *(langs or ("en",)))
        return await self.press("begin")

    async def write(self, text: str) -> Seen:
        await self.press("write")
        return await self.submit({"text": text})

    def _on(self, card: Seen | None) -> Seen:
        found = card or self.card
        assert found is not None
        return found

    def _saw(self, deed: str, came: Came) -> Seen:
        if came.form is not None:
            self._form = came.form
            told: Any = [came.form["title"], [_field(part) for part in walk_components(came.form["components"])]]
        else:
            assert came.seen is not None, f"nothing came of {deed}"
            self.card, told = came.seen, came.seen.as_lines()
        self.stage.transcript.append([self.name, deed, told])
        assert self.card is not None
        return self.card

    @abstractmethod
    async def _slash(self, name: str, options: dict[str, Any]) -> Came: ...

    @abstractmethod
    async def _press(self, card: Seen, custom_id: str) -> Came: ...

    @abstractmethod
    async def _select(self, card: Seen, custom_id: str, values: list[str]) -> Came: ...

    @abstractmethod
    async def _submit(self, values: dict[str, Any], named: str | None) -> Came: ...


@dataclass
class Stage(ABC):
    """One world with the bot in it, on a real store."""

    house: House
    transcript: list[Any] = field(default_factory=list)

    @abstractmethod
    def person(self, locale: str = "en-US") -> Actor: ...

    @abstractmethod
    def moderator(self, locale: str = "en-US") -> Actor:
        """Somebody who may manage the server."""

    @abstractmethod
    async def restart(self) -> None: ...

    @abstractmethod
    async def at_rest(self) -> None:
        """Wait until the bot has finished what it was asked."""

    async def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        return await self.house.rows(table, **where)

    async def outcome(self) -> tuple[list[Any], dict[str, list[str]]]:
        """What everybody saw, and every row of every table; ids of Discord's are the world's own and left out."""
        await self.at_rest()
        tables = {}
        for name in metadata.tables:
            tables[name] = [_plain(row) for row in await self.rows(name)]
        return json.loads(_plain(self.transcript)), tables


def _plain(value: Any) -> str:
    return _DISCORD_ID.sub("<id>", json.dumps(value, default=str, sort_keys=True, ensure_ascii=False))


def _field(part: dict[str, Any]) -> list[Any]:
    told = ("type", "label", "description", "content", "custom_id", "value", "required", "min_length", "max_length")
    return [*(part.get(key) for key in told), _choices(part)]


def _choices(part: dict[str, Any]) -> list[Any]:
    return [[each["label"], each["value"], bool(each.get("default"))] for each in part.get("options") or []]
