"""Routes of interactions: the callback, follow-ups, and the messages behind a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.discord.interactions import DEFER, REPLY, UPDATE, Interaction
from simulation.discord.refusals import unknown
from simulation.discord.rest import Call, route

if TYPE_CHECKING:
    from simulation.discord.snowflakes import Json
    from simulation.discord.world import World

HOOK = "/webhooks/{app}/{token}"
ONE = HOOK + "/messages/{message}"


@route("POST", "/interactions/{interaction}/{token}/callback")
def callback(world: World, call: Call) -> Json | None:
    """The first answer; the person sees it once this request is answered."""
    params = call.params
    one = world.interactions.callback(params["interaction"], params["token"], call.form(), call.uploads)
    call.after.append(one.reveal)
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return None
    about: Json = {"id": one.id, "type": one.kind}
    out: Json = {"interaction": about}
    if one.original is not None:
        about |= {
            "response_message_id": one.original.id,
            "response_message_loading": one.callback == DEFER,
            "response_message_ephemeral": one.original.only_for is not None,
        }
    if one.original is not None and one.callback in (REPLY, UPDATE):
        out["resource"] = {"type": one.callback, "message": one.original.payload}
    return out


@route("POST", HOOK)
def follow_up(world: World, call: Call) -> Json:
    """A further message."""
    return world.interactions.follow_up(_interaction(world, call), call.form(), call.uploads).payload


@route("GET", ONE)
def get_message(world: World, call: Call) -> Json:
    """A message of the interaction."""
    return world.interactions.find(_interaction(world, call), call.params["message"]).payload


@route("PATCH", ONE)
def edit_message(world: World, call: Call) -> Json:
    """Edit a message of the interaction."""
    one = _interaction(world, call)
    record = world.interactions.find(one, call.params["message"])
    return world.interactions.edit(one, record, call.form(), call.uploads).payload


@route("DELETE", ONE)
def delete_message(world: World, call: Call) -> None:
    """Delete a message of the interaction."""
    one = _interaction(world, call)
    record = world.interactions.find(one, call.params["message"])
    world.messages.delete(record)
    one.resolve(record)


def _interaction(world: World, call: Call) -> Interaction:
    if call.params["app"] != world.bot.id:
        raise unknown("Webhook")
    return world.interactions.by_token(call.params["token"])
