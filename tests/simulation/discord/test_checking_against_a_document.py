"""A document of routes finds what is wrong with a request or an answer, and where."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulation.discord.snowflakes import Json
from simulation.discord.spec import Spec, find_document
from tests.simulation.discord.by_hand import scene


def content(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def thing(kind: int, **properties: Json) -> Json:
    fields = {"type": {"type": "integer", "enum": [kind]}, **properties}
    return {"type": "object", "required": list(fields), "properties": fields}


DOCUMENT: Json = {
    "openapi": "3.1.0",
    "paths": {
        "/rooms/{room}": {
            "parameters": [{"name": "room", "in": "path"}],
            "get": {
                "parameters": [{"name": "limit", "in": "query"}],
                "responses": {"200": content(ref("Room")), "4XX": content(ref("Refusal"))},
            },
            "delete": {"responses": {"204": {"description": "gone"}}},
            "patch": {
                "requestBody": {"required": True, **content(ref("Room"))},
                "responses": {"200": content(ref("Room")), "429": {"$ref": "#/components/responses/Limited"}},
            },
        },
        "/rooms/@me": {"get": {"responses": {"200": content({"type": "array", "items": ref("Room")})}}},
        "/rooms/{room}/parts": {
            "put": {
                "requestBody": {"content": {"multipart/form-data": {"schema": ref("Part")}}},
                "responses": {"200": {"content": {"text/plain": {}}}},
            },
        },
    },
    "components": {
        "schemas": {
            "SnowflakeType": {"type": "string", "pattern": "^[0-9]+$"},
            "Refusal": {"type": "object", "required": ["code"], "properties": {"code": {"type": "integer"}}},
            "Room": {
                "type": "object",
                "properties": {
                    "id": ref("SnowflakeType"),
                    "permissions": {"type": ["integer", "null"]},
                    "name": {"type": "string", "maxLength": 5},
                },
            },
            "Part": {
                "anyOf": [
                    thing(1, label={"type": "string", "maxLength": 3}, style={"type": "integer"}),
                    thing(2, content={"type": "string", "minLength": 1}),
                ]
            },
        },
    },
}


@pytest.fixture
def small(tmp_path: Path) -> Spec:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return Spec(path)


def test_a_word_in_the_path_wins_over_a_parameter_and_an_unknown_route_is_none(small: Spec) -> None:
    assert small.template("GET", "/rooms/@me") == "/rooms/@me"
    assert small.template("GET", "/rooms/5") == "/rooms/{room}"
    assert small.template("POST", "/rooms/5") is None
    assert small.template("GET", "/rooms/5/6/7") is None


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "found"),
    [
        ("GET", "/rooms/1", None, ["limit"], []),
        ("GET", "/rooms/1", None, ["room", "colour"], [("?colour", "unknown query parameter")]),
        ("GET", "/halls/1", None, [], [("", "the document knows no such operation")]),
        ("GET", "/rooms/1", {"name": "x"}, [], [("", "this operation takes no body")]),
        ("PATCH", "/rooms/1", None, [], [("", "a body is required")]),
        ("PATCH", "/rooms/1", {"name": "hall"}, [], []),
    ],
    ids=["known query", "unknown query", "unknown route", "no body taken", "body missing", "fits"],
)
def test_a_request_is_checked_for_route_query_and_presence_of_a_body(
    small: Spec, method: str, path: str, body: Any, query: list[str], found: list[tuple[str, str]]
) -> None:
    violations = small.check_request(method, path, body, query)
    assert [(violation.at, violation.words) for violation in violations] == found


def test_a_violation_names_the_operation_and_the_place(small: Spec) -> None:
    violations = small.check_request("PATCH", "/rooms/1", {"name": "a long name", "id": "x"})
    assert {violation.at for violation in violations} == {"/name", "/id"}
    assert {violation.operation for violation in violations} == {"PATCH /rooms/{room}"}


def test_a_request_may_write_snowflakes_as_numbers_and_permissions_as_text_an_answer_may_not(small: Spec) -> None:
    body = {"id": 5, "permissions": "2048"}
    assert small.check_request("PATCH", "/rooms/1", body) == []
    assert {violation.at for violation in small.check_answer("PATCH", "/rooms/1", 200, body)} == {"/id", "/permissions"}
    assert small.check_request("PATCH", "/rooms/1", {"permissions": "all"}) != []


def test_among_alternatives_the_one_that_was_meant_is_complained_about(small: Spec) -> None:
    path = "/rooms/1/parts"
    assert small.check_request("PUT", path, {"type": 2, "content": "x"}) == []
    long = {"type": 1, "label": "long", "style": 1}
    assert [violation.at for violation in small.check_request("PUT", path, long)] == ["/label"]
    empty = {"type": 2, "content": ""}
    assert [violation.at for violation in small.check_request("PUT", path, empty)] == ["/content"]
    assert small.check_request("PUT", path, {"type": 3}) != []
    # Even where another alternative would have fewer complaints.
    worse = {"type": 1, "label": "long", "style": "bold", "content": "x"}
    assert {violation.at for violation in small.check_request("PUT", path, worse)} == {"/label", "/style"}


@pytest.mark.parametrize(
    ("method", "path", "status", "answer", "words"),
    [
        ("GET", "/rooms/1", 200, {"id": "5"}, None),
        ("GET", "/rooms/@me", 200, [{"id": "5"}], None),
        ("GET", "/rooms/1", 404, {"code": 10003}, None),
        ("PATCH", "/rooms/1", 429, {"whatever": 1}, None),
        ("PUT", "/rooms/1/parts", 200, {"whatever": 1}, None),
        ("DELETE", "/rooms/1", 204, None, None),
        ("GET", "/rooms/1", 404, {}, "code"),
        ("GET", "/rooms/1", 200, None, "an answer is required"),
        ("DELETE", "/rooms/1", 200, {}, "no status 200"),
        ("PATCH", "/rooms/1", 500, {}, "no status 500"),
        ("GET", "/halls", 200, {}, "no such operation"),
    ],
)
def test_an_answer_is_checked_by_its_status(
    small: Spec, method: str, path: str, status: int, answer: Any, words: str | None
) -> None:
    violations = small.check_answer(method, path, status, answer)
    if words is None:
        assert violations == []
    else:
        assert [words in violation.words for violation in violations] == [True]


def test_the_document_is_the_one_that_is_named_or_lies_with_the_shared_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, shared = tmp_path / "named.json", tmp_path / "shared" / "data" / "discord-openapi.json"
    monkeypatch.setenv("DISCORD_OPENAPI", str(named))
    monkeypatch.setenv("ORCHARD_SHARED", str(tmp_path / "shared"))
    shared.parent.mkdir(parents=True)
    shared.write_text("{}")
    assert find_document() is None
    named.write_text("{}")
    assert find_document() == named
    monkeypatch.delenv("DISCORD_OPENAPI")
    assert find_document() == shared


async def test_a_strict_stand_in_refuses_what_the_document_does_not_allow_a_lenient_one_notes_it(
    tmp_path: Path,
) -> None:
    paths = {
        "/channels/{channel}/typing": {"post": {"responses": {"204": {"description": "shown"}}}},
        "/gateway": {"get": {"responses": {"200": content(thing(1))}}},
    }
    (tmp_path / "openapi.json").write_text(json.dumps({**DOCUMENT, "paths": paths}))
    document = Spec(tmp_path / "openapi.json")
    for strict in (True, False):
        async with scene(spec=document, strict=strict) as s:
            typing = f"/channels/{s.channel.id}/typing"
            assert (await s.ask("POST", typing))[0] == 204
            assert s.world.violations == []
            status, answer = await s.ask("POST", typing, {"loud": True})
            assert (status, strict and answer["code"]) == ((400, 50035) if strict else (204, False))
            assert [one.words for one in s.world.violations] == ["this operation takes no body"]
            # What the stand-in itself says is checked by the same document, and said all the same.
            assert (await s.ask("GET", "/gateway"))[0] == 200
            assert s.world.violations[-1].operation == "GET /gateway"
