"""Roles of messages and kinds of tasks."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who speaks in a message of a tree."""

    PROMPTER = "prompter"
    """The person who asks. The root of a tree always has this role."""

    ASSISTANT = "assistant"
    """The assistant, written by a person."""

    @property
    def answered_by(self) -> Role:
        """The role of a reply to a message of this role."""
        return Role.ASSISTANT if self is Role.PROMPTER else Role.PROMPTER


class TaskKind(StrEnum):
    """A unit of work, by what is asked of the person who takes it (Open-Assistant's names)."""

    INITIAL_PROMPT = "initial_prompt"
    """Write the first message of a new tree."""

    PROMPTER_REPLY = "prompter_reply"
    """Answer an assistant's message as the person who asks."""

    ASSISTANT_REPLY = "assistant_reply"
    """Answer a prompter's message as the assistant."""

    LABEL_INITIAL_PROMPT = "label_initial_prompt"
    """Review the root of a tree."""

    LABEL_PROMPTER_REPLY = "label_prompter_reply"
    """Review a prompter's reply."""

    LABEL_ASSISTANT_REPLY = "label_assistant_reply"
    """Review an assistant's reply."""

    RANK_ASSISTANT_REPLIES = "rank_assistant_replies"
    """Put the assistant's replies to one message in order, best first."""

    RANK_PROMPTER_REPLIES = "rank_prompter_replies"
    """Put the prompter's replies to one message in order, best first. Off unless the rules say so."""

    @property
    def activity(self) -> Activity:
        """What a person does in this task."""
        return _ACTIVITY[self]

    @property
    def role(self) -> Role:
        """The role of the message written, reviewed or ranked in this task."""
        return Role.ASSISTANT if "assistant" in self.value else Role.PROMPTER


class Activity(StrEnum):
    """The five things people do; a task without a wish is drawn by these."""

    RANK = "rank"
    LABEL_REPLY = "label_reply"
    LABEL_PROMPT = "label_prompt"
    REPLY = "reply"
    PROMPT = "prompt"

    @property
    def kinds(self) -> tuple[TaskKind, ...]:
        """The kinds of tasks of this activity, in the order of `TaskKind`."""
        return tuple(kind for kind, activity in _ACTIVITY.items() if activity is self)

    @property
    def writes(self) -> bool:
        """Whether the person writes a text."""
        return self in {Activity.REPLY, Activity.PROMPT}

    @property
    def labels(self) -> bool:
        """Whether the person reviews a message."""
        return self in {Activity.LABEL_REPLY, Activity.LABEL_PROMPT}


_ACTIVITY = {
    TaskKind.INITIAL_PROMPT: Activity.PROMPT,
    TaskKind.PROMPTER_REPLY: Activity.REPLY,
    TaskKind.ASSISTANT_REPLY: Activity.REPLY,
    TaskKind.LABEL_INITIAL_PROMPT: Activity.LABEL_PROMPT,
    TaskKind.LABEL_PROMPTER_REPLY: Activity.LABEL_REPLY,
    TaskKind.LABEL_ASSISTANT_REPLY: Activity.LABEL_REPLY,
    TaskKind.RANK_ASSISTANT_REPLIES: Activity.RANK,
    TaskKind.RANK_PROMPTER_REPLIES: Activity.RANK,
}

REPLY_KIND = {Role.PROMPTER: TaskKind.PROMPTER_REPLY, Role.ASSISTANT: TaskKind.ASSISTANT_REPLY}
"""The task that writes a reply of a role."""

LABEL_REPLY_KIND = {Role.PROMPTER: TaskKind.LABEL_PROMPTER_REPLY, Role.ASSISTANT: TaskKind.LABEL_ASSISTANT_REPLY}
"""The task that reviews a reply of a role."""

RANK_KIND = {Role.PROMPTER: TaskKind.RANK_PROMPTER_REPLIES, Role.ASSISTANT: TaskKind.RANK_ASSISTANT_REPLIES}
"""The task that ranks the replies of a role."""


class SkipReason(StrEnum):
    """Why somebody passes a task on. `BAD_PROMPT` counts against the message; the others say nothing of its worth."""

    NOT_MY_TOPIC = "not_my_topic"
    CANNOT_JUDGE = "cannot_judge"
    BAD_PROMPT = "bad_prompt"
    END_OF_CONVERSATION = "end_of_conversation"
    """Nothing need be said after the message; only where it was to be answered."""

    OTHER = "other"


class Concern(StrEnum):
    """Why somebody reports a message."""

    SPAM = "spam"
    PERSONAL_DATA = "personal_data"
    HATE = "hate"
    SEXUAL = "sexual"
    VIOLENCE = "violence"
    OTHER = "other"


class EmojiCode(StrEnum):
    """Emoji ratings by their published codes. Those that stand for skips are none here: a skip is kept as one."""

    UP = "+1"
    DOWN = "-1"
    RED_FLAG = "red_flag"
    """Somebody should look at this message: those of several people act on it."""

    HUNDRED = "100"
    ROFL = "rofl"
    CLAP = "clap"
    DIAMOND = "diamond"
    HEART_EYES = "heart_eyes"
    DISAPPOINTED = "disappointed"
    POOP = "poop"
    SKULL = "skull"

    @property
    def opposite(self) -> EmojiCode | None:
        """The code that cannot stand beside this one, by the same person on the same message."""
        return {EmojiCode.UP: EmojiCode.DOWN, EmojiCode.DOWN: EmojiCode.UP}.get(self)
