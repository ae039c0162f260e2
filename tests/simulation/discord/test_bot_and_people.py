"""A real discord.py bot over real sockets, used by simulated people."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from simulation.discord import Upload
from simulation.discord.permissions import Permission
from simulation.discord.recording import Recording


async def test_a_command_shows_a_panel_only_its_person_sees(community: Any) -> None:
    async with community() as c:
        answer = await c.ada.slash(c.channel, "task", kind="assistant_reply", size=2)
        assert answer.acknowledged
        assert answer.kind == "message"
        assert 0 < answer.ms < 3000
        assert answer.message.ephemeral
        assert answer.message.texts == ("assistant_reply 2 for Ada in de", "Press when ready")
        assert [button.label for button in answer.message.buttons] == ["Write", "Update", "Later", "Twice"]
        assert [option.value for option in answer.message.selects[0].options] == ["red", "green", "blue"]
        assert c.ada.feed() == [answer.message]
        assert c.bob.feed() == []
        refused = await c.bob.press(answer.message, "open:t1")
        assert refused.error == "this message is not visible"
        assert c.world.statistics.sent == 1


async def test_a_form_opens_prefilled_and_its_submit_is_answered_and_edited(community: Any) -> None:
    async with community() as c:
        panel = (await c.ada.slash(c.channel, "task", kind="prompt")).message
        form = (await c.ada.press(panel, panel.button("Write"))).form
        assert form.title == "Task t1"
        assert form.texts == ("Write the answer you would like to read.",)
        assert form.field("Your reply").value == "a draft"
        words = "Grüße *an* alle\n```py\nx\n``` 🌳"
        values = {"text": words, "Quality": ["good"], "flags": ["spam"], "proof": Upload("proof.txt", b"x")}
        answer = await c.ada.submit(form, values)
        assert answer.message.texts == (f"saved {len(words)} good ['spam'] 1\n{words}",)
        update = await c.ada.press(answer.message, "press:update")
        assert update.kind == "update"
        assert update.message == answer.message
        assert answer.message.text == "pressed"
        assert (await c.ada.press(answer.message, "press:closed")).error == "this control is disabled: press:closed"
        gone = await c.ada.press(answer.message, "press:update")
        assert gone.error == "the message has no such control: press:update"
        assert (await c.ada.submit(form, values)).error == "this form is not open any more"


async def test_a_form_takes_only_what_its_client_would_send(community: Any) -> None:
    async with community() as c:
        panel = (await c.ada.slash(c.channel, "task", kind="prompt")).message
        form = (await c.ada.press(panel, "open:t1")).form
        good = {"text": "hello", "quality": "good"}
        assert "shown to somebody else" in (await c.bob.submit(form, good)).error
        for broken, words in (
            ({"text": "hi"}, "2 characters"),
            ({"text": "x" * 4001}, "4001 characters"),
            ({"text": ""}, "required"),
            ({"quality": "excellent"}, "not among the options"),
            ({"quality": None}, "required"),
            ({"flags": ["spam", "other"]}, "not among the options"),
            ({"nothing": "x"}, "no field"),
        ):
            answer = await c.ada.submit(form, {**good, **broken})
            assert words in answer.error
            assert not answer.acknowledged
        assert (await c.ada.submit(form, good)).kind == "message"
        assert c.world.statistics.by_name["form:reply"].sent == 1


async def test_selects_send_what_was_chosen_among_their_options(community: Any) -> None:
    async with community() as c:
        panel = (await c.ada.slash(c.channel, "task", kind="prompt")).message
        assert (await c.ada.select(panel, panel.selects[0], ["blue", "red"])).message.text == "picked blue red"
        assert "not among" in (await c.ada.select(panel, "pick:t1", ["pink"])).error
        assert "between 1 and 2" in (await c.ada.select(panel, "pick:t1", ["red", "green", "blue"])).error


async def test_a_deferred_answer_is_the_edit_that_follows(community: Any) -> None:
    async with community() as c:
        answer = await c.ada.slash(c.channel, "slow")
        assert answer.kind == "deferred"
        assert answer.message.text == "thought about it"
        assert not answer.message.loading
        await c.ada.wait_for(lambda message: message.text == "and more")
        public = await c.ada.slash(c.channel, "slow", public=True)
        assert public.message in c.bob.feed()
        panel = (await c.ada.slash(c.channel, "task", kind="prompt")).message
        later = await c.ada.press(panel, "press:later")
        assert later.kind == "deferred"
        assert later.message == panel
        assert panel.text == "edited later"


async def test_a_second_answer_is_refused_with_40060(community: Any) -> None:
    async with community() as c:
        panel = (await c.ada.slash(c.channel, "task", kind="prompt")).message
        assert (await c.ada.press(panel, "press:twice")).message.text == "once"
        await c.ada.wait_for(lambda message: message.text == "refused with 40060")


async def test_commands_check_their_options_like_the_client(community: Any) -> None:
    async with community() as c:
        for options, words in (
            ({}, "required"),
            ({"kind": "poem"}, "not among the choices"),
            ({"kind": "prompt", "size": "two"}, "not of the right type"),
            ({"kind": "prompt", "colour": 1}, "no option"),
        ):
            assert words in (await c.ada.slash(c.channel, "task", **options)).error
        assert "no command" in (await c.ada.slash(c.channel, "unheard")).error
        assert "sub-command" in (await c.ada.slash(c.channel, "me")).error
        assert (await c.ada.slash(c.channel, "me show")).message.text == "you are Ada"
        assert c.world.statistics.sent == 1


async def test_suggestions_come_for_what_is_typed(community: Any) -> None:
    async with community() as c:
        answer = await c.ada.autocomplete(c.channel, "find", focused="lang", lang="e")
        assert [(choice.name, choice.value) for choice in answer.choices] == [("EN", "en"), ("ES", "es")]
        assert "no suggestions" in (await c.ada.autocomplete(c.channel, "task", focused="kind")).error


async def test_moderator_commands_are_hidden_from_others_and_from_dms(community: Any) -> None:
    async with community() as c:
        moderator = c.world.add_person("Mo", roles=[c.guild.add_role("moderators", Permission.MANAGE_GUILD)])
        assert "hidden" in (await c.ada.slash(c.channel, "post", words="x")).error
        assert "DM" in (await moderator.slash(moderator.dm, "post", words="x")).error
        answer = await moderator.slash(c.channel, "post", words="hello")
        assert answer.message.text == "posted, pinned ['hello (edited)']"
        posted = c.ada.feed()[0]
        assert posted.text == "hello (edited)"
        assert posted.pinned
        assert posted.edited
        assert posted.reactions == {"👍": 1}
        assert [(file.name, file.bytes) for file in posted.files] == [("words.txt", b"hello")]


async def test_reactions_reach_the_bot_from_those_who_see_the_message(community: Any) -> None:
    async with community() as c:
        moderator = c.world.add_person("Mo", roles=[c.guild.add_role("moderators", Permission.MANAGE_GUILD)])
        await moderator.slash(c.channel, "post", words="hello")
        posted = c.ada.feed()[0]
        c.ada.react(posted, "🎉")
        c.ada.react(posted, "🎉")
        assert posted.reactions == {"👍": 1, "🎉": 1}
        assert (await c.ada.slash(c.channel, "reactions")).message.text == "🎉"
        assert (await c.ada.menu(posted, "Report")).message.text == f"reported {posted.id}"


async def test_dms_arrive_unless_the_person_has_closed_them(community: Any) -> None:
    async with community() as c:
        assert (await c.ada.slash(c.channel, "tell", who=c.bob)).message.text == "told bob"
        assert [message.text for message in c.bob.feed()] == ["psst"]
        assert (await c.bob.press(c.bob.feed()[0], "press:update")).message.text == "pressed"
        c.bob.accepts_dms = False
        assert (await c.ada.slash(c.channel, "tell", who=c.bob)).message.text == "closed: 50007"
        assert len(c.bob.feed()) == 1
        assert (await c.ada.slash(c.ada.dm, "ping")).message.text == "pong"


async def test_a_private_thread_is_seen_by_those_in_it(community: Any) -> None:
    async with community() as c:
        await c.ada.slash(c.channel, "room", private=True)
        assert "welcome" in [message.text for message in c.ada.feed()]
        assert c.bob.feed() == []
        await c.ada.slash(c.channel, "room", private=False)
        assert [message.text for message in c.bob.feed()] == ["welcome"]


async def test_files_go_both_ways(community: Any) -> None:
    async with community() as c:
        message = (await c.ada.slash(c.channel, "file")).message
        assert [(file.name, file.bytes.decode()) for file in message.files] == [("all.md", "Grüße\n")]
        large = Upload("b.txt", b"a" * 3_000_000)
        assert (await c.ada.slash(c.channel, "read", file=Upload("a b.txt", b"read me"))).message.text == "7: read me"
        assert (await c.ada.slash(c.channel, "read", file=large)).message.text == "3000000: " + "a" * 20


async def test_a_missed_interaction_is_counted_and_answered_too_late_with_10062(community: Any) -> None:
    async with community(ack=timedelta(seconds=0.15)) as c:
        answer = await c.ada.slash(c.channel, "mute")
        assert not answer.acknowledged
        assert answer.kind == "none"
        assert answer.error is None
        assert c.world.missed == 1
        assert c.world.statistics.by_name["/mute"].missed == 1
        assert not (await c.ada.slash(c.channel, "late", seconds=0.3)).acknowledged
        await c.bob.wait_for(lambda message: message.text == "too late: 10062")


async def test_a_token_dies_after_its_life(community: Any) -> None:
    async with community(token_life=timedelta(seconds=0.2)) as c:
        assert (await c.ada.slash(c.channel, "expire", seconds=0.4)).message.text == "first"
        await c.bob.wait_for(lambda message: message.text == "expired: 50027")


async def test_two_hundred_people_at_once_lose_nothing(community: Any) -> None:
    async with community() as c:
        people = [c.world.add_person(f"Person {n}", guilds=[c.guild]) for n in range(200)]

        async def work(number: int) -> str:
            person = people[number]
            panel = (await person.slash(c.channel, "task", kind="prompt")).message
            form = (await person.press(panel, "open:t1")).form
            await asyncio.sleep(0.25)
            answer = await person.submit(form, {"text": f"words of {number}", "quality": "good"})
            return answer.message.text.splitlines()[1]

        assert await asyncio.gather(*map(work, range(200))) == [f"words of {n}" for n in range(200)]
        assert c.world.missed == 0
        assert c.world.statistics.answered == 600


async def test_every_request_is_recorded_as_a_line(community: Any, tmp_path: Path) -> None:
    async with community() as c:
        await c.ada.slash(c.channel, "file")
        lines = list(Recording.read(c.world.recording))
    callback = lines[-1]
    assert callback["method"] == "POST"
    assert callback["path"].endswith("/callback")
    assert callback["path"].startswith("/interactions/")
    assert callback["query"] == {"with_response": "true"} or callback["query"] == {"with_response": "1"}
    assert callback["body"]["data"]["components"][1]["file"]["url"] == "attachment://all.md"
    assert any(line["path"].endswith("/commands") and isinstance(line["body"], list) for line in lines)
