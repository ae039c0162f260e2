"""What a person's client lets them do, and what the bot hears of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from simulation.discord import Fault, Upload
from simulation.discord.people import Refused
from simulation.discord.permissions import Permission
from simulation.discord.snowflakes import Json
from tests.simulation.discord.by_hand import Scene, scene

EPHEMERAL, V2 = 1 << 6, 1 << 15
SEEN = {"type": 6}


@pytest.fixture
async def s() -> AsyncIterator[Scene]:
    async with scene() as opened:
        yield opened


def said(content: str, **more: Any) -> Json:
    return {"type": 4, "data": {"content": content, "flags": EPHEMERAL, **more}}


def row(*components: Json) -> list[Json]:
    return [{"type": 1, "components": list(components)}]


def button(custom_id: str, label: str = "Press", **more: Any) -> Json:
    return {"type": 2, "style": 1, "label": label, "custom_id": custom_id, **more}


def label(custom_id: str, kind: int, **more: Any) -> Json:
    return {"type": 18, "label": custom_id.title(), "component": {"type": kind, "custom_id": custom_id, **more}}


def choices(*values: str) -> list[Json]:
    return [{"label": value.title(), "value": value} for value in values]


def opened(*parts: Json) -> Json:
    return {"type": 9, "data": {"title": "A form", "custom_id": "form:1", "components": list(parts)}}


def option(kind: int, name: str = "what", **more: Any) -> Json:
    return {"type": kind, "name": name, "description": "D", **more}


def offer(s: Scene, *options: Json, **more: Any) -> None:
    """Sync the one command `use`."""
    s.world.commands.overwrite(None, [{"name": "use", "description": "D", "options": list(options), **more}])


# Commands


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "what: this option is required"),
        ({"what": "ok", "other": 1}, "there is no option 'other'"),
        ({"what": 5}, "what: 5 is not of the right type"),
        ({"what": "toolong"}, "what: 7 characters do not fit"),
        ({"what": "ok", "size": True}, "size: True is not of the right type"),
        ({"what": "ok", "size": 9}, "size: 9 is not between 1 and 5"),
        ({"what": "ok", "share": "half"}, "share: 'half' is not of the right type"),
        ({"what": "ok", "colour": "green"}, "colour: 'green' is not among the choices"),
        ({"what": "ok", "who": "Ada"}, "who: 'Ada' is not of the right type"),
    ],
)
async def test_the_client_sends_no_command_that_does_not_fit(s: Scene, given: Any, words: str) -> None:
    colours = [{"name": "Red", "value": "red"}]
    offer(
        s,
        option(3, required=True, max_length=5),
        option(4, "size", min_value=1, max_value=5),
        option(10, "share"),
        option(3, "colour", choices=colours),
        option(6, "who"),
    )
    answer = await s.ada.slash(s.channel, "use", **given)
    assert (answer.acknowledged, answer.error, s.world.statistics.sent) == (False, words, 0)


async def test_a_command_sends_its_options_and_what_they_point_at(s: Scene) -> None:
    role, upload = s.guild.add_role("writer"), Upload("a.txt", b"words", "text/plain")
    offer(
        s,
        *(option(kind, name) for kind, name in ((6, "who"), (7, "where"), (8, "role"), (9, "any"), (11, "file"))),
        option(5, "sure"),
        option(10, "share"),
    )
    s.guild.members[s.ada.id].nick = "A."
    async with s.answering(lambda one: said("done")) as heard:
        given = {"who": s.ada, "where": s.channel, "role": role, "any": role, "file": upload, "sure": True, "share": 1}
        answer = await s.ada.slash(s.channel, "use", **given)
    assert answer.message is not None
    assert (answer.kind, answer.message.text) == ("message", "done")
    data = heard[0]["data"]
    sent = {one["name"]: one["value"] for one in data["options"]}
    file = sent.pop("file")
    assert sent == {
        "who": s.ada.id, "where": s.channel.id, "role": role.id, "any": role.id, "sure": True, "share": 1,
    }  # fmt: skip
    resolved = data["resolved"]
    assert resolved["members"][s.ada.id]["nick"] == "A."
    assert resolved["roles"][role.id]["name"] == "writer"
    assert resolved["channels"][s.channel.id]["name"] == "tasks"
    async with s.session.get(resolved["attachments"][file]["url"]) as response:
        assert await response.read() == b"words"


async def test_a_channel_option_takes_channels_of_its_kinds_alone(s: Scene) -> None:
    offer(s, option(7, channel_types=[4]))
    assert (await s.ada.slash(s.channel, "use", what=s.channel)).error == "what: not a channel of the right kind"


async def test_sub_commands_are_followed_to_their_end(s: Scene) -> None:
    leafs = [option(1, "show", options=[option(3, "lang")])]
    offer(s, option(2, "group", options=leafs), option(1, "plain"))
    async with s.answering(lambda one: said("done")) as heard:
        await s.ada.slash(s.channel, "use group show", lang="de")
        for line, words in (
            ("use", "a sub-command must be chosen"),
            ("use group", "a sub-command must be chosen"),
            ("use group hide", "there is no sub-command 'hide'"),
            ("other", "there is no command 'other' here"),
        ):
            assert (await s.ada.slash(s.channel, line)).error == words
    sent = heard[0]["data"]["options"]
    assert sent == [
        {"name": "group", "type": 2, "options": [
            {"name": "show", "type": 1, "options": [{"name": "lang", "type": 3, "value": "de"}]},
        ]},
    ]  # fmt: skip
    assert len(heard) == 1


async def test_suggestions_are_asked_with_what_stands_in_the_field_and_the_others(s: Scene) -> None:
    offer(s, option(3, "lang", autocomplete=True), option(4, "size"))
    suggest = {"type": 8, "data": {"choices": [{"name": "German", "value": "de"}]}}
    async with s.answering(lambda one: suggest) as heard:
        answer = await s.ada.autocomplete(s.channel, "use", "lang", lang="d", size=3)
        assert [(choice.name, choice.value) for choice in answer.choices] == [("German", "de")]
        await s.ada.autocomplete(s.channel, "use", "lang")
    assert heard[0]["data"]["options"] == [
        {"name": "lang", "type": 3, "value": "d", "focused": True},
        {"name": "size", "type": 4, "value": 3},
    ]
    assert heard[1]["data"]["options"][0]["value"] == ""
    assert (await s.ada.autocomplete(s.channel, "use", "size")).error == "'size' gives no suggestions"
    assert (await s.ada.autocomplete(s.channel, "use", "lang", pace=1)).error == "there is no option 'pace'"


async def test_a_menu_is_used_on_a_message_or_on_a_person(s: Scene) -> None:
    s.world.commands.overwrite(None, [{"name": "Report", "type": 3}, {"name": "Greet", "type": 2}])
    target, bea = s.ada.say(s.channel, "words"), s.world.add_person("Bea", guilds=[s.guild])
    async with s.answering(lambda one: said("done")) as heard:
        assert (await s.ada.menu(target, "Report")).acknowledged
        assert (await s.ada.menu(bea, "Greet", s.channel)).acknowledged
        assert (await s.ada.menu(bea, "Greet")).acknowledged
    assert heard[0]["data"]["resolved"]["messages"][target.id]["content"] == "words"
    assert [one["data"]["target_id"] for one in heard] == [target.id, bea.id, bea.id]
    assert ["members" in one["data"]["resolved"] for one in heard[1:]] == [True, False]
    hidden = s.guild.add_channel("hidden", overwrites={s.guild.everyone: (0, Permission.VIEW_CHANNEL)})
    s.world.messages.post(hidden, s.world.bot, {"content": "x"})
    unseen = next(iter(s.world.messages.public[hidden.id].values()))
    assert (await s.ada.menu(type(target)(unseen), "Report")).error == "this message is not visible"


async def test_a_command_shows_only_where_it_is_meant_and_to_whom(s: Scene) -> None:
    offer(s, contexts=[1])
    assert (await s.ada.slash(s.channel, "use")).error == "'use' cannot be used in a server"
    offer(s, contexts=[0])
    assert (await s.ada.slash(s.ada.dm, "use")).error == "'use' cannot be used in a DM"
    offer(s, nsfw=True)
    assert (await s.ada.slash(s.channel, "use")).error == "'use' needs an age-restricted channel"
    offer(s, default_member_permissions="0")
    assert (await s.ada.slash(s.channel, "use")).error == "'use' is hidden from this person"
    strange = s.world.add_guild("Without the bot", bot=False)
    talk = strange.add_channel("talk")
    s.ada.join(strange)
    offer(s, integration_types=[0, 1])
    assert (await s.ada.slash(talk, "use")).error == "'use' is not installed here"
    s.ada.user.installed = True
    async with s.answering(lambda one: said("done")) as heard:
        assert (await s.ada.slash(talk, "use")).acknowledged
    assert heard[0]["authorizing_integration_owners"] == {"1": s.ada.id}
    s.ada.leave(strange)
    assert (await s.ada.slash(talk, "use")).error == "this channel is not visible"
    mute = s.guild.add_channel("mute", overwrites={s.guild.everyone: (0, Permission.USE_APPLICATION_COMMANDS)})
    assert (await s.ada.slash(mute, "use")).error == "commands cannot be used here"


# Messages, buttons and selects


async def test_a_link_is_no_button_to_press_and_a_disabled_one_does_nothing(s: Scene) -> None:
    link = {"type": 2, "style": 5, "label": "Site", "url": "https://example.org"}
    smile = button("smile", "", emoji={"name": "🙂"})
    shown = s.post({"content": "x", "components": row(link, button("off", disabled=True), smile)})
    site, off, face = shown.buttons
    assert (site.url, site.custom_id, off.disabled, face.emoji) == ("https://example.org", None, True, "🙂")
    assert shown.button("smi") == face
    with pytest.raises(LookupError, match="no button 'Go' among"):
        shown.button("Go")
    assert "no such control" in str((await s.ada.press(shown, site)).error)
    assert (await s.ada.press(shown, off)).error == "this control is disabled: off"
    assert (await s.ada.press(shown, "gone")).error == "the message has no such control: gone"
    assert s.world.statistics.sent == 0


async def test_controls_work_only_for_those_who_see_the_message_and_on_the_bots_own(s: Scene) -> None:
    bea = s.world.add_person("Bea", guilds=[s.guild])
    offer(s)
    async with s.answering(lambda one: said("mine", components=row(button("go")))):
        answer = await s.ada.slash(s.channel, "use")
    assert answer.message is not None
    assert (await bea.press(answer.message, "go")).error == "this message is not visible"
    theirs = bea.say(s.channel, "plain")
    assert (await s.ada.press(theirs, "go")).error == "this message is not the bot's"
    assert bea.feed() == [theirs]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "between 1 and 2 must be chosen, not 0"),
        (["red", "red"], "an option can be chosen once"),
        (["pink"], "'pink' is not among the options ['red', 'blue']"),
    ],
)
async def test_a_menu_takes_its_own_options_once_and_not_too_many(s: Scene, values: list[str], words: str) -> None:
    options = choices("red", "blue")
    menu = {"type": 3, "custom_id": "pick", "options": options, "max_values": 2, "placeholder": "Colour"}
    shown = s.post({"content": "x", "components": row(menu)})
    select = shown.selects[0]
    assert (select.placeholder, [one.label for one in select.options]) == ("Colour", ["Red", "Blue"])
    assert (await s.ada.select(shown, select, values)).error == words
    async with s.answering(lambda one: said("x")) as heard:
        await s.ada.select(shown, "pick", ["blue", "red"])
    assert heard[0]["data"]["values"] == ["blue", "red"]


async def test_people_roles_and_channels_are_chosen_from_menus_of_their_kind(s: Scene) -> None:
    role = s.guild.add_role("writer")
    kinds = {5: s.ada, 6: role, 7: s.ada, 8: s.channel}
    shown = s.post({"content": "x", "components": [row({"type": n, "custom_id": f"k{n}"})[0] for n in kinds]})
    async with s.answering(lambda one: said("x")) as heard:
        for kind, thing in kinds.items():
            assert (await s.ada.select(shown, f"k{kind}", [thing])).acknowledged
        assert (await s.ada.select(shown, "k6", [s.ada])).error == "something chosen is not of the right type"
    for one, thing in zip(heard, kinds.values(), strict=True):
        assert one["data"]["values"] == [thing.id]
        assert thing.id in {number for group in one["data"]["resolved"].values() for number in group}


async def test_a_silent_update_may_be_followed_by_an_edit_or_by_a_further_message(s: Scene) -> None:
    shown = s.post({"content": "old", "components": row(button("go"))})

    async def later(one: Json, method: str, path: str) -> None:
        while s.world.interactions._by_id[one["id"]].callback is None:  # noqa: ASYNC110  the callback is on its way
            await asyncio.sleep(0.002)
        await s.done(method, f"/webhooks/{s.world.bot.id}/{one['token']}{path}", {"content": "new"})

    tasks = []
    for method, path in (("PATCH", "/messages/@original"), ("POST", "")):

        def seen(one: Json, method: str = method, path: str = path) -> Json:
            tasks.append(asyncio.create_task(later(one, method, path)))
            return SEEN

        async with s.answering(seen):
            answer = await s.ada.press(shown, "go")
            await asyncio.gather(*tasks)
        assert answer.message is not None
        assert (answer.kind, answer.message.text) == ("deferred", "new")
        assert (answer.message == shown) == (method == "PATCH")
    assert shown.edited


async def test_what_everybody_sees_is_public_and_what_is_dismissed_is_gone(s: Scene) -> None:
    offer(s)
    public = s.post({"content": "for all"})
    async with s.answering(lambda one: said("for Ada")):
        mine = (await s.ada.slash(s.channel, "use")).message
    assert mine is not None
    assert [message.ephemeral for message in s.ada.feed()] == [False, True]
    assert s.ada.feed(1) == [mine]
    assert not mine.loading
    with pytest.raises(Refused, match="own ephemeral"):
        s.ada.dismiss(public)
    with pytest.raises(Refused, match="cannot react"):
        s.ada.react(mine, "👍")
    s.ada.dismiss(mine)
    assert (mine.gone, s.ada.feed()) == (True, [public])


async def test_people_write_and_react_where_their_rights_allow_it(s: Scene) -> None:
    everyone = s.guild.everyone
    quiet = s.guild.add_channel(
        "quiet", overwrites={everyone: (0, Permission.SEND_MESSAGES | Permission.ADD_REACTIONS)}
    )
    shown = s.post({"content": "x"}, quiet)
    with pytest.raises(Refused, match="cannot write here"):
        s.ada.say(quiet, "hello")
    with pytest.raises(Refused, match="50035"):
        s.ada.say(s.channel, "x" * 2_001)
    with pytest.raises(Refused, match="cannot add reactions"):
        s.ada.react(shown, "👍")
    s.world.messages.react(shown.record, s.world.bot, "👍", add=True)
    s.ada.react(shown, "👍")
    s.ada.react(shown, "👍")
    assert shown.reactions == {"👍": 2}
    s.ada.unreact(shown, "👍")
    assert shown.reactions == {"👍": 1}
    with pytest.raises(Refused, match="Unknown Emoji"):
        s.ada.react(s.ada.say(s.channel, "y"), "smile")


async def test_waiting_for_a_message_finds_the_present_and_the_coming_one(s: Scene) -> None:
    s.post({"content": "here"})
    assert (await s.ada.wait_for(lambda message: message.text == "here")).text == "here"
    waiting = asyncio.create_task(s.ada.wait_for(lambda message: "coming" in message.text))
    await asyncio.sleep(0)
    s.post({"content": "something else"})
    s.post({"embeds": [{"title": "coming", "fields": [{"name": "n", "value": "v"}], "footer": {"text": "end"}}]})
    assert (await waiting).text == "coming\nn\nv\nend"
    with pytest.raises(TimeoutError):
        await s.ada.wait_for(lambda message: message.text == "never", timeout=0.01)


async def test_a_ping_shows_who_is_meant(s: Scene) -> None:
    assert s.post({"content": f"hello <@{s.ada.id}>"}).mentions == ("Ada",)


# Forms


async def form_of(s: Scene, *parts: Json) -> Any:
    """Open a form with a button."""
    shown = s.post({"content": "x", "components": row(button("open"))})
    async with s.answering(lambda one: opened(*parts)):
        answer = await s.ada.press(shown, "open")
    assert (answer.kind, answer.form) == ("form", s.ada.form)
    return answer.form


EVERY_FIELD = (
    {"type": 10, "content": "Please."},
    label("text", 4, style=2, min_length=2, max_length=5, value="old"),
    label("quality", 21, options=[{**one, "default": one["value"] == "good"} for one in choices("good", "bad")]),
    label("flags", 22, options=choices("spam", "rude"), min_values=0, required=False),
    label("sure", 23, default=True),
)


async def test_a_form_that_is_sent_untouched_sends_what_stood_in_it(s: Scene) -> None:
    form = await form_of(s, *EVERY_FIELD)
    assert form.texts == ("Please.",)
    assert [form.field(name).value for name in ("text", "Quality", "flags", "sure")] == ["old", "good", [], True]
    with pytest.raises(LookupError, match="no field 'colour'"):
        form.field("colour")
    async with s.answering(lambda one: said("saved")) as heard:
        answer = await s.ada.submit(form, {})
    assert answer.message is not None
    assert (answer.message.text, s.ada.form) == ("saved", None)
    sent = [node.get("component", node) for node in heard[0]["data"]["components"]]
    assert [node.get("value", node.get("values")) for node in sent] == [None, "old", "good", [], True]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": ""}, "Text: this field is required"),
        ({"text": 5}, "Text: 5 is not text"),
        ({"text": "x"}, "Text: 1 characters, between 2 and 5 are possible"),
        ({"quality": "fair"}, "Quality: 'fair' is not among the options"),
        ({"quality": ["good", "bad"]}, "Quality: one option can be chosen"),
        ({"quality": None}, "Quality: this field is required"),
        ({"flags": ["loud"]}, "Flags: 'loud' is not among the options ['spam', 'rude']"),
        ({"colour": "red"}, "the form has no field 'colour'"),
    ],
)
async def test_a_form_with_what_its_client_would_not_send_stays_open(s: Scene, given: Any, words: str) -> None:
    form = await form_of(s, *EVERY_FIELD)
    answer = await s.ada.submit(form, given)
    assert (answer.error, s.ada.form, s.world.missed) == (words, form, 0)


async def test_a_form_takes_files_people_and_roles(s: Scene) -> None:
    role = s.guild.add_role("writer")
    defaults = [{"id": s.ada.id, "type": "user"}]
    form = await form_of(
        s,
        label("proof", 19, min_values=1, max_values=2),
        label("who", 5, default_values=defaults),
        label("role", 6),
        label("lang", 3, options=choices("de", "en"), required=False, min_values=0),
        label("mood", 21, options=choices("up", "down"), required=False),
    )
    file = Upload("a.txt", b"x")
    assert (await s.ada.submit(form, {"proof": [file] * 3, "role": role})).error == "Proof: between 1 and 2 files"
    wrong = await s.ada.submit(form, {"proof": file, "role": [s.ada]})
    assert wrong.error == "Role: something chosen is not of the right type"
    async with s.answering(lambda one: said("saved")) as heard:
        given = {"proof": file, "role": role, "lang": "de", "mood": ["up"]}
        assert (await s.ada.submit(form, given)).acknowledged
    nodes = [node["component"] for node in heard[0]["data"]["components"]]
    proof, *rest = [node.get("values", node.get("value")) for node in nodes]
    assert rest == [[s.ada.id], [role.id], ["de"], "up"]
    assert set(proof) == set(heard[0]["data"]["resolved"]["attachments"])


async def test_a_form_of_rows_is_filled_by_the_labels_of_its_inputs(s: Scene) -> None:
    form = await form_of(s, {"type": 1, "components": [{"type": 4, "style": 1, "custom_id": "t", "label": "Name"}]})
    async with s.answering(lambda one: said("saved")) as heard:
        await s.ada.submit(form, {"Name": "Ada"})
    (only,) = heard[0]["data"]["components"]
    assert (only["type"], only["components"][0]["value"]) == (1, "Ada")


async def test_only_the_form_that_is_open_and_only_its_own_person_sends_it(s: Scene) -> None:
    bea = s.world.add_person("Bea", guilds=[s.guild])
    first = await form_of(s, *EVERY_FIELD)
    second = await form_of(s, *EVERY_FIELD)
    assert (await bea.submit(second, {})).error == "this form was shown to somebody else"
    assert (await s.ada.submit(first, {})).error == "this form is not open any more"
    s.ada.close_form()
    assert (await s.ada.submit(second, {})).error == "this form is not open any more"


async def test_a_form_nobody_answers_stays_open_with_its_words(s: Scene) -> None:
    form, patience = await form_of(s, *EVERY_FIELD), s.world.ack
    s.world.ack = timedelta(seconds=0.05)
    answer = await s.ada.submit(form, {"text": "new"})
    assert (answer.acknowledged, answer.error, s.ada.form) == (False, None, form)
    s.world.ack = patience
    async with s.answering(lambda one: said("saved")):
        assert (await s.ada.submit(form, {"text": "new"})).acknowledged
    assert (s.world.missed, s.ada.form) == (1, None)


# Faults


async def test_a_fault_holds_for_its_verb_as_often_as_it_says_or_until_it_is_mended(s: Scene) -> None:
    path = f"/channels/{s.channel.id}"
    for_ever = s.world.faults.add(Fault(method="GET", path="/channels/", status=503, times=None))
    for _ in range(3):
        assert (await s.ask("GET", path))[0] == 503
    assert for_ever.met == 3
    assert (await s.ask("POST", f"{path}/messages", {"content": "x"}))[0] == 200
    s.world.faults.clear()
    twice = s.world.faults.add(Fault(path="/channels/", status=429, times=2, retry_after=1.5))
    limited = await s.ask("GET", path)
    assert (limited[0], limited[1]["retry_after"]) == (429, 1.5)
    assert [(await s.ask("GET", path))[0] for _ in range(2)] == [429, 200]
    assert twice.met == 2
