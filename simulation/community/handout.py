"""Who writes what: each text of the corpus is handed out once a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.community.corpus import worth_writing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from random import Random

    from simulation.community.corpus import Corpus, Text
    from trees.rules import Rules


class Handout:
    """The texts that nobody has written yet.

    Args:
        corpus: where the texts stand.
        prompts: those that may be begun, in the order in which they are.
        rules: which replies are worth writing.
        allowance: how many prompts are begun for now.
        chance: which of several replies is written first.
    """

    def __init__(self, corpus: Corpus, prompts: Sequence[Text], rules: Rules, allowance: int, chance: Random) -> None:
        self._prompts = list(prompts)
        self._rules = rules
        self._chance = chance
        self._elsewhere: dict[str, list[Text]] = {}
        for text in corpus:
            self._elsewhere.setdefault(text.lang, []).append(text)
        self._given: set[Text] = set()
        self.allowance = allowance

    @property
    def begun(self) -> int:
        """How many prompts are handed out."""
        return sum(text.parent is None for text in self._given)

    @property
    def prompts_left(self) -> int:
        """How many prompts could still be begun."""
        return len(self._prompts)

    def prompt(self, lang: str) -> Text | None:
        """Return a prompt in a language that nobody wrote yet, or None."""
        if self.begun >= self.allowance:
            return None
        found = next((text for text in self._prompts if text.lang == lang), None)
        if found is not None:
            self._prompts.remove(found)
            self._given.add(found)
        return found

    def reply(
        self, parents: Iterable[Text], depth: int, *, skill: float = 0.5, not_again: Collection[str] = ()
    ) -> Text | None:
        """Return a reply to a message of this depth that nobody wrote yet, or None.

        Args:
            parents: the texts the message may be.
            depth: of the message that is answered; the root has 0.
            skill: how often the better of two ideas is taken instead of the worse.
            not_again: what this person wrote before.
        """
        left = [
            reply
            for parent in parents
            for reply in worth_writing(parent, self._rules, depth)
            if reply not in self._given and reply.text not in not_again
        ]
        if not left:
            return None
        ideas = sorted(self._chance.sample(left, min(2, len(left))), key=lambda idea: idea.quality)
        found = ideas[-1] if self._chance.random() < skill else ideas[0]
        self._given.add(found)
        return found

    def put_back(self, text: Text) -> None:
        """Take back a text that was not accepted from who meant to write it."""
        self._given.discard(text)
        if text.parent is None:
            self._prompts.insert(0, text)

    def foreign(self, lang: str, parents: Collection[Text], chance: Random) -> Text | None:
        """Return a text that does not belong below these parents (none: that is no prompt), or None."""
        texts = self._elsewhere.get(lang, [])
        for _ in range(20):
            found = chance.choice(texts) if texts else None
            if found is not None and (found.parent not in parents if parents else found.parent is not None):
                return found
        return None
