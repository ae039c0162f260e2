"""The scenes: each a few lines that lead to one card, form or page. A new feature adds its own here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.playground.screens.stage import Scenes, Who, Whole
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from simulation.discord import Form, Message
    from simulation.playground.screens.stage import Stage

scene = Scenes()

_WORDS = {
    "de": "Drück den Teig leicht ein: Bleibt die Delle stehen, war er **zu lange** unterwegs.\n\n"
    "1. kürzer gehen lassen\n2. weniger Wasser\n3. heißer backen\n\n```\n250 °C, 20 min\n```\nWelches Mehl nimmst du?",
}
_OTHERWISE = (
    "Press a finger into the dough: if the dent stays, it proved **too long**.\n\n1. shorten the last rise\n"
    "2. use less water\n3. bake hotter\n\n```\n250 °C, 20 minutes\n```\nWhich flour do you use?"
)


_QUESTIONS = {"de": "Warum riecht es nach dem ersten Regen nach langer Trockenheit so gut?"}
_QUESTION = "Why does the first rain after a long drought smell so good?"


@scene("page", "The whole page")
async def page(stage: Stage) -> Whole:
    """The channel where people work."""
    await stage.press(await stage.task(TaskKind.RANK_ASSISTANT_REPLIES), "place")
    return Whole(stage.channel)


@scene("commands", "A command is typed")
async def commands(stage: Stage) -> Whole:
    """The channel everybody begins in."""
    return Whole(stage.ground.channels["welcome"], typed="/")


@scene("board", "The board in a channel", Who.MODERATOR)
async def board(stage: Stage) -> Message:
    """What is needed now, and how far the week has come; everybody sees it."""
    await stage.command("settings set", setting="weekly_goal", value="25")
    await stage.command("board here", language=stage.interface)
    return stage.posted()


@scene("sprint", "A sprint begins", Who.MODERATOR)
async def sprint(stage: Stage) -> Message:
    """Everybody in the channel sees it."""
    name = {"de": "Eine Stunde Regenfragen"}.get(stage.lang, "An hour of rain questions")
    await stage.command("sprint start", name=name, minutes=60, work="writing", goal=12, language=stage.lang)
    return stage.posted()


@scene("sprint-standing", "How a sprint stands", Who.MODERATOR)
async def sprint_standing(stage: Stage) -> Message:
    """Of those who want to be seen, and whoever asks."""
    form = await stage.form(await stage.task(TaskKind.INITIAL_PROMPT), "write")
    await stage.send(form, text=_QUESTIONS.get(stage.lang, _QUESTION))
    return await stage.press(stage.posted("sprint"), "sprint")


@scene("guidelines", "How good work looks, kind by kind", Who.NEWCOMER)
async def guidelines(stage: Stage) -> Message:
    """What the board's button leads to."""
    return await stage.pick(await stage.press(stage.posted("guides"), "guides"), "guide", "assistant")


@scene("progress", "How a community gets on")
async def progress(stage: Stage) -> Message:
    """The weeks behind it."""
    return await stage.command("progress")


@scene("leaderboard", "Who did most")
async def leaderboard(stage: Stage) -> Message:
    """Of those who want to be there."""
    return await stage.command("leaderboard")


@scene("settings", "What moderators can set", Who.MODERATOR)
async def settings(stage: Stage) -> Message:
    """Everything that rules a community."""
    return await stage.command("settings show")


@scene("settings-group", "One group of settings, and where each value comes from", Who.MODERATOR)
async def settings_group(stage: Stage) -> Message:
    """What rules the reviews in one language."""
    return await stage.command("settings show", about="reviews", language=stage.lang)


@scene("settings-waiting", "What unfinished conversations wait for", Who.MODERATOR)
async def settings_waiting(stage: Stage) -> Message:
    """Whether everybody they wait for is there."""
    return await stage.command("settings waiting")


@scene("case", "A message that somebody reported", Who.MODERATOR)
async def case(stage: Stage) -> Message:
    """What moderators are asked to look at, one at a time."""
    return await _reported(stage)


@scene("case-closed", "What was decided of it", Who.MODERATOR)
async def case_closed(stage: Stage) -> Message:
    """With the way back."""
    return await _kept(stage)


@scene("mod-log", "What moderators decided", Who.MODERATOR)
async def mod_log(stage: Stage) -> Message:
    """Newest first."""
    await _kept(stage)
    return await stage.command("mod log")


async def _reported(stage: Stage) -> Message:
    await stage.press(await stage.task(TaskKind.LABEL_ASSISTANT_REPLY), "emoji", "flag", "1")
    # Whoever looked at it in a scene before has let it lie.
    stage.still.clock.advance(901, 902)
    return await stage.command("mod queue")


async def _kept(stage: Stage) -> Message:
    return await stage.press(await _reported(stage), "case", "keep")


@scene("consent", "What a newcomer agrees to before the first task", Who.NEWCOMER)
async def consent(stage: Stage) -> Message:
    """The first thing anybody sees of the bot."""
    return await stage.command("task")


@scene("languages", "The languages somebody writes and reads", Who.NEWCOMER)
async def languages(stage: Stage) -> Message:
    """What follows the consent."""
    return await stage.press(await stage.command("task"), "agree")


async def _welcomed(stage: Stage) -> Message:
    return await stage.pick(await stage.press(await stage.command("task"), "agree"), "langs", stage.lang)


async def _trying(stage: Stage) -> Message:
    return await stage.press(await stage.press(await _welcomed(stage), "tour"), "tour")


@scene("welcome", "The way to the first task, with a tour on offer", Who.NEWCOMER)
async def welcome(stage: Stage) -> Message:
    """What follows the languages."""
    return await _welcomed(stage)


@scene("tour", "How a conversation grows", Who.NEWCOMER)
async def tour(stage: Stage) -> Message:
    """The first page of the tour."""
    return await stage.press(await _welcomed(stage), "tour")


@scene("tour-review", "A review to try", Who.NEWCOMER)
async def tour_review(stage: Stage) -> Message:
    """The second page of the tour."""
    return await _trying(stage)


@scene("tour-told", "Why that was not quite right", Who.NEWCOMER)
async def tour_told(stage: Stage) -> Message:
    """The end of the tour."""
    return await stage.press(await _trying(stage), "practice", "4", "-", "-")


@scene("my-settings", "What somebody may change about themselves")
async def my_settings(stage: Stage) -> Message:
    """One line each, with the button that changes it."""
    card = await stage.command("me", page="settings")
    return await stage.press(card, "switch", "showcase", "1")


@scene("write-prompt", "Writing a first prompt")
async def write_prompt(stage: Stage) -> Message:
    """A task without a conversation."""
    return await stage.task(TaskKind.INITIAL_PROMPT)


@scene("write-assistant-reply", "Answering as the assistant")
async def write_assistant_reply(stage: Stage) -> Message:
    """A conversation to answer."""
    return await stage.task(TaskKind.ASSISTANT_REPLY)


@scene("write-prompter-reply", "Going on as the user")
async def write_prompter_reply(stage: Stage) -> Message:
    """A conversation to go on with."""
    return await stage.task(TaskKind.PROMPTER_REPLY)


@scene("write-form", "The form a reply is written in")
async def write_form(stage: Stage) -> Form:
    """The last message stands above the field."""
    return await stage.form(await stage.task(TaskKind.ASSISTANT_REPLY), "write")


@scene("write-saved", "A reply is saved")
async def write_saved(stage: Stage) -> Message:
    """What somebody sees who has written."""
    form = await stage.form(await stage.task(TaskKind.ASSISTANT_REPLY), "write")
    return await stage.send(form, text=_WORDS.get(stage.lang, _OTHERWISE))


@scene("write-preview", "A long text is looked at before it is sent")
async def write_preview(stage: Stage) -> Message:
    """As others will read it, with the ways to change it, to add to it and to throw it away."""
    return await _previewed(stage, _long(stage))


@scene("write-warned", "What its author may have missed is said once, and forbids nothing")
async def write_warned(stage: Stage) -> Message:
    """An e-mail address, and nearly the same prompt."""
    await _previewed(stage, _words(stage))
    return await _previewed(stage, f"{_words(stage)} jane.doe@mail.org")


@scene("write-part", "The form for a further part of a long text")
async def write_part(stage: Stage) -> Form:
    """The end of what stands before it is shown above the field."""
    return await stage.form(await _previewed(stage, _long(stage)), "part")


@scene("read-all", "Everything there is to read, on a card of its own")
async def read_all(stage: Stage) -> Message:
    """In pages, and as a file."""
    return await stage.press(await stage.press(await _previewed(stage, _long(stage, 60)), "read"), "leaf", "2", "draft")


def _words(stage: Stage) -> str:
    return _WORDS.get(stage.lang, _OTHERWISE)


def _long(stage: Stage, times: int = 28) -> str:
    """Return a text of so many sentences and a block of code, as far as they fit a form."""
    sentence, _, rest = _words(stage).partition("\n")
    return f"{rest.strip()}\n\n{' '.join([sentence] * times)}"[:3990]


async def _previewed(stage: Stage, words: str) -> Message:
    return await stage.send(await stage.form(await stage.task(TaskKind.INITIAL_PROMPT), "write"), text=words)


@scene("write-refused", "A text that was sent twice is not taken, and not lost")
async def write_refused(stage: Stage) -> Message:
    """The words come back with the reason."""
    words = _WORDS.get(stage.lang, _OTHERWISE)
    await stage.send(await stage.form(await stage.task(TaskKind.INITIAL_PROMPT), "write"), text=words)
    return await stage.send(await stage.form(await stage.task(TaskKind.INITIAL_PROMPT), "write"), text=words)


@scene("review", "Reviewing an assistant's reply")
async def review(stage: Stage) -> Message:
    """By one press, or with the form."""
    return await stage.task(TaskKind.LABEL_ASSISTANT_REPLY)


@scene("review-prompt", "Reviewing a first prompt")
async def review_prompt(stage: Stage) -> Message:
    """The same for the beginning of a tree."""
    return await stage.task(TaskKind.LABEL_INITIAL_PROMPT)


@scene("review-form", "The first page of the full review")
async def review_form(stage: Stage) -> Form:
    """Yes or no, flags, scales."""
    return await stage.form(await stage.task(TaskKind.LABEL_ASSISTANT_REPLY), "review")


@scene("review-half", "Between the two pages of the full review")
async def review_half(stage: Stage) -> Message:
    """What was answered stands on the card."""
    form = await stage.form(await stage.task(TaskKind.LABEL_ASSISTANT_REPLY), "review")
    return await stage.send(form, **_answers(form))


@scene("review-form-2", "The second page of the full review")
async def review_form_2(stage: Stage) -> Form:
    """The other scales."""
    form = await stage.form(await stage.task(TaskKind.LABEL_ASSISTANT_REPLY), "review")
    return await stage.form(await stage.send(form, **_answers(form)), "review")


def _answers(form: Form) -> dict[str, object]:
    """Answer what must be answered with the last option, and give each scale its fourth point but for the last one."""
    chosen: dict[str, object] = {
        field.custom_id: field.options[-1].value for field in form.fields if field.required and field.options
    }
    scales = [field for field in form.fields if len(field.options) > _POINTS]
    return chosen | {field.custom_id: field.options[3].value for field in scales[:-1]}


_LATER = 8 * 3600
"""Seconds after which another message is shown."""

_POINTS = 5
"""Of a scale; beside them stands that somebody is not sure."""


@scene("rate", "Saying with an emoji what one thinks")
async def rate(stage: Stage) -> Message:
    """The menu of the rarer ones is open, after two of it were picked."""
    card = await stage.press(await stage.task(TaskKind.LABEL_ASSISTANT_REPLY), "emojis")
    card = await stage.press(await stage.pick(card, "ratings", "clap", "100"), "emoji")
    return await stage.press(card, "emojis")


@scene("rank", "Putting replies in order")
async def rank(stage: Stage) -> Message:
    """Nothing is placed yet."""
    return await stage.task(TaskKind.RANK_ASSISTANT_REPLIES)


@scene("rank-placed", "The best reply is chosen")
async def rank_placed(stage: Stage) -> Message:
    """One press later."""
    return await stage.press(await stage.task(TaskKind.RANK_ASSISTANT_REPLIES), "place")


@scene("rank-report", "Reporting one of the replies")
async def rank_report(stage: Stage) -> Form:
    """Which, why, and in words if somebody likes."""
    return await stage.form(await stage.task(TaskKind.RANK_ASSISTANT_REPLIES), "report")


@scene("rank-reported", "A reply is reported, and the order is still there")
async def rank_reported(stage: Stage) -> Message:
    """The panel goes on as it was."""
    placed = await stage.press(await stage.task(TaskKind.RANK_ASSISTANT_REPLIES), "place")
    form = await stage.form(placed, "report")
    return await stage.send(form, **{field.custom_id: field.options[0].value for field in form.fields if field.options})


@scene("showcase", "What members wrote, in a channel of its own", Who.MODERATOR)
async def showcase(stage: Stage) -> Message:
    """Without names, and only what their authors lend."""
    where = stage.ground.channels["showcase"]
    await stage.command("showcase here", channel=where, language=stage.lang)
    await stage.ground.neighbours.finish(stage.lang, stage.still.orchard.store, stage.still.sweep)
    # They are spread over the day.
    stage.still.clock.advance(_LATER, _LATER + 1)
    await stage.still.sweep()
    return stage.posted(channel=where)


@scene("skipped", "A task is passed on")
async def skipped(stage: Stage) -> Message:
    """Nobody has to say more than why."""
    return await stage.pick(await stage.task(TaskKind.INITIAL_PROMPT), "skip", "not_my_topic")


@scene("my-work", "One's own work")
async def my_work(stage: Stage) -> Message:
    """Of somebody who has written, reviewed, and holds a task."""
    form = await stage.form(await stage.task(TaskKind.INITIAL_PROMPT), "write")
    await stage.send(form, text=_WORDS.get(stage.lang, _OTHERWISE))
    await stage.press(await stage.task(TaskKind.LABEL_ASSISTANT_REPLY), "quick", "4")
    await stage.task(TaskKind.ASSISTANT_REPLY)
    return await stage.command("me")


async def _works(stage: Stage) -> Message:
    """Two texts of somebody's, the newer of which nobody has seen."""
    form = await stage.form(await stage.task(TaskKind.ASSISTANT_REPLY), "write")
    await stage.send(form, text=_WORDS.get(stage.lang, _OTHERWISE))
    form = await stage.form(await stage.task(TaskKind.INITIAL_PROMPT), "write")
    await stage.send(form, text=_QUESTIONS.get(stage.lang, _QUESTION))
    return await stage.press(await stage.command("me"), "works")


@scene("my-texts", "What somebody wrote, and what became of it")
async def my_texts(stage: Stage) -> Message:
    """In pages, each text with a button that opens it."""
    return await _works(stage)


@scene("my-text", "One of one's own texts")
async def my_text(stage: Stage) -> Message:
    """It may be changed for a while, and taken back at any time."""
    return await stage.press(await _works(stage), "work")


@scene("my-text-form", "Changing one's own text")
async def my_text_form(stage: Stage) -> Form:
    """The form holds the text as it is."""
    return await stage.form(await stage.press(await _works(stage), "work"), "edit")


@scene("my-text-back", "Taking one's own text back")
async def my_text_back(stage: Stage) -> Message:
    """What it means is said before it is done."""
    return await stage.press(await stage.press(await _works(stage), "work"), "unwrite")


@scene("privacy", "What is known of somebody")
async def privacy(stage: Stage) -> Message:
    """In numbers, with what they can do about it."""
    await _works(stage)
    return await stage.command("privacy show")


@scene("privacy-delete", "Having everything erased")
async def privacy_delete(stage: Stage) -> Message:
    """What it does and cannot do is said before it is done."""
    return await stage.press(await stage.command("privacy show"), "forgetme")


@scene("privacy-form", "Confirming it")
async def privacy_form(stage: Stage) -> Form:
    """What becomes of texts and ratings, and a word that nobody writes by mistake."""
    return await stage.form(await stage.command("privacy delete"), "forget")


@scene("leave", "Taking consent back")
async def leave(stage: Stage) -> Message:
    """What it means is said before it is done."""
    return await stage.press(await stage.command("me", page="settings"), "leave")
