"""Every flow as a list of steps; between any two of them the bot may go and come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.discord import Upload
from tests.durable.restarts.ground import LONG, Ground
from tests.durable.restarts.place import Lost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.durable.restarts.place import Walker

    Step = Callable[[Walker], Awaitable[None]]

JOINING = 4
"""Steps in which everybody begins: the command, consent, languages, the welcome."""


@dataclass(frozen=True)
class Flow:
    """What one person does."""

    name: str
    lang: str
    lay: Callable[[Ground, str], Awaitable[None]]
    steps: tuple[Step, ...]


def ask(kind: str) -> Step:
    return lambda walker: walker.ask(kind=kind, language=walker.lang)


def press(action: str, *args: str) -> Step:
    return lambda walker: walker.press(action, *args)


def sends(**values: Any) -> Step:
    return lambda walker: walker.send(**values)


def hands_in(file: Upload) -> Step:
    """Send a form with a file, and open it once more where the bot died while it fetched the file.

    That takes longer than a form stays open, so the sign that an answer comes closes it. The file is theirs still.
    """

    async def hand(walker: Walker) -> None:
        try:
            await walker.send(file=file)
        except Lost:
            await walker.press("write")
            await walker.send(file=file)

    return hand


def arriving(kind: str) -> tuple[Step, ...]:
    return ask(kind), press("agree"), lambda walker: walker.pick("langs", walker.lang)


def joining(kind: str) -> tuple[Step, ...]:
    return *arriving(kind), press("begin")


def picks(menu: str, *values: str) -> Step:
    return lambda walker: walker.pick(menu, *values)


def opens(command: str, **options: str) -> Step:
    return lambda walker: walker.ask(command, **options)


def says(words: str) -> Step:
    async def look(walker: Walker) -> None:
        assert words in walker.card.message.text, walker.card.message.text

    return look


def then(*steps: Step) -> Step:
    """One deed and what is seen after it: nothing can come between them."""

    async def both(walker: Walker) -> None:
        for step in steps:
            await step(walker)

    return both


def places(reply: str) -> Step:
    """Put a reply next in a ranking, found by its words."""

    async def place(walker: Walker) -> None:
        letter = next(letter for letter, seen in walker.card.options.items() if seen.text.startswith(reply))
        button = walker.card.named("place", letter)
        assert button is not None
        await walker.push(button)

    return place


def reports(reply: str) -> Step:
    """Send the form that reports a reply, found by the beginning of its words."""

    async def report(walker: Walker) -> None:
        option = next(each for each in walker.form.field("which").options if (each.description or "").startswith(reply))
        await walker.send(which=option.value, why="spam")

    return then(report, says("Reported"))


def orders(verb: str) -> Step:
    return lambda walker: walker.press("order", verb)


def prefilled(words: str) -> Step:
    async def look(walker: Walker) -> None:
        assert walker.form.field("text").value == words

    return look


def prefilled_with(**chosen: str) -> Step:
    """See what is chosen in a form that opens again."""

    async def look(walker: Walker) -> None:
        for name, value in chosen.items():
            assert [option.value for option in walker.form.field(name).options if option.default] == [value]

    return look


async def adds(walker: Walker) -> None:
    """Open the form for a further part, by the button whose part begins where it ends."""
    part = next(each for each in walker.card.controls if each.action == "part" and each.args[0] == each.args[1])
    await walker.push(part.button)


FROM_FILE = "Write to jane.doe@mail.org for me. " + "This is how it goes. " * 250


def stars(action: str, *wanted: str) -> Step:
    """See which buttons of emoji would set (1) or clear (0) what."""

    async def look(walker: Walker) -> None:
        for each in wanted:
            assert walker.card.control("emoji", *each.split()) is not None, (action, each)

    return look


async def file_comes(walker: Walker) -> None:
    button = walker.card.control("file")
    assert button is not None
    answer = await walker.person.press(walker.card.message, button)
    if not answer.acknowledged or answer.message is None:
        raise Lost(f"{walker.person.name}: no file came")
    assert LONG in answer.message.files[0].bytes.decode()


async def nothing(_ground: Ground, _lang: str) -> None:
    return


PROMPT, REPLY, RANK = "initial_prompt", "assistant_reply", "rank_assistant_replies"
LABEL, LABEL_REPLY = "label_initial_prompt", "label_assistant_reply"
SAVED = says("✅")

PAGE_1 = {"spam": "0", "quality": "3"}
REPLY_PAGE_1 = {"spam": "0", "fails_task": "4", "quality": "2"}

FLOWS = (
    Flow(
        "writes a prompt", "ar", nothing, (*joining(PROMPT), press("write"), then(sends(text="What is rain?"), SAVED))
    ),
    Flow(
        "writes a reply",
        "bg",
        Ground.growing,
        (*joining(REPLY), press("write"), then(sends(text="It scatters."), SAVED)),
    ),
    Flow("reviews at one press", "ca", Ground.prompt, (*joining(LABEL), then(press("quick", "4"), SAVED))),
    Flow(
        "fills both pages of a review",
        "cs",
        Ground.prompt,
        (
            *joining(LABEL),
            press("review", "0"),
            sends(**PAGE_1),
            then(press("review", "0"), prefilled_with(quality="3")),
            sends(spam="0", quality="2"),
            press("review", "1"),
            then(sends(toxicity="1"), SAVED),
        ),
    ),
    Flow(
        "sends a review after its first page",
        "da",
        Ground.reply,
        (*joining(LABEL_REPLY), press("review", "0"), sends(**REPLY_PAGE_1), then(press("labelled"), SAVED)),
    ),
    Flow(
        "ranks with a mistake and with equals",
        "de",
        Ground.ranked,
        (
            *joining(RANK),
            places("Beta"),
            orders("u"),
            places("Gamma"),
            orders("e"),
            places("Alpha"),
            places("Beta"),
            then(press("ballot"), SAVED),
        ),
    ),
    Flow(
        "finds no reply acceptable",
        "el",
        Ground.ranked,
        (*joining(RANK), places("Alpha"), orders("n"), then(press("ballot"), SAVED)),
    ),
    Flow(
        "reports a reply while ranking",
        "pl",
        Ground.ranked,
        (
            *joining(RANK),
            places("Gamma"),
            press("report"),
            reports("Alpha"),
            places("Alpha"),
            places("Beta"),
            then(press("ballot"), SAVED),
        ),
    ),
    Flow(
        "passes a task on",
        "en",
        Ground.prompt,
        (
            *joining(LABEL),
            lambda walker: walker.pick("skip", "not_my_topic"),
            ask(PROMPT),
            press("write"),
            sends(text="Hm?"),
        ),
    ),
    Flow(
        "sets an emoji and clears it",
        "es",
        Ground.prompt,
        (
            *joining(LABEL),
            then(press("emoji", "up", "1"), stars("set", "up 0", "flag 1")),
            then(press("emoji", "up", "0"), stars("cleared", "up 1", "flag 1")),
            then(press("emoji", "flag", "1"), stars("flagged", "up 1", "flag 0")),
            press("emojis", "1"),
            then(lambda walker: walker.pick("ratings", "clap", "diamond"), stars("chosen", "up 1", "flag 0")),
            press("emojis", "1"),
            then(lambda walker: walker.pick("ratings", "clap"), stars("chosen anew", "up 1", "flag 0")),
            then(press("quick", "spam"), SAVED),
        ),
    ),
    Flow(
        "comes back to an open task",
        "fi",
        Ground.growing,
        (
            *joining(REPLY),
            lambda walker: walker.ask("me"),
            press("open"),
            press("write"),
            then(sends(text="Light bends."), SAVED),
        ),
    ),
    Flow(
        "edits after a refusal",
        "fr",
        nothing,
        (
            *joining(PROMPT),
            press("write"),
            sends(text="Rain or\x00 shine?"),
            then(press("write"), prefilled("Rain or\ufffd shine?")),
            then(sends(text="Rain or shine?"), SAVED),
        ),
    ),
    Flow(
        "opens a draft from their own work",
        "hu",
        nothing,
        (
            *joining(PROMPT),
            press("write"),
            sends(text="Half \ud83d of it"),
            then(lambda walker: walker.ask("me"), says("Half")),
            then(press("draft"), prefilled("Half \ufffd of it")),
            then(sends(text="All of it?"), SAVED),
        ),
    ),
    Flow(
        "turns pages and reads it all",
        "id",
        lambda ground, lang: ground.growing(lang, LONG),
        (
            *joining(REPLY),
            press("page", "2"),
            press("page", "1"),
            press("read"),
            then(press("leaf", "2", "task"), says("Page 2 of 2")),
            file_comes,
            ask(REPLY),
            press("write"),
            then(sends(text="I read it all."), SAVED),
        ),
    ),
    Flow(
        "takes the tour on the way in",
        "it",
        nothing,
        (
            *arriving(PROMPT),
            picks("taste", "maths"),
            then(press("tour"), says("How a conversation grows")),
            then(ask(PROMPT), says("How a conversation grows")),
            press("tour", "practice", "p", "it"),
            then(ask(PROMPT), says("grandmother")),
            then(press("practice", "2", "p", "it"), says("✅ Right!")),
            press("begin"),
            press("write"),
            then(sends(text="What did the tour say?"), SAVED),
        ),
    ),
    Flow(
        "changes a text of their own",
        "ko",
        nothing,
        (
            *joining(PROMPT),
            press("write"),
            then(sends(text="What is rian?"), SAVED),
            opens("me"),
            press("works"),
            then(press("work"), says("What is rian?")),
            press("edit"),
            then(sends(part0="What is rain?"), says("Changed once.")),
        ),
    ),
    Flow(
        "takes a text back",
        "nl",
        nothing,
        (
            *joining(PROMPT),
            press("write"),
            then(sends(text="I would rather not."), SAVED),
            opens("me"),
            press("works"),
            press("work"),
            then(press("unwrite"), says("deleted for good")),
            then(press("unwrote"), says("taken back")),
            then(press("works"), says("Nothing yet.")),
        ),
    ),
    Flow(
        "has everything erased",
        "ja",
        nothing,
        (
            *joining(PROMPT),
            press("write"),
            then(sends(text="I was never here."), SAVED),
            then(opens("privacy show"), says("1 text of yours")),
            then(press("forgetme"), says("cannot be called back")),
            press("forget"),
            then(sends(texts="erase", ratings="keep", word="no"), says("Nothing was erased")),
            press("forget"),
            then(sends(texts="erase", ratings="keep", word="erase"), says("You are erased")),
        ),
    ),
    Flow(
        "changes what others see and hear",
        "ja",
        nothing,
        (
            *joining(PROMPT),
            opens("me", page="settings"),
            then(press("switch", "boards", "1"), says("Leaderboards: yes")),
            then(press("switch", "showcase", "1"), says("Public showcase: yes")),
            press("topics"),
            picks("likes", "food"),
            then(press("prefs"), says("I like")),
            press("picklang"),
            then(picks("langs", "ja", "en"), says("Languages I write and read")),
            then(press("switch", "boards", "0"), says("Leaderboards: no")),
        ),
    ),
    Flow(
        "writes a long text in two parts",
        "ko",
        Ground.growing,
        (
            *joining(REPLY),
            press("write"),
            then(sends(text=LONG), says("3,996 of at most 16,000")),
            adds,
            then(sends(text="\n\nThe second part."), says("4,014 of at most 16,000")),
            then(press("send"), SAVED),
        ),
    ),
    Flow(
        "hands a file in after looking at it and a warning",
        "nl",
        nothing,
        (
            *joining(PROMPT),
            press("write"),
            then(hands_in(Upload("text.txt", FROM_FILE.encode())), says("jane.doe\\@mail.org")),
            press("read"),
            then(press("leaf", "2", "draft"), says("Page 2 of 2")),
            lambda walker: walker.ask("me"),
            then(press("draft"), says("Nothing is sent yet")),
            then(press("send"), SAVED),
        ),
    ),
)

STEPS = max(len(flow.steps) for flow in FLOWS)
