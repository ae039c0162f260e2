"""The texts a simulated community writes, with the quality that only the simulation knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from itertools import chain
from typing import TYPE_CHECKING

from dataset.assembly import assemble
from dataset.reading import BadLine, read_lines
from dataset.records import MessageRecord, TreeRecord
from trees.kinds import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dataset.records import Node
    from trees.rules import Rules

LONGEST = 4_000
"""Discord's forms end there, in code points."""

UNKNOWN = 0.6
"""The quality of a text of which nothing is known."""


BUILT_IN = "built-in"
"""The name of the corpus that comes with the program."""


@dataclass(slots=True, eq=False)
class Text:
    """One message of the file."""

    id: str
    text: str
    role: Role
    lang: str
    parent: Text | None
    rank: int | None
    """Among its siblings, 0 is best; None when the file does not say."""
    quality: float = UNKNOWN
    """Hidden quality in [0, 1], from the rank; what the file does not rank is middling."""
    replies: tuple[Text, ...] = ()

    def with_replies(self) -> Iterator[Text]:
        """Yield this text and all below it, parents first."""
        waiting = [self]
        while waiting:
            text = waiting.pop()
            yield text
            waiting.extend(text.replies)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The conversations of a file."""

    name: str
    """What people call it: `built-in`, or the name of the file."""
    prompts: tuple[Text, ...] = field(repr=False)
    """The roots, in the order of the file."""

    def __iter__(self) -> Iterator[Text]:
        """Yield every text."""
        return chain.from_iterable(prompt.with_replies() for prompt in self.prompts)

    def startable(self, rules: Rules, langs: Iterable[str] | None = None) -> list[Text]:
        """Return the prompts whose tree can reach the goal of the rules, in the order of the file."""
        spoken = None if langs is None else frozenset(langs)
        return [
            prompt
            for prompt in self.prompts
            if (spoken is None or prompt.lang in spoken) and reach(prompt, rules) >= rules.goal_tree_size
        ]


class CorpusProblem(Exception):
    """A corpus cannot be used; the message says why in one sentence."""


def built_in() -> Corpus:
    """Return the corpus that comes with the program: everyday questions in English, German and Spanish."""
    with resources.as_file(resources.files("simulation") / "corpus") as folder:
        files = sorted(folder.glob("*.jsonl"))
        return Corpus(BUILT_IN, tuple(chain.from_iterable(_prompts(file) for file in files)))


def from_file(path: Path) -> Corpus:
    """Return the corpus of a file of OASST trees or messages, JSON lines, plain or gzip.

    Deleted texts, texts that no form takes, those without a language, and all below them are left out.

    Raises:
        CorpusProblem: the file cannot be read or holds no conversation.
    """
    try:
        prompts = tuple(_prompts(path))
    except OSError as error:
        raise CorpusProblem(f"{path} cannot be read: {error.strerror}.") from None
    except BadLine as error:
        raise CorpusProblem(str(error)) from None
    if not prompts:
        raise CorpusProblem(f"{path} holds no conversation that begins with a prompt.")
    return Corpus(path.name, prompts)


def reach(text: Text, rules: Rules, depth: int = 0) -> int:
    """Return how many messages of the file can stand from this text downwards under the rules, itself included."""
    if depth >= rules.max_tree_depth:
        return 1
    return 1 + sum(reach(reply, rules, depth + 1) for reply in worth_writing(text, rules, depth))


def worth_writing(text: Text, rules: Rules, depth: int) -> list[Text]:
    """Return the replies to a text of this depth that lead furthest, as many as the rules take, in file order."""
    room = rules.max_children_count if text.role is Role.PROMPTER else rules.num_prompter_replies
    if len(text.replies) <= room:
        return list(text.replies)
    best = sorted(text.replies, key=lambda reply: -reach(reply, rules, depth + 1))[:room]
    return [reply for reply in text.replies if reply in best]


def _prompts(path: Path) -> Iterator[Text]:
    trees: list[TreeRecord] = []
    messages: list[MessageRecord] = []
    for record in read_lines(path):
        if isinstance(record, BadLine):
            raise record
        if isinstance(record, TreeRecord):
            trees.append(record)
        else:
            messages.append(record)
    for tree in (*trees, *assemble(messages).trees):
        if tree.prompt is not None and tree.is_complete and tree.prompt.message.role is Role.PROMPTER:
            prompt = _text(tree.prompt, None)
            if prompt is not None:
                yield prompt


def _text(node: Node, parent: Text | None) -> Text | None:
    given = node.message
    sayable = bool(given.text.strip()) and len(given.text) <= LONGEST
    fits = given.lang is not None and (parent is None or given.role is parent.role.answered_by)
    if given.deleted or not sayable or not fits:
        return None
    text = Text(given.message_id, given.text, given.role, given.lang or "", parent, given.rank)
    replies = [reply for child in node.replies if (reply := _text(child, text)) is not None]
    last = max((reply.rank for reply in replies if reply.rank is not None), default=0)
    for reply in replies:
        if reply.rank is not None and last > 0:
            reply.quality = 1.0 - reply.rank / last
    text.replies = tuple(replies)
    return text
