"""One tree from the first prompt to the finished order, by nothing but what Discord shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs.parts.ids import decode

if TYPE_CHECKING:
    from tests.cogs.conftest import House, Person


async def work(person: Person, number: int) -> bool:
    """Do whatever the card asks for; return whether it asked for anything."""
    card = await person.slash("task")
    if "write" in card.actions:
        saved = await person.write(f"Text number {number}.")
    elif "quick" in card.actions:
        saved = await person.press("quick", "4")
    elif "place" in card.actions:
        for control in card.controls("place"):
            card = await person.press("place", decode(control["custom_id"]).args[-1])
        saved = await person.press("ballot")
    else:
        assert "Nothing to do right now" in card.text
        return False
    assert "✅" in saved.text
    return True


async def test_a_community_brings_a_tree_from_prompt_to_consensus(house: House) -> None:
    people = [house.person() for _ in range(4)]
    for person in people:
        await person.join("en")

    for number in range(60):
        await work(people[number % 4], number)
        await house.upkeep.draw_lottery()
        if number % 10 == 0:
            await house.restart()
        if any(tree["state"] == "ready_for_export" for tree in await house.rows("trees")):
            break

    assert any(tree["state"] == "ready_for_export" for tree in await house.rows("trees"))
    assert await house.rows("ballots")
