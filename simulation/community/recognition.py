"""Recognising the texts of the corpus in what Discord shows of them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulation.community.corpus import Corpus, Text

_NAMED = re.compile(r"⟦U\+[0-9A-F]{4,6}⟧")
# Letters to Unicode, blank to people: a bot may show them by name.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_LEAST_PREFIX = 12
"""Letters of a cut text that are enough to know it by."""
_LONGEST_NOTE = 60
"""Letters that may stand behind a cut text: how much is left out."""


def normal(shown: str) -> str:
    """Return the letters and digits of a text; if it has none, its punctuation and symbols without escapes."""
    plain = _NAMED.sub("", shown)
    letters = "".join(filter(str.isalnum, plain))
    if not letters.isascii():
        letters = "".join(letter for letter in letters if letter not in _BLANK)
    return letters or "".join(filter(_is_sign, plain))


def _is_sign(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS" and character != "\\" and character not in _BLANK


@dataclass(frozen=True, slots=True)
class Sighting:
    """One message as somebody sees it."""

    text: str
    whole: bool = True
    """False where perhaps only the beginning is shown, with a note of the bot's behind it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a message may be: several texts only where the file holds the same words twice beside each other."""

    texts: tuple[Text, ...]

    @property
    def text(self) -> Text:
        """The text it is taken for."""
        return self.texts[0]


class Recognition:
    """Finds texts by their words and by the conversation they stand in."""

    def __init__(self, corpus: Corpus) -> None:
        self._normal = {text: normal(text.text) for text in corpus}
        self._prompts = tuple(corpus.prompts)
        self._by_words: dict[str, list[Text]] = defaultdict(list)
        for prompt in self._prompts:
            self._by_words[self._normal[prompt]].append(prompt)

    def conversation(self, thread: Sequence[Sighting]) -> list[Known | None]:
        """Return what each message of a thread is, root first; None for one that does not belong there.

        Below a message that does not belong nothing does.
        """
        found: list[Known | None] = []
        candidates: tuple[Text, ...] = ()
        for place, sighting in enumerate(thread):
            if place == 0:
                candidates = self._roots(sighting)
            else:
                candidates = self._among((reply for text in candidates for reply in text.replies), sighting)
            found.append(Known(candidates) if candidates else None)
        return found

    def replies(self, parent: Known | None, shown: Iterable[Sighting]) -> list[Known | None]:
        """Return what each reply to a message is; None for one that does not belong there."""
        below = [] if parent is None else [reply for text in parent.texts for reply in text.replies]
        return [Known(texts) if (texts := self._among(below, sighting)) else None for sighting in shown]

    def file(self, content: str) -> list[Known | None]:
        """Return what the messages of a conversation in a file are; after one that does not belong no more.

        The file has for each message a head of one line, an empty line, and the text exactly as it was typed; between
        messages stands an empty line.
        """
        found: list[Known | None] = []
        ahead: Iterable[Text] = self._prompts
        rest = content
        while rest.strip():
            _, _, body = rest.partition("\n\n")
            texts = [text for text in ahead if body.startswith(text.text) and _ends(body[len(text.text) :])]
            if not texts:
                return [*found, None]
            longest = max(len(text.text) for text in texts)
            texts = [text for text in texts if len(text.text) == longest]
            found.append(Known(tuple(texts)))
            ahead = [reply for text in texts for reply in text.replies]
            rest = body[longest:].removeprefix("\n\n")
        return found

    def _roots(self, sighting: Sighting) -> tuple[Text, ...]:
        if exact := self._by_words.get(normal(sighting.text)):
            return tuple(exact)
        return () if sighting.whole else self._among(self._prompts, sighting)

    def _among(self, texts: Iterable[Text], sighting: Sighting) -> tuple[Text, ...]:
        words = normal(sighting.text)
        choice = list(texts)
        exact = tuple(text for text in choice if self._normal[text] == words)
        if exact or sighting.whole:
            return exact
        shared = {text: _shared(self._normal[text], words) for text in choice}
        longest = max(shared.values(), default=0)
        if longest < _LEAST_PREFIX or len(words) - longest > _LONGEST_NOTE:
            return ()
        return tuple(text for text in choice if shared[text] == longest)


def _shared(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _ends(rest: str) -> bool:
    return rest in {"", "\n"} or rest.startswith("\n\n")
