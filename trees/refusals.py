"""What is understood and declined: values with facts, worded only where people read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from trees.ids import TaskId, TreeLanguage
    from trees.kinds import TaskKind
    from trees.labels import Label
    from trees.sanctions import Grounds
    from trees.takes import Takes


@dataclass(eq=False)
class Refusal(Exception):
    """Something a person asked for is not done; the fields are the facts of it."""


# About the person


@dataclass(eq=False)
class ConsentNeeded(Refusal):
    """Nothing is taken from anybody who has not agreed to the present terms."""

    version: int


@dataclass(eq=False)
class LanguagesNeeded(Refusal):
    """The person has not said in which languages they write."""


@dataclass(eq=False)
class WelcomeNeeded(Refusal):
    """The person is new, and has not been shown how to begin."""


@dataclass(eq=False)
class LanguageNotOffered(Refusal):
    """The pool has no trees in this language."""

    lang: str
    offered: tuple[TreeLanguage, ...]


@dataclass(eq=False)
class LanguageNotYours(Refusal):
    """The person asked for a language they have not chosen."""

    lang: TreeLanguage


@dataclass(eq=False)
class TopicNotOffered(Refusal):
    """The pool has no such topic to choose."""


@dataclass(eq=False)
class TooManyTopics(Refusal):
    """More topics than may stand there."""

    limit: int


@dataclass(eq=False)
class TopicsSettled(Refusal):
    """What the prompt is about was said by others, and stays."""


@dataclass(eq=False)
class NoCommunity(Refusal):
    """The person came by direct message and belongs to no community yet."""


@dataclass(eq=False)
class NoBoard(Refusal):
    """The community has no board."""


@dataclass(eq=False)
class NoShowcase(Refusal):
    """The community has no showcase."""


@dataclass(eq=False)
class SprintRunning(Refusal):
    """The community has a sprint already."""

    until: datetime


@dataclass(eq=False)
class NoSprint(Refusal):
    """The community has no sprint."""


@dataclass(eq=False)
class NoRoleAtLevel(Refusal):
    """The community gives no role at this level."""

    level: int


@dataclass(eq=False)
class TooManyRoles(Refusal):
    """The community gives as many roles as it may."""

    limit: int


# About getting a task


@dataclass(eq=False)
class NothingToDo(Refusal):
    """There is no work of this kind for this person now."""

    kind: TaskKind | None
    langs: tuple[TreeLanguage, ...]


@dataclass(eq=False)
class PromptsNotTaken(Refusal):
    """No initial prompts are taken in this language."""

    lang: TreeLanguage


@dataclass(eq=False)
class EnoughPrompts(Refusal):
    """So many prompts wait that more would only wait too; replies and reviews are needed."""

    lang: TreeLanguage


@dataclass(eq=False)
class TooManyOpen(Refusal):
    """The person holds as many tasks as anybody may."""

    limit: int


@dataclass(eq=False)
class KindNotOffered(Refusal):
    """The person's community does not give out tasks of this kind."""

    kind: TaskKind
    kinds: tuple[TaskKind, ...]
    """Those it gives out."""


@dataclass(eq=False)
class EnoughTasks(Refusal):
    """The person was given as many tasks as the pool gives anybody within a while."""

    limit: int
    window: timedelta
    until: datetime


@dataclass(eq=False)
class EnoughOfKind(Refusal):
    """The person was asked for as many replies of this kind as the pool asks anybody for within a while."""

    kind: TaskKind
    limit: int
    window: timedelta
    until: datetime


@dataclass(eq=False)
class TooSoon(Refusal):
    """The person's community wants a pause between two tasks."""

    until: datetime


@dataclass(eq=False)
class EnoughTextsToday(Refusal):
    """The person has written, and holds, as many texts as their community takes of one member within 24 hours."""

    limit: int
    until: datetime
    """When there is room for another."""


@dataclass(eq=False)
class EnoughPromptsToday(Refusal):
    """The same for initial prompts."""

    limit: int
    until: datetime


# About a task in hand


@dataclass(eq=False)
class UnknownTask(Refusal):
    """There is no such task."""


@dataclass(eq=False)
class NotYourTask(Refusal):
    """The task belongs to somebody else."""


@dataclass(eq=False)
class TaskDone(Refusal):
    """The task is done already, with something else than what came now."""

    task_id: TaskId
    at: datetime


@dataclass(eq=False)
class TaskPassedOn(Refusal):
    """The person skipped or released this task before, or did not hand it in for long."""

    task_id: TaskId


@dataclass(eq=False)
class WrongKind(Refusal):
    """The task asks for something else than what came."""

    kind: TaskKind


@dataclass(eq=False)
class TreeClosed(Refusal):
    """The tree was stopped; what was written is kept as a draft."""


@dataclass(eq=False)
class UnknownTree(Refusal):
    """There is no such tree."""


@dataclass(eq=False)
class MessageGone(Refusal):
    """The message was removed, or was never there."""


@dataclass(eq=False)
class NothingKnown(Refusal):
    """Nothing is known of whoever asks: they were never met, or were erased."""


@dataclass(eq=False)
class UnknownReceipt(Refusal):
    """There is no erasure with this receipt."""


@dataclass(eq=False)
class OwnMessage(Refusal):
    """Nobody reviews, rates or ranks their own message."""


# About what was written


@dataclass(eq=False)
class EmptyText(Refusal):
    """There is nothing but white space."""


@dataclass(eq=False)
class TextTooLong(Refusal):
    """The text has more characters than the pool takes."""

    length: int
    limit: int


@dataclass(eq=False)
class FileTooLarge(Refusal):
    """The file is larger than any text that is taken."""

    size: int
    """In bytes."""
    limit: int
    """The longest text, in code points."""


@dataclass(eq=False)
class NotUtf8(Refusal):
    """The file is no text in UTF-8."""


@dataclass(eq=False)
class FileLost(Refusal):
    """Discord did not hand out the file."""


@dataclass(eq=False)
class TextAndFile(Refusal):
    """Somebody wrote a text and attached a file: nobody can say which is meant."""


@dataclass(eq=False)
class DraftChanged(Refusal):
    """The draft is no more the one that was shown."""


@dataclass(eq=False)
class UnstorableText(Refusal):
    """The text holds NUL characters or lone surrogates, which no file of text can hold."""

    positions: tuple[int, ...]
    """Where they stand, from 0, at most ten."""


@dataclass(eq=False)
class RepeatedText(Refusal):
    """The person sent the same text a short time ago."""

    window: timedelta


@dataclass(eq=False)
class AlreadyAnswered(Refusal):
    """The person has answered this message before."""


# About reviews and ballots


@dataclass(eq=False)
class AlreadyReviewed(Refusal):
    """The person has reviewed this message before."""


@dataclass(eq=False)
class AlreadyRanked(Refusal):
    """The person has ranked these replies before."""


@dataclass(eq=False)
class LabelsMissing(Refusal):
    """A review lacks labels without which it is not taken."""

    labels: tuple[Label, ...]


@dataclass(eq=False)
class LabelNotAsked(Refusal):
    """A review holds a label that this kind of message does not have."""

    label: Label


@dataclass(eq=False)
class LabelOutOfRange(Refusal):
    """A label has a value its widget cannot give."""

    label: Label
    value: float


@dataclass(eq=False)
class BallotIncomplete(Refusal):
    """A ballot must hold each reply that was shown, once."""

    shown: int
    placed: int


@dataclass(eq=False)
class PanelOutdated(Refusal):
    """A control sent what this version does not understand, or what no longer fits."""


# About settings


@dataclass(eq=False)
class UnknownSetting(Refusal):
    """There is no setting of this name."""

    name: str
    near: tuple[str, ...]
    """Names that are spelt alike, the nearest first; perhaps none."""


@dataclass(eq=False)
class SettingNotTaken(Refusal):
    """The setting does not take this value."""

    name: str
    takes: Takes


@dataclass(eq=False)
class NotForOneLanguage(Refusal):
    """The setting holds for a pool or a community as a whole, never for one language."""

    name: str


@dataclass(eq=False)
class MaintainersOnly(Refusal):
    """Only the maintainers change this pool."""


@dataclass(eq=False)
class ModeratorsOnly(Refusal):
    """Only those who may manage this community's server do this."""


@dataclass(eq=False)
class Suspended(Refusal):
    """They are kept from working here until a moment."""

    until: datetime
    grounds: Grounds


@dataclass(eq=False)
class Banned(Refusal):
    """They are kept from working here until that is lifted."""

    grounds: Grounds


@dataclass(eq=False)
class NobodyKnown(Refusal):
    """Nobody with this account has worked here."""


@dataclass(eq=False)
class NotAgainstThem(Refusal):
    """Nothing is imposed on oneself or on a maintainer."""


@dataclass(eq=False)
class NothingToLift(Refusal):
    """Nothing that the caller may lift keeps them from working."""


@dataclass(eq=False)
class UnknownCase(Refusal):
    """There is no such case."""


@dataclass(eq=False)
class CaseTaken(Refusal):
    """Another moderator looks at it."""

    until: datetime


@dataclass(eq=False)
class CaseClosed(Refusal):
    """It was decided already."""

    at: datetime


@dataclass(eq=False)
class CaseOpen(Refusal):
    """Nothing was decided yet that could be undone."""


@dataclass(eq=False)
class TooLateToUndo(Refusal):
    """It was decided too long ago."""

    days: int


@dataclass(eq=False)
class OthersDecide(Refusal):
    """It belongs to another community: its moderators decide, or the maintainers."""


@dataclass(eq=False)
class NotInOwnPool(Refusal):
    """The community works for the pool `main`, which nobody can leave."""


@dataclass(eq=False)
class LicenceSettled(Refusal):
    """The pool has trees under one licence; theirs cannot become another."""

    found: str
    wanted: str


@dataclass(eq=False)
class UnknownPool(Refusal):
    """There is no such pool."""

    pool: str
    known: tuple[str, ...]


@dataclass(eq=False)
class UnknownCommunity(Refusal):
    """No community of this server is known."""

    place: str


# About the bot itself


@dataclass(eq=False)
class TooFast(Refusal):
    """The person acts faster than anybody can read; nothing of it was done."""

    wait: timedelta
    """After which the next press is taken."""


# About the store


@dataclass(eq=False)
class StoreBusy(Refusal):
    """More waits to be written than can be taken; press again in a moment."""


@dataclass(eq=False)
class StoreClosed(Refusal):
    """The bot is stopping."""


@dataclass(eq=False)
class StoreReadOnly(Refusal):
    """Nothing can be stored at the moment, for the disk is full or fails; what can be read is shown."""


# About one's own text


@dataclass(eq=False)
class NextNotAsked(Refusal):
    """Nothing is asked after one's own reply now: it is not accepted, or its tree has all it wants."""


@dataclass(eq=False)
class NotYourText(Refusal):
    """There is no such text of this person's."""


@dataclass(eq=False)
class EditTimeOver(Refusal):
    """The text was written too long ago to be changed by its author."""

    window: timedelta


@dataclass(eq=False)
class OthersHaveSaid(Refusal):
    """Somebody has reviewed the text, rated it or answered it: their words were about the old one."""


@dataclass(eq=False)
class EditedMeanwhile(Refusal):
    """The text is not the one any more that was to be changed."""


@dataclass(eq=False)
class TextChanged(Refusal):
    """The text that a task was about was changed by its author since the task was given."""

    task_id: TaskId
