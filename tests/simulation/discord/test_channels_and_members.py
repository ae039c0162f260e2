"""What a bot may do with channels, threads, roles and members, and with which code it is refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from simulation.discord.permissions import BOT_DEFAULT, EVERYTHING, MEMBER_DEFAULT, Permission
from tests.simulation.discord.by_hand import Scene, scene


@pytest.fixture
async def s() -> AsyncIterator[Scene]:
    async with scene() as opened:
        yield opened


def withhold(s: Scene, *permissions: Permission) -> None:
    """Take permissions from the bot and from everybody."""
    for role in s.guild.roles.values():
        for permission in permissions:
            role.permissions &= ~permission


async def open_thread(s: Scene, **body: Any) -> str:
    thread = await s.done("POST", f"/channels/{s.channel.id}/threads", {"name": "room", **body})
    return str(thread["id"])


async def test_a_channel_is_made_in_a_category_and_only_for_those_its_overwrites_let_in(s: Scene) -> None:
    path = f"/guilds/{s.guild.id}/channels"
    category = await s.done("POST", path, {"name": "Work", "type": 4})
    hide = {"id": s.guild.id, "type": 0, "deny": str(int(Permission.VIEW_CHANNEL))}
    allow = {"id": s.world.bot.id, "type": 1, "allow": str(int(Permission.VIEW_CHANNEL))}
    body = {"name": "mods", "parent_id": category["id"], "topic": "Quiet", "permission_overwrites": [hide, allow]}
    made = await s.done("POST", path, body)
    assert (made["parent_id"], made["topic"]) == (category["id"], "Quiet")
    await s.done("POST", f"/channels/{made['id']}/messages", {"content": "for moderators"})
    assert s.ada.feed() == []
    assert await s.refused("POST", f"/channels/{category['id']}/messages", {"content": "x"}) == 50008
    await s.done("PATCH", f"/channels/{made['id']}", {"permission_overwrites": [{"id": s.ada.id, "allow": 1 << 10}]})
    assert [message.text for message in s.ada.feed()] == ["for moderators"]


@pytest.mark.parametrize(
    ("body", "code"), [({"name": "voice", "type": 2}, 50035), ({"name": "n" * 101}, 50035), ({}, 50035)]
)
async def test_a_channel_of_another_kind_or_without_a_fitting_name_is_not_made(s: Scene, body: Any, code: int) -> None:
    assert await s.refused("POST", f"/guilds/{s.guild.id}/channels", body) == code
    assert [channel["name"] for channel in await s.done("GET", f"/guilds/{s.guild.id}/channels")] == ["tasks"]


async def test_without_the_permission_channels_are_neither_made_changed_nor_deleted(s: Scene) -> None:
    withhold(s, Permission.MANAGE_CHANNELS)
    one = f"/channels/{s.channel.id}"
    assert await s.refused("POST", f"/guilds/{s.guild.id}/channels", {"name": "new"}) == 50013
    assert await s.refused("PATCH", one, {"name": "new"}) == 50013
    assert await s.refused("DELETE", one) == 50013
    assert (await s.done("GET", one))["name"] == "tasks"


async def test_a_deleted_channel_takes_its_messages_with_it_a_dm_is_only_closed(s: Scene) -> None:
    for channel in (s.channel, s.ada.dm):
        s.post({"content": f"in {channel.name or 'the DM'}"}, channel)
    await s.done("PATCH", f"/channels/{s.channel.id}", {"name": "renamed", "nsfw": True})
    assert (await s.done("DELETE", f"/channels/{s.channel.id}"))["name"] == "renamed"
    await s.done("DELETE", f"/channels/{s.ada.dm.id}")
    assert await s.refused("GET", f"/channels/{s.channel.id}") == 10003
    assert [message.text for message in s.ada.feed()] == ["in the DM"]
    assert await s.refused("PATCH", f"/channels/{s.ada.dm.id}", {"name": "ours"}) == 50013


async def test_a_thread_is_private_unless_it_says_otherwise(s: Scene) -> None:
    private, public = await open_thread(s), await open_thread(s, type=11)
    for thread in (private, public):
        await s.done("POST", f"/channels/{thread}/messages", {"content": thread})
    assert [message.text for message in s.ada.feed()] == [public]
    await s.done("PUT", f"/channels/{private}/thread-members/{s.ada.id}")
    assert {message.text for message in s.ada.feed()} == {private, public}


@pytest.mark.parametrize(
    "body", [{"name": "t", "type": 5}, {"name": "t", "auto_archive_duration": 61}, {"name": ""}, {}]
)
async def test_a_thread_that_does_not_fit_is_not_opened(s: Scene, body: Any) -> None:
    assert await s.refused("POST", f"/channels/{s.channel.id}/threads", body) == 50035
    assert (await s.done("GET", f"/guilds/{s.guild.id}/threads/active"))["threads"] == []


async def test_a_message_has_one_thread_and_a_dm_has_none(s: Scene) -> None:
    posted = await s.done("POST", f"/channels/{s.channel.id}/messages", {"content": "about this"})
    path = f"/channels/{s.channel.id}/messages/{posted['id']}"
    thread = await s.done("POST", f"{path}/threads", {"name": "room", "auto_archive_duration": 60})
    assert thread["thread_metadata"]["auto_archive_duration"] == 60
    assert (await s.done("GET", path))["thread"]["id"] == thread["id"]
    assert await s.refused("POST", f"{path}/threads", {"name": "another"}) == 160004
    assert await s.refused("POST", f"/channels/{s.ada.dm.id}/threads", {"name": "ours"}) == 50013


async def test_threads_need_the_permission_of_their_kind(s: Scene) -> None:
    withhold(s, Permission.CREATE_PRIVATE_THREADS)
    path = f"/channels/{s.channel.id}/threads"
    assert await s.refused("POST", path, {"name": "room", "type": 12}) == 50013
    await s.done("POST", path, {"name": "room", "type": 11})


async def test_into_a_thread_comes_only_who_sees_the_channel_above_it(s: Scene) -> None:
    thread = await open_thread(s)
    stranger = s.world.add_person("Stranger")
    members = f"/channels/{thread}/thread-members"
    assert await s.refused("PUT", f"{members}/{stranger.id}") == 50001
    assert await s.refused("PUT", f"/channels/{s.channel.id}/thread-members/{s.ada.id}") == 50001
    assert await s.refused("PUT", f"{members}/1") == 10013
    assert await s.refused("GET", f"{members}/{s.ada.id}") == 10007
    await s.done("PUT", f"{members}/{s.ada.id}")
    assert (await s.done("GET", f"{members}/{s.ada.id}"))["user_id"] == s.ada.id


async def test_without_managing_threads_the_bot_takes_out_itself_alone_and_edits_its_own(s: Scene) -> None:
    thread = await open_thread(s)
    members = f"/channels/{thread}/thread-members"
    await s.done("PUT", f"{members}/{s.ada.id}")
    withhold(s, Permission.MANAGE_THREADS)
    assert await s.refused("DELETE", f"{members}/{s.ada.id}") == 50013
    assert (await s.done("PATCH", f"/channels/{thread}", {"name": "mine"}))["name"] == "mine"
    assert await s.refused("DELETE", f"/channels/{thread}") == 50013
    await s.done("DELETE", f"{members}/@me")
    assert await s.refused("GET", f"/channels/{thread}") == 50001


async def test_a_message_opens_an_archived_thread_again_but_a_locked_one_needs_its_manager(s: Scene) -> None:
    thread = await open_thread(s, type=11)
    one, messages = f"/channels/{thread}", f"/channels/{thread}/messages"
    await s.done("PATCH", one, {"archived": True})
    assert (await s.done("GET", f"/guilds/{s.guild.id}/threads/active"))["threads"] == []
    await s.done("POST", messages, {"content": "awake"})
    assert not (await s.done("GET", one))["thread_metadata"]["archived"]
    await s.done("PATCH", one, {"locked": True})
    await s.done("POST", messages, {"content": "the manager may"})
    withhold(s, Permission.MANAGE_THREADS)
    assert await s.refused("POST", messages, {"content": "x"}) == 160005


async def test_members_come_by_id_page_by_page(s: Scene) -> None:
    for name in ("Bea", "Cem"):
        s.world.add_person(name, guilds=[s.guild])
    path, seen, after = f"/guilds/{s.guild.id}/members", [], "0"
    while page := await s.done("GET", path, limit="2", after=after):
        assert len(page) <= 2
        seen += [member["user"]["id"] for member in page]
        after = seen[-1]
    assert seen == sorted(s.guild.members, key=int)
    for limit in ("0", "1001", "many"):
        assert await s.refused("GET", path, limit=limit) == 50035


async def test_a_role_opens_a_command_and_taking_it_closes_it(s: Scene) -> None:
    role = await s.done("POST", f"/guilds/{s.guild.id}/roles", {})
    assert (role["name"], role["permissions"]) == ("new role", "0")
    one = f"/guilds/{s.guild.id}/members/{s.ada.id}"
    for _ in range(2):
        await s.done("PUT", f"{one}/roles/{role['id']}")
        assert (await s.done("GET", one))["roles"] == [role["id"]]
    for _ in range(2):
        await s.done("DELETE", f"{one}/roles/{role['id']}")
        assert (await s.done("GET", one))["roles"] == []
    assert (await s.done("PATCH", one, {"roles": [role["id"]], "nick": "A"}))["roles"] == [role["id"]]
    await s.done("PATCH", one, {"roles": None, "nick": None})
    member = await s.done("GET", one)
    assert (member["roles"], member["nick"]) == ([], None)


async def test_a_bot_gives_no_rights_it_does_not_hold(s: Scene) -> None:
    roles, one = f"/guilds/{s.guild.id}/roles", f"/guilds/{s.guild.id}/members/{s.ada.id}"
    own = next(role for role in s.guild.roles.values() if role.managed)
    assert await s.refused("POST", roles, {"permissions": str(int(Permission.ADMINISTRATOR))}) == 50013
    assert await s.refused("POST", roles, {"name": "n" * 101}) == 50035
    assert await s.refused("PUT", f"{one}/roles/{own.id}") == 50013
    assert await s.refused("PUT", f"{one}/roles/1") == 10011
    assert await s.refused("GET", f"{roles}/1") == 10011
    assert await s.refused("PATCH", one, {"communication_disabled_until": "2030-01-01T00:00:00+00:00"}) == 50013
    withhold(s, Permission.MANAGE_ROLES)
    role = s.guild.add_role("writer")
    assert await s.refused("POST", roles, {"name": "x"}) == 50013
    assert await s.refused("PUT", f"{one}/roles/{role.id}") == 50013
    assert await s.refused("PATCH", one, {"roles": [role.id]}) == 50013


async def test_a_moderating_bot_times_somebody_out(s: Scene) -> None:
    guild = s.world.add_guild("Moderated", bot_permissions=BOT_DEFAULT | Permission.MODERATE_MEMBERS)
    s.ada.join(guild)
    until = "2030-01-01T00:00:00+00:00"
    path = f"/guilds/{guild.id}/members/{s.ada.id}"
    await s.done("PATCH", path, {"communication_disabled_until": until})
    assert (await s.done("GET", path))["communication_disabled_until"] == until
    s.ada.leave(guild)
    assert await s.refused("GET", path) == 10007


async def test_rights_add_up_from_everyone_roles_and_the_person_and_an_administrator_has_all(s: Scene) -> None:
    send, see = Permission.SEND_MESSAGES, Permission.VIEW_CHANNEL
    quiet, loud = s.guild.add_role("quiet"), s.guild.add_role("loud")
    channel = s.guild.add_channel("hall", overwrites={quiet: (0, send), loud: (send, 0), s.guild.everyone: (0, send)})
    assert not s.world.may(s.ada.user, channel, send)
    s.guild.members[s.ada.id].roles = [quiet, loud]
    assert s.world.may(s.ada.user, channel, send)
    channel.overwrites[s.ada.id] = (0, int(see))
    assert s.guild.permissions(s.ada.id, channel) == 0
    s.guild.members[s.ada.id].roles = [s.guild.add_role("boss", Permission.ADMINISTRATOR)]
    assert s.guild.permissions(s.ada.id, channel) == EVERYTHING
    assert s.guild.permissions(s.world.owner.id, channel) == EVERYTHING
    assert s.guild.permissions(s.world.add_person("Stranger").id) == 0
    assert s.guild.permissions(s.world.add_person("Bea", guilds=[s.guild]).id) == MEMBER_DEFAULT


async def test_others_messages_and_reactions_are_a_moderators_matter(s: Scene) -> None:
    said, bea = s.ada.say(s.channel, "mine"), s.world.add_person("Bea", guilds=[s.guild])
    for person in (s.ada, bea):
        person.react(said, "👍")
    own, one = s.post({"content": "own"}), f"/channels/{s.channel.id}/messages/{said.id}"
    first = await s.done("GET", f"{one}/reactions/👍", limit="1")
    second = await s.done("GET", f"{one}/reactions/👍", after=first[0]["id"])
    assert [user["id"] for user in first + second] == [s.ada.id, bea.id]
    assert await s.refused("DELETE", f"{one}/reactions/👍/1") == 10013
    assert await s.refused("POST", f"/channels/{s.channel.id}/messages/bulk-delete", {"messages": [own.id]}) == 50035
    withhold(s, Permission.MANAGE_MESSAGES, Permission.PIN_MESSAGES, Permission.ADD_REACTIONS)
    bulk = {"messages": [said.id, own.id]}
    assert await s.refused("POST", f"/channels/{s.channel.id}/messages/bulk-delete", bulk) == 50013
    for path in (one, f"{one}/reactions", f"{one}/reactions/👍", f"{one}/reactions/👍/{bea.id}"):
        assert await s.refused("DELETE", path) == 50013
    assert await s.refused("PUT", f"/channels/{s.channel.id}/messages/pins/{said.id}") == 50013
    assert await s.refused("PUT", f"{one}/reactions/🎉/@me") == 50013
    await s.done("PUT", f"{one}/reactions/👍/@me")
    await s.done("DELETE", f"/channels/{s.channel.id}/messages/{own.id}")
    assert said.reactions == {"👍": 3}
    assert not said.pinned


async def test_a_bot_without_the_history_reads_nothing_and_one_in_a_dm_deletes_only_its_own(s: Scene) -> None:
    s.ada.say(s.channel, "before")
    withhold(s, Permission.READ_MESSAGE_HISTORY)
    assert await s.done("GET", f"/channels/{s.channel.id}/messages") == []
    theirs, ours = s.ada.say(s.ada.dm, "theirs"), s.post({"content": "ours"}, s.ada.dm)
    path = f"/channels/{s.ada.dm.id}/messages"
    assert [message["content"] for message in await s.done("GET", path)] == ["ours", "theirs"]
    assert await s.refused("DELETE", f"{path}/{theirs.id}") == 50013
    await s.done("DELETE", f"{path}/{ours.id}")
    assert (theirs.gone, ours.gone) == (False, True)


async def test_a_channel_holds_250_pins_shown_newest_first(s: Scene) -> None:
    messages = [s.post({"content": str(number)}) for number in range(251)]
    pins = f"/channels/{s.channel.id}/messages/pins"
    for message in messages[:249]:
        message.record.payload["pinned"] = True
    await s.done("PUT", f"{pins}/{messages[249].id}")
    assert await s.refused("PUT", f"{pins}/{messages[250].id}") == 30003
    listed = [item["message"]["content"] for item in (await s.done("GET", pins))["items"]]
    assert (listed[0], len(listed)) == ("249", 250)
