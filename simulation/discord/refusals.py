"""How Discord says no: HTTP status, JSON error code, and the path to what was wrong."""

from collections.abc import Iterable
from typing import NamedTuple

from simulation.discord.snowflakes import Json

INVALID_FORM = 50035


class Problem(NamedTuple):
    """One thing wrong with a body: where it stands, Discord's code for it, and words."""

    path: tuple[str | int, ...]
    code: str
    message: str


class ApiRefusal(Exception):
    """An answer of the REST interface with a status of 4xx."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.body: Json = {"message": message, "code": code}
        if errors is not None:
            self.body["errors"] = errors


UNKNOWN = {
    "Application Command": 10063,
    "Channel": 10003,
    "Emoji": 10014,
    "Guild": 10004,
    "Interaction": 10062,
    "Member": 10007,
    "Message": 10008,
    "Role": 10011,
    "User": 10013,
    "Webhook": 10015,
}


def unknown(thing: str) -> ApiRefusal:
    """404 for a thing that is not, or is no longer, there; `thing` is a key of `UNKNOWN`."""
    return ApiRefusal(404, UNKNOWN[thing], "Unknown interaction" if thing == "Interaction" else f"Unknown {thing}")


def no_permission() -> ApiRefusal:
    """403 for a deed the bot's roles do not allow."""
    return ApiRefusal(403, 50013, "Missing Permissions")


def invalid(problems: Iterable[Problem]) -> ApiRefusal:
    """400 with code 50035 and Discord's nested tree of errors."""
    tree: Json = {}
    for problem in problems:
        node = tree
        for step in problem.path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": problem.code, "message": problem.message})
    return ApiRefusal(400, INVALID_FORM, "Invalid Form Body", tree)
