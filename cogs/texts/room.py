"""How many characters a text may have where it is shown."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache

NAME, ABOUT = 32, 100
"""Name and description of a command or of its option."""

CHOICE, OPTION, ABOUT_OPTION = 100, 100, 100
"""A choice of a command; an option of a menu or a group of boxes, and what is said about it."""

SETTING = 90
"""A setting among those to choose from, where its value stands behind it."""

BUTTON = 38
"""Discord takes 80 characters; more than these do not fit beside each other on a telephone, or are cut off."""

MENU = 150
"""What a menu says while nothing is chosen."""

TITLE, LABEL, ABOUT_LABEL, PLACEHOLDER = 45, 45, 100, 100
"""A form; one of its fields, and what is said about that and in it while it is empty."""

CARD = 4000
"""All texts of a message together."""

_ROOMS = (
    ("command.*.name", NAME),
    ("command.*.about", ABOUT),
    ("kind.any", CARD),
    ("kind.*", TITLE),
    ("period.*", CHOICE),
    ("grounds.*", CHOICE),
    ("span.*", CHOICE),
    ("modlog.older", BUTTON),
    ("case.act.*", BUTTON),
    ("case.up", BUTTON),
    ("case.next", BUTTON),
    ("case.undo", BUTTON),
    ("board.here", CHOICE),
    ("board.everywhere", CHOICE),
    ("settings.group.*", CHOICE),
    ("setting.*", SETTING),
    ("settings.all_languages", OPTION),
    ("guide.title.*", OPTION),
    ("skip.placeholder", MENU),
    ("skip.undo", BUTTON),
    ("skip.done", CARD),
    ("skip.undone", CARD),
    ("skip.*", OPTION),
    ("privacy.delete_title", TITLE),
    ("privacy.texts", LABEL),
    ("privacy.ratings", LABEL),
    ("privacy.type_word", LABEL),
    ("privacy.erase", OPTION),
    ("privacy.keep", OPTION),
    ("privacy.word", 30),
    ("privacy.take_copy", BUTTON),
    ("privacy.withdraw", BUTTON),
    ("privacy.delete", BUTTON),
    ("privacy.delete_open", BUTTON),
    ("label.*", LABEL),
    ("about.*", ABOUT_LABEL),
    ("low.*", 60),
    ("high.*", 60),
    ("write.label.*", LABEL),
    ("write.placeholder.*", PLACEHOLDER),
    ("write.limit", ABOUT_LABEL),
    ("write.limit_longer", ABOUT_LABEL),
    ("write.file", LABEL),
    ("write.file.about", ABOUT_LABEL),
    ("write.before", LABEL),
    ("write.more", LABEL),
    ("write.part", LABEL),
    ("write.joined", ABOUT_LABEL),
    ("review.title", TITLE),
    ("review.flags", LABEL),
    ("review.flags_about", ABOUT_LABEL),
    ("review.not_sure", OPTION),
    ("topic.*", OPTION),
    ("topics.ask", MENU),
    ("topics.like", MENU),
    ("topics.avoid", MENU),
    ("concern.*", OPTION),
    ("effort.*", CHOICE),
    ("next.title", TITLE),
    ("next.label", LABEL),
    ("next.about", ABOUT_LABEL),
    ("report.title", TITLE),
    ("report.which", LABEL),
    ("report.why", LABEL),
    ("report.words", LABEL),
    ("report.about", ABOUT_LABEL),
    ("emoji.more", BUTTON),
    ("emoji.pick", MENU),
    ("emoji.*", OPTION),
    ("language.itself", CHOICE),
    ("langs.placeholder", MENU),
    ("noticeboard.kinds", MENU),
    ("settings.choose_group", MENU),
    ("settings.choose_language", MENU),
    ("guide.choose", MENU),
    ("welcome.topics", MENU),
    ("me.title", CHOICE),
    ("effort.*", CHOICE),
    ("me.edit_title", TITLE),
    ("me.edit_part", LABEL),
    ("prefs.title", CHOICE),
    *(
        (key, BUTTON)
        for key in (
            "button.*",
            "board.show_me",
            "board.hide_me",
            "consent.agree",
            "consent.not_now",
            "leave.yes",
            "back.no",
            "back.yes",
            "me.edit",
            "me.leaders",
            "me.open_again",
            "me.open_draft",
            "me.open_work",
            "me.settings",
            "me.take_back",
            "me.works",
            "me.next_open",
            "next.change",
            "next.propose",
            "report.one",
            "sprint.standing",
            "tidings.look",
            "tidings.no_more",
            "noticeboard.guide",
            "noticeboard.leaders",
            "noticeboard.task",
            "practice.again",
            "prefs.change",
            "preview.back",
            "preview.change",
            "preview.drop",
            "preview.drop_yes",
            "preview.more",
            "preview.part",
            "preview.send",
            "preview.send_anyway",
            "prefs.take_tour",
            "prefs.turn_off",
            "prefs.turn_on",
            "prefs.withdraw",
            "rank.equal",
            "rank.none",
            "rank.send",
            "rank.undo",
            "review.first_page",
            "review.form",
            "review.go_on",
            "review.lang",
            "review.send_now",
            "review.spam",
            "settings.newer",
            "settings.older",
            "sprint.standing",
            "tidings.look",
            "tidings.no_more",
            "tour.on",
            "welcome.begin",
            "welcome.tour",
        )
    ),
)
"""Keys of texts, with a star for any part of a name, and the room there is; the first that fits counts."""

_PATTERNS = tuple((re.compile(translate(pattern)), most) for pattern, most in _ROOMS)


@lru_cache(maxsize=4096)
def room(key: str) -> int | None:
    """Return the most characters of a text by its key; None where it stands on a card and shares the room there."""
    most = next((most for pattern, most in _PATTERNS if pattern.fullmatch(key)), CARD)
    return None if most == CARD else most
