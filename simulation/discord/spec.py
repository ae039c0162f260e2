"""Check the bot's requests and the stand-in's answers against Discord's own OpenAPI document."""

from __future__ import annotations

import copy
import functools
import importlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simulation.discord.snowflakes import Json

PERMISSION_BITS = {"permissions", "allow", "deny", "default_member_permissions"}


@dataclass(frozen=True, slots=True)
class Violation:
    """Where a request or an answer is not as the document says; `at` is a JSON pointer."""

    operation: str
    at: str
    words: str


def find_document() -> Path | None:
    """Discord's document: `DISCORD_OPENAPI`, or where it lies beside the repository; None when it is not at hand."""
    named = os.environ.get("DISCORD_OPENAPI")
    root = Path(__file__).resolve().parents[2]
    shared = Path(os.environ.get("ORCHARD_SHARED") or root.parent / "shared")
    places = [Path(named)] if named else [shared / "data" / "discord-openapi.json"]
    return next((place for place in places if place.is_file()), None)


class Spec:
    """Discord's document, compiled one operation at a time.

    Two relaxations for requests, both legal traffic: snowflakes as integers, permission bits as strings. Needs
    `jsonschema-rs`, a development dependency, when something is checked.
    """

    def __init__(self, document: Path) -> None:
        self._answers: Json = json.loads(document.read_bytes())
        self._requests = _relaxed(copy.deepcopy(self._answers))
        self._routes: list[tuple[re.Pattern[str], str]] = []
        for template in sorted(self._answers["paths"], key=lambda path: path.count("{")):
            pattern = re.sub(r"\\{[^/]+?\\}", "[^/]+", re.escape(template))
            self._routes.append((re.compile(f"^{pattern}$"), template))

    def template(self, method: str, path: str) -> str | None:
        """The path template of an operation the document knows."""
        verb = method.lower()
        for pattern, template in self._routes:
            if verb in self._answers["paths"][template] and pattern.match(path):
                return template
        return None

    def check_request(self, method: str, path: str, body: Any, query: Iterable[str] = ()) -> list[Violation]:
        """What is wrong with a request of the bot (`path` without /api/v10, `query` the names used)."""
        template = self.template(method, path)
        if template is None:
            return [Violation(f"{method} {path}", "", "the document knows no such operation")]
        name, operation = self._operation(method, template)
        out: list[Violation] = []
        content = (operation.get("requestBody") or {}).get("content") or {}
        if body is None:
            if (operation.get("requestBody") or {}).get("required"):
                out.append(Violation(name, "", "a body is required"))
        elif not content:
            out.append(Violation(name, "", "this operation takes no body"))
        else:
            media = "application/json" if "application/json" in content else next(iter(content))
            out += self._check(name, ("requestBody", "content", media), body, answers=False)
        item = self._answers["paths"][template]
        known = {p["name"] for p in [*item.get("parameters", []), *operation.get("parameters", [])]}
        return out + [Violation(name, f"?{key}", "unknown query parameter") for key in query if key not in known]

    def check_answer(self, method: str, path: str, status: int, answer: Any) -> list[Violation]:
        """What is wrong with what the stand-in said."""
        template = self.template(method, path)
        if template is None:
            return [Violation(f"{method} {path}", "", "the document knows no such operation")]
        name, operation = self._operation(method, template)
        key = "4XX" if 400 <= status < 500 and str(status) not in operation["responses"] else str(status)
        response = operation["responses"].get(key)
        if response is None:
            return [Violation(name, "", f"the document knows no status {status}")]
        if answer is None:
            return [] if status == 204 else [Violation(name, "", "an answer is required")]
        if "$ref" in response or "application/json" not in (response.get("content") or {}):
            return []
        return list(self._check(name, ("responses", key, "content", "application/json"), answer, answers=True))

    def _operation(self, method: str, template: str) -> tuple[str, Json]:
        return f"{method} {template}", self._answers["paths"][template][method.lower()]

    def _check(self, name: str, where: tuple[str, ...], value: Any, *, answers: bool) -> Iterator[Violation]:
        validator = self._validator(name, where, answers)
        if validator.is_valid(value):
            return
        seen: set[tuple[str, str]] = set()
        for error in validator.iter_errors(value):
            for at, words in _leaves(error):
                if (at, words) not in seen:
                    seen.add((at, words))
                    yield Violation(name, at, words)

    @functools.cache  # noqa: B019  a spec lives as long as the checks that use it
    def _validator(self, name: str, where: tuple[str, ...], answers: bool) -> Any:  # noqa: FBT001  part of the key
        rs = importlib.import_module("jsonschema_rs")
        document = self._answers if answers else self._requests
        method, template = name.split(" ", 1)
        node = document["paths"][template][method.lower()]
        for step in where:
            node = node[step]
        return rs.Draft202012Validator({"components": document["components"], "allOf": [node["schema"]]})


def _relaxed(document: Json) -> Json:
    schemas = document["components"]["schemas"]
    schemas["SnowflakeType"] = {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for value in node:
                walk(value)
        elif isinstance(node, dict):
            properties: Any = node.get("properties")
            for name, sub in properties.items() if isinstance(properties, dict) else ():
                if name in PERMISSION_BITS and "integer" in str(sub.get("type")):
                    properties[name] = {"anyOf": [sub, {"type": "string", "pattern": "^[0-9]+$"}]}
            for value in node.values():
                walk(value)

    walk(document)
    return document


def _leaves(error: Any) -> Iterator[tuple[str, str]]:
    """The errors of the branch that was meant, instead of "not valid under any of the given schemas"."""
    branches = getattr(error.kind, "context", None)
    if not branches:
        yield "/" + "/".join(map(str, error.instance_path)), error.message[:300]
        return
    meant = [branch for branch in branches if not _other_kind(error, branch)]
    for sub in min(meant or branches, key=lambda branch: sum(1 for each in branch for _ in _leaves(each))):
        yield from _leaves(sub)


def _other_kind(error: Any, branch: Iterable[Any]) -> bool:
    """Whether a branch was for something else: the value's JSON type, or its field `type`, does not fit."""
    here = len(error.instance_path)
    return any(
        each.kind.name in ("type", "enum", "const") and list(each.instance_path)[here:] in ([], ["type"])
        for each in branch
    )
