"""How the process ends: one number and one sentence."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """Exit codes, those of `sysexits.h` where they fit.

    A supervisor may start the bot again after 69, 70, 74 and 75; after 77 and 78 somebody has to mend something first.
    """

    meaning: str
    """What happened and what mends it, in one line of the manual."""

    OK = 0, "What was asked is done; a bot that was told to stop has stopped in order."
    USAGE = 2, "The command line is not understood; see the command's --help."
    DATA = 65, "A store or a file is not what it should be: damaged, of another version, or not in the right format."
    MISSING = 66, "A file, a store, a pool, a community or an added command that was named is not there."
    UNAVAILABLE = 69, "Discord, the shared store or the running bot cannot be reached; try again later."
    BUG = 70, "The program met something it did not expect; please report what it printed."
    IO = 74, "The disk or the operating system refused a file; see the path in the sentence."
    HELD = 75, "Another process holds the store; stop it first, or wait."
    REFUSED = 77, "Discord refused the token or what the bot asks for; mend it in the Developer Portal."
    CONFIG = 78, "A setting is missing or wrong; the sentence names its key."

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make a member that is its code and knows its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


class Ending(Exception):
    """The process cannot go on; the sentences say why and how to mend it."""

    def __init__(self, code: Exit, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.code = code
        self.sentences = sentences
