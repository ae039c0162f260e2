"""Scenes of a member's life with the bot, written for any stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.scenarios.stage import Actor, Seen, Stage

EMOJI = ["emoji", "emoji", "emoji", "emojis"]
PAGE_1 = {"spam": "0", "flags-cdefg": ["pii"], "quality": "3", "creativity": "unsure", "humor": "0"}
PAGE_2 = {"toxicity": "0", "violence": "unsure"}
RANKING = {
    "goal_tree_size": 4,
    "max_tree_depth": 1,
    "max_children_count": 3,
    "num_reviews_initial_prompt": 0,
    "num_reviews_reply": 0,
    "num_required_rankings": 2,
}


@dataclass(frozen=True)
class Scene:
    """What is played, and the rules of the pool that differ from `tiny`."""

    play: Callable[[Stage], Awaitable[None]]
    rules: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.play.__name__


async def consent_and_first_task(stage: Stage) -> None:
    ada, berta = stage.person(), stage.person("de")

    terms = await ada.slash("task", kind="initial_prompt")
    assert terms.actions == ["agree", "notnow"]
    assert await stage.rows("consents") == []
    await ada.press("agree")
    await ada.select("langs", "en")
    card = await ada.press("begin")
    assert "Write the first message" in card.text
    assert "Es wurde nichts gespeichert" in (await refuse(berta)).text
    [consent] = await stage.rows("consents")
    assert (consent["version"], consent["locale"]) == (1, "en")


async def refuse(actor: Actor) -> Seen:
    assert "Bevor du anfängst" in (await actor.slash("task")).text
    return await actor.press("notnow")


async def a_text_is_written_and_accepted(stage: Stage) -> None:
    ada, bob = stage.person(), stage.person()
    await ada.join("en")
    text = "  Why is `x` *not* y?\n\n```py\nprint('@everyone')\n```\n"
    assert (await ada.write(text)).text.startswith("✅ **Saved.**")
    await bob.join("en")
    await bob.slash("task", kind="label_initial_prompt")
    assert "Review saved" in (await bob.press("quick", "5")).text

    [message] = await stage.rows("messages")
    assert message["text"] == text
    assert "accepted" in (await ada.slash("me")).text


async def a_refused_text_comes_back_and_is_edited(stage: Stage) -> None:
    ada, text = stage.person(), "The same question as before."
    await ada.join("en")
    await ada.write(text)
    await ada.slash("task", kind="initial_prompt")

    refused = await ada.write(text)
    assert refused.actions == ["write"]
    await ada.press("write")
    assert ada.prefilled == {"text": text}
    assert "Saved" in (await ada.submit({"text": "Another question."})).text
    assert [row["text"] for row in await stage.rows("messages")] == [text, "Another question."]


async def a_prompt_is_reviewed_in_one_press(stage: Stage) -> None:
    bob, card = await reviewer(stage)
    assert card.actions == ["quick"] * 5 + ["review", "quick", "quick", "skip", "guides", *EMOJI]
    rated = await bob.press("emoji", "up")
    assert [part["style"] for part in rated.controls("emoji")] == [3, 2, 2]

    assert "Review saved" in (await bob.press("quick", "4")).text
    [review] = await stage.rows("reviews")
    kept = {name: value for name, value in review["labels"].items() if value is not None}
    assert kept == {"spam": 0.0, "lang_mismatch": 0.0, "quality": 0.75}


async def a_prompt_is_reviewed_in_full(stage: Stage) -> None:
    bob, _ = await reviewer(stage)

    await bob.press("review")
    assert "Page 1 is kept" in (await bob.submit(PAGE_1)).text
    assert await stage.rows("reviews") == []
    await bob.press("review", "1")
    assert "Review saved" in (await bob.submit(PAGE_2)).text
    [review] = await stage.rows("reviews")
    assert (review["labels"]["quality"], review["labels"]["pii"]) == (0.75, 1.0)


async def reviewer(stage: Stage) -> tuple[Actor, Seen]:
    """Ada wrote a prompt, and Bob holds it for review."""
    ada, bob = stage.person(), stage.person()
    await ada.join("en")
    await ada.write("Why is the sky blue?")
    await bob.join("en")
    return bob, await bob.slash("task", kind="label_initial_prompt")


async def replies_are_ranked_with_undo_and_equal(stage: Stage) -> None:
    ada = stage.person()
    await ada.join("en")
    await ada.write("Which reply is best?")
    await stage.house.upkeep.draw_lottery()
    for text in ("One.", "Two.", "Three."):
        writer = stage.person()
        await writer.join("en")
        await writer.slash("task", kind="assistant_reply")
        await writer.write(text)
    judge = stage.person()
    await judge.join("en")
    card = await judge.slash("task", kind="rank_assistant_replies")
    a, b, c = (args[-1] for args in card.args("place"))

    await judge.press("place", b)
    await judge.press("place", a)
    await judge.press("order", "u")
    await judge.press("order", "e")
    await judge.press("place", c)
    assert "B = C > A" in (await judge.press("place", a)).text
    assert "Ranking saved" in (await judge.press("ballot")).text
    [ballot] = await stage.rows("ballots")
    assert [len(group) for group in ballot["groups"]] == [2, 1]


async def a_task_is_skipped_and_the_next_one_comes(stage: Stage) -> None:
    ada = stage.person()
    await ada.join("en")

    assert "Skipped" in (await ada.select("skip", "not_my_topic")).text
    assert "write" in (await ada.press("unskip")).actions
    await ada.select("skip", "not_my_topic")
    again = await ada.press("next")
    assert "### " in again.text
    assert "Saved" in (await ada.write("Something else.")).text
    states = sorted((row["skip_reason"] or "", row["state"]) for row in await stage.rows("tasks"))
    assert states[-1][0] == "not_my_topic"


async def somebody_elses_task_is_refused(stage: Stage) -> None:
    ada, bob = stage.person(), stage.person()
    await ada.join("en")
    await bob.join("de")
    await ada.press("write")
    await bob.press("write")

    card = await bob.submit({"text": "Mine, not yours."}, named=ada.form["custom_id"])
    assert "belongs to somebody else" in card.text
    assert card.files == {"your-text.txt": "Mine, not yours."}
    assert await stage.rows("messages") == []


async def ones_own_work_and_languages(stage: Stage) -> None:
    ada = stage.person()
    await ada.join("en")
    await ada.write("Why <@1> # blue?\nSecond line")
    await ada.slash("task", kind="initial_prompt")

    card = await ada.slash("me")
    assert card.actions == ["open", "next", "works", "leaders", "prefs"]
    await ada.slash("me", page="settings")
    await ada.press("picklang")
    assert "write and read**\nGerman" in (await ada.select("langs", "de")).text
    assert "My languages: German" in (await ada.slash("me")).text
    assert "write" in (await ada.press("open", on=card)).actions


async def a_form_opened_before_a_restart_is_taken_after_it(stage: Stage) -> None:
    ada, bob = stage.person(), stage.person()
    await ada.join("en")
    await bob.join("en")
    await ada.press("write")
    await bob.press("write")

    await stage.restart()
    assert "Saved" in (await bob.submit({"text": "Bob typed for five minutes."})).text
    assert "Saved" in (await ada.submit({"text": "Ada typed for five minutes."})).text
    texts = [row["text"] for row in await stage.rows("messages")]
    assert texts == ["Bob typed for five minutes.", "Ada typed for five minutes."]
    await stage.restart()
    assert "### " in (await ada.press("next")).text


async def a_moderator_sets_and_reads_settings(stage: Stage) -> None:
    ada, keeper = stage.person(), stage.moderator("de")
    await ada.join("en")

    refused = await keeper.slash("settings set", setting="goal_tree_size", value="6")
    assert "ändern nur seine Betreuer" in refused.text
    await keeper.slash("settings set", setting="kinds", value="label_initial_prompt")
    opened = await keeper.slash("settings open-pool", preset="oasst", name="Unser", licence="CC0-1.0")
    assert "Voreinstellung oasst · CC0-1.0" in opened.text
    done = await keeper.slash("settings set", setting="goal_tree_size", value="6", language="de")
    assert "für Deutsch im Pool Unser" in done.text
    await keeper.slash("settings show", about="size")
    assert "fertigen Unterhaltung: **6**" in (await keeper.select("setlang", "de")).text
    assert "fertigen Unterhaltung: **9**" in (await keeper.select("setlang", "-")).text
    await stage.restart()
    assert "nicht gesetzt → 6" in (await keeper.slash("settings history", language="de")).text
    assert "**CC0-1.0**" in (await ada.slash("task")).text
    changes = await stage.rows("setting_changes")
    assert [change["name"] for change in changes] == ["kinds", "pool", "goal_tree_size"]


SCENES = (
    Scene(consent_and_first_task),
    Scene(a_text_is_written_and_accepted),
    Scene(a_refused_text_comes_back_and_is_edited),
    Scene(a_prompt_is_reviewed_in_one_press),
    Scene(a_prompt_is_reviewed_in_full),
    Scene(replies_are_ranked_with_undo_and_equal, RANKING),
    Scene(a_task_is_skipped_and_the_next_one_comes),
    Scene(somebody_elses_task_is_refused),
    Scene(ones_own_work_and_languages),
    Scene(a_form_opened_before_a_restart_is_taken_after_it),
    Scene(a_moderator_sets_and_reads_settings),
)
