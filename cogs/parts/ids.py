"""One codec for custom ids: `orc1:<action>:<subject>:<args>`, at most 100 characters."""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum
from uuid import UUID

from cogs.host import Ticket
from trees.kinds import TaskKind
from trees.refusals import PanelOutdated

VERSION = "orc1"
TEMPLATE = r"orc[\s\S]*"
"""Every custom id of ours, of any version: the one template there is, so none can overlap."""

LIMIT = 100
_NOTHING = "-"
_ACTION = re.compile(r"[a-z0-9]{1,8}")
_ARG = re.compile(r"[A-Za-z0-9_-]+")


class Action(StrEnum):
    """What a control or form asks for; the subject is in brackets, then the args."""

    # Controls of every task
    NEXT = "next"
    """A task: wished kind, wished language (`-` for any)."""
    OPEN = "open"
    """Show a task [task] as a new card."""
    PAGE = "page"
    """Turn the card of a task [task]: page, state of the feature."""
    READ = "read"
    """Something long as a card to read [what]: shelf (none: that of the task), the shelf's own."""
    LEAF = "leaf"
    """Another page of it [what]: page, shelf, the shelf's own."""
    FILE = "file"
    """The whole of it as a file [what]: shelf, the shelf's own."""
    SKIP = "skip"
    """A menu of reasons to pass a task on [task]."""
    UNSKIP = "unskip"
    """Take a skip back [task]."""
    EMOJI = "emoji"
    """Set or clear an emoji rating [message]: code, 1 or 0."""
    EMOJIS = "emojis"
    """Show the menu of the rarer emoji ratings [message]: 1, or put it away: 0."""
    RATINGS = "ratings"
    """The menu of the rarer emoji ratings [message]."""

    # Writing
    WRITE = "write"
    """Open the form [task]."""
    TEXT = "text"
    """The form [task]: the opening's number."""

    DRAFT = "draft"
    """Open the form with what was written before, or give it as a file where the task is closed [task]."""

    SEND = "send"
    """Hand the draft in [task]: its digest."""
    DRAFTED = "drafted"
    """Show the draft as it would be handed in [task]."""
    PART = "part"
    """Open a form for a part of the draft [task]: where it begins and ends, a digest of what stands around it."""
    PARTED = "parted"
    """That form [task]: the same, the opening's number."""
    DROP = "drop"
    """Ask whether the draft is thrown away [task]: its digest."""
    DROPPED = "dropped"
    """Throw it away [task]: its digest."""

    PROPOSE = "propose"
    """Open the form for the next question after one's own reply [message]."""
    PROPOSED = "proposed"
    """That form [message]: the opening's number."""
    FOLLOW = "follow"
    """Go on from one's own reply with what was proposed [message]."""

    ABOUT = "about"
    """A menu of topics: what the prompt is about that was written or reviewed [task]."""

    # Reviewing
    QUICK = "quick"
    """A quick review [task]: 1 to 5, spam or lang."""
    REVIEW = "review"
    """Open a page of the form [task]: page."""
    LABELS = "labels"
    """A page of the form [task]: page, number of pages, the opening's number."""
    LABELLED = "labelled"
    """Send the answers so far [task]."""

    # Ranking
    PLACE = "place"
    """Put a reply next [task]: order so far, the panel's digest, the reply's letter, its message."""
    ORDER = "order"
    """Undo, equal or none [task]: order to show next, the panel's digest, page."""
    REPORT = "report"
    """Open the form that reports a reply [task]: order so far, page."""
    REPORTED = "reported"
    """The form [task]: order so far, page, the opening's number."""
    BALLOT = "ballot"
    """Send the order [task]: order, the panel's digest."""

    # The board
    WISH = "wish"
    """A menu of kinds of tasks; a task of the kind picked."""
    GUIDE = "guide"
    """How good work looks: the part of the guidelines."""
    GUIDES = "guides"
    """The guidelines as a new card, with a menu of their parts: the kind of task they are for (none: all)."""
    SPRINT = "sprint"
    """How the sprint stands."""
    LEADERS = "leaders"
    """Who has most points this week."""

    # People
    AGREE = "agree"
    """Consent: version, digest of the text shown, its locale, wished kind, wished language."""
    NOTNOW = "notnow"
    """No consent."""
    TASTE = "taste"
    """A menu of topics somebody new likes: wished kind, wished language."""
    TOUR = "tour"
    """A page of the tour: tour or practice, wished kind, wished language."""
    PRACTICE = "practice"
    """An answer to the review of the tour: 1 to 5, spam or lang, wished kind, wished language."""
    BEGIN = "begin"
    """The first task: wished kind, wished language."""
    TOURED = "toured"
    """The tour once more."""
    PREFS = "prefs"
    """Show what one may change about oneself."""
    SWITCH = "switch"
    """Turn something on or off: boards, dms or showcase, 1 or 0."""
    LANGS = "langs"
    """A menu of languages: its number, wished kind, wished language."""
    PICKLANG = "picklang"
    """Show the menu of languages."""
    ME = "me"
    """Show one's own work."""
    WORKS = "works"
    """A page of what one wrote: page, counted from 0."""
    WORK = "work"
    """A text of one's own [message]: page, counted from 0."""
    EDIT = "edit"
    """Open the form to change a text [message]: the version of it."""
    EDITED = "edited"
    """The form [message]: the version of the text, the opening's number."""
    UNWRITE = "unwrite"
    """Ask whether a text is taken back [message]."""
    UNWROTE = "unwrote"
    """Take a text back [message]."""
    SEEN = "seen"
    """Let others see one on boards or not: 1 or 0, then the board to show: period, language, here or all."""
    TOPICS = "topics"
    """Show which topics one likes and avoids."""
    LIKES = "likes"
    """A menu of topics one likes."""
    AVOIDS = "avoids"
    """A menu of topics one avoids."""
    LEAVE = "leave"
    """Ask whether consent is withdrawn."""
    LEFT = "left"
    """Withdraw consent."""
    MYCOPY = "mycopy"
    """A copy of everything that is known of one."""
    FORGETME = "forgetme"
    """Say what erasing does."""
    FORGET = "forget"
    """Open the form that confirms it [member]."""
    FORGOT = "forgot"
    """That form [member]: the opening's number."""

    # Settings
    SETGROUP = "setgroup"
    """A menu of groups of settings: language (`-` for all)."""
    SETLANG = "setlang"
    """A menu of languages: group."""
    SETHIST = "sethist"
    """A page of what was changed: page, setting, language (`-` for any)."""

    # Moderation
    MODLOG = "modlog"
    """What was decided before an entry of the log: its number."""
    CASENEXT = "casenext"
    """The next case of the queue."""
    CASE = "case"
    """Decide a case [case]: keep, remove, halt or up."""
    CASEUNDO = "caseundo"
    """Take back what a case came to [case]."""


def encode(action: str, subject: UUID | None = None, *args: str) -> str:
    """Return a custom id.

    Raises:
        ValueError: an action or argument has characters that are not allowed, or the whole is too long.
    """
    if not _ACTION.fullmatch(action) or not all(_ARG.fullmatch(arg) for arg in args):
        raise ValueError(f"not fit for a custom id: {action!r} {args!r}")
    name = _NOTHING if subject is None else short(subject)
    custom_id = f"{VERSION}:{action}:{name}:{'.'.join(args)}"
    if len(custom_id) > LIMIT:
        raise ValueError(f"custom id of {len(custom_id)} characters: {custom_id!r}")
    return custom_id


def decode(custom_id: str) -> Ticket:
    """Return what a custom id says.

    Raises:
        PanelOutdated: it was not made by this version of the codec.
    """
    parts = custom_id.split(":")
    if len(parts) != 4 or parts[0] != VERSION or not _ACTION.fullmatch(parts[1]):
        raise PanelOutdated
    subject = None if parts[2] == _NOTHING else long(parts[2])
    args = tuple(parts[3].split(".")) if parts[3] else ()
    if not all(_ARG.fullmatch(arg) for arg in args):
        raise PanelOutdated
    return Ticket(parts[1], subject, args)


def is_ours(custom_id: str) -> bool:
    """Return whether a custom id was made by any version of this codec."""
    return re.fullmatch(TEMPLATE, custom_id) is not None


_OPENING = (
    Action.WRITE,
    Action.FORGET,
    Action.DRAFT,
    Action.PART,
    Action.PROPOSE,
    Action.REVIEW,
    Action.EDIT,
    Action.REPORT,
)


def opens_form(custom_id: str) -> bool:
    """Return whether a control may be answered with a form."""
    return custom_id.split(":")[1:2] in [[action] for action in _OPENING]


def short(name: UUID) -> str:
    """Return an id in 22 characters."""
    return base64.urlsafe_b64encode(name.bytes).rstrip(b"=").decode()


def long(name: str) -> UUID:
    """Return the id that `short` wrote.

    Raises:
        PanelOutdated: this is none.
    """
    try:
        found = UUID(bytes=base64.urlsafe_b64decode(name + "=="))
    except (ValueError, binascii.Error):
        raise PanelOutdated from None
    # Several spellings decode to the same bytes; only ours is taken.
    if short(found) != name:
        raise PanelOutdated
    return found


_KIND_CODES = {
    TaskKind.INITIAL_PROMPT: "p",
    TaskKind.PROMPTER_REPLY: "wp",
    TaskKind.ASSISTANT_REPLY: "wa",
    TaskKind.LABEL_INITIAL_PROMPT: "lp",
    TaskKind.LABEL_PROMPTER_REPLY: "lpr",
    TaskKind.LABEL_ASSISTANT_REPLY: "la",
    TaskKind.RANK_ASSISTANT_REPLIES: "ra",
    TaskKind.RANK_PROMPTER_REPLIES: "rp",
}
_KINDS = {code: kind for kind, code in _KIND_CODES.items()}


def wish_args(kind: TaskKind | None, lang: str | None) -> tuple[str, str]:
    """Return a wish for work as two arguments; what cannot stand in a custom id is no wish."""
    return (_KIND_CODES[kind] if kind else _NOTHING), tag_arg(lang)


def kind_arg(kind: TaskKind) -> str:
    """Return a kind of task as an argument."""
    return _KIND_CODES[kind]


def kind_of(arg: str) -> TaskKind:
    """Return the kind that `kind_arg` wrote.

    Raises:
        PanelOutdated: this is none.
    """
    if arg not in _KINDS:
        raise PanelOutdated
    return _KINDS[arg]


def tag_arg(lang: str | None) -> str:
    """Return a language as an argument; what cannot stand in a custom id is none."""
    return lang if lang and len(lang) <= 12 and _ARG.fullmatch(lang) else _NOTHING


def tag_of(arg: str) -> str | None:
    """Return the language that `tag_arg` wrote."""
    return None if arg == _NOTHING else arg


def wish_of(args: tuple[str, ...]) -> tuple[TaskKind | None, str | None]:
    """Return the wish that `wish_args` wrote.

    Raises:
        PanelOutdated: these are not two such arguments.
    """
    if len(args) != 2 or (args[0] != _NOTHING and args[0] not in _KINDS):
        raise PanelOutdated
    return _KINDS.get(args[0]), tag_of(args[1])


def subject_of(ticket: Ticket) -> UUID:
    """Return the id a control is about.

    Raises:
        PanelOutdated: it carries none.
    """
    if ticket.subject is None:
        raise PanelOutdated
    return ticket.subject


def number_of(arg: str, below: int) -> int:
    """Return an argument as a number in 0 ... `below` - 1.

    Raises:
        PanelOutdated: it is none.
    """
    if not (arg.isascii() and arg.isdigit() and len(arg) <= 4 and int(arg) < below):
        raise PanelOutdated
    return int(arg)
