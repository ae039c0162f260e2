# ruff: noqa: RUF001  the little words of languages that are not written in Latin letters
"""Whether a text looks as if it were in another language than it should be.

Two signs are taken: a script that the language is not written in, and the little words of another language. Both need a
good deal of text before they say anything, for a wrong word of warning is worse than a missing one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

_LOOKED_AT = 2000
_FEWEST_LETTERS = 16
_FEWEST_WORDS = 8
_FOREIGN = 0.8
"""Share of letters in other scripts from which a text is in none of its own."""
_MORE = 3
"""How many times as many little words of another language there must be."""
_FEWEST_LITTLE, _FEWEST_KINDS = 4, 3

_NO_PROSE = re.compile(r"```[\s\S]*?(?:```|\Z)|`[^`\n]+`|\w+://\S+|\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")

_WRITTEN_IN = {
    "LATIN": "en de es fr pt it nl sv da nb nn no fi pl cs sk hu ro tr id ms vi ca gl eu hr sl lt lv et sq is sw sr",
    "CYRILLIC": "ru uk bg be mk kk ky mn tg sr",
    "ARABIC": "ar fa ur ps ug sd ckb",
    "HEBREW": "he yi",
    "GREEK": "el",
    "DEVANAGARI": "hi mr ne",
    "BENGALI": "bn as",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
    "HANGUL": "ko",
    "CJK": "zh ja ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "ETHIOPIC": "am",
    "KHMER": "km",
    "LAO": "lo",
    "MYANMAR": "my",
}
"""What is written in which script, by the first word of the names of its letters."""
_SCRIPTS = {
    lang: frozenset(script for script, langs in _WRITTEN_IN.items() if lang in langs.split())
    for langs in _WRITTEN_IN.values()
    for lang in langs.split()
}

_LITTLE = {
    "en": "a an the and is are was were of to in that this it you what how why with for not have can would should my i",
    "de": "der die das und ist sind war nicht ein eine zu mit von wie was warum ich du auf für den dem im auch kann",
    "es": "el la los las y es son una un de que en por para con como qué cómo no se lo me mi tu está más pero",
    "fr": "le la les et est sont une un des du de que qui dans pour avec je tu vous ne pas ce comment pourquoi mais",
    "pt": "o a os as e é são uma um de que em por para com como não se do da no na eu você meu está mais mas",
    "it": "il lo la gli le e è sono una un di che in per con come non si mi del della ho cosa più ma perché",
    "nl": "de het een en is zijn was van te in dat niet ik je wat hoe waarom met voor op aan ook kan maar er",
    "sv": "och det att är en ett som på för inte jag du vad hur med av till den kan har men om så var",
    "da": "og det at er en et som på for ikke jeg du hvad hvordan med af til den kan har men om så var",
    "nb": "og det at er en et som på for ikke jeg du hva hvordan med av til den kan har men om så var",
    "fi": "ja on ei että se minä sinä mikä miten miksi joka myös mutta kun niin ovat oli voi kuin tai",
    "pl": "i w na nie jest to się że z do jak co czy dlaczego dla ale są jestem mam może po od przez",
    "cs": "a je to se na že v ne jsem co jak proč s pro ale jsou by může po od do také jako",
    "ro": "și este sunt un o de la în că nu ce cum pentru cu pe mai eu tu din dar care să ai",
    "hu": "a az és egy nem hogy van mi miért hogyan is de meg ez azt én te vagy csak lehet mint",
    "tr": "ve bir bu ne nasıl neden için ile de da çok değil var mı mi ben sen olarak gibi daha ama",
    "id": "dan yang di ke dari untuk dengan ini itu tidak apa bagaimana mengapa saya anda adalah bisa akan pada",
    "vi": "và là của có không cho được với này một các những trong tôi bạn gì như thế nào tại sao",
    "ca": "el la els les i és són una un de que en per amb com no es què més però molt aquest",
    "ru": "и в не на что это как с я ты по для но из за почему есть бы быть или так же от у",
    "uk": "і в не на що це як з я ти по для але із за чому є або так же від у та щоб ви",
    "bg": "и в не на че това как с аз ти по за но от защо е са да или така съм се ще",
}
_WORDS = {lang: frozenset(words.split()) for lang, words in _LITTLE.items()}


def looks_wrong(text: str, lang: str) -> str | None:
    """Return the language (or of a script alone, an empty string) that a text seems to be in instead, None if none.

    `lang` is a tag of BCP 47; of languages that are not known here nothing is ever said.
    """
    own = lang.split("-", maxsplit=1)[0].lower()
    prose = _NO_PROSE.sub(" ", text[:_LOOKED_AT])
    if not _may_be_written_so(prose, _SCRIPTS.get(own)):
        return _by_words(prose, own) or ""
    return _by_words(prose, own) if own in _WORDS else None


def _may_be_written_so(prose: str, scripts: frozenset[str] | None) -> bool:
    if scripts is None:
        return True
    letters = {letter: number for letter, number in Counter(prose).items() if letter.isalpha()}
    foreign = sum(number for letter, number in letters.items() if _script(letter) not in scripts)
    written = sum(letters.values())
    return written < _FEWEST_LETTERS or foreign < _FOREIGN * written


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]


def _by_words(prose: str, own: str) -> str | None:
    words = [word.lower() for word in _WORD.findall(prose)]
    if len(words) < _FEWEST_WORDS:
        return None
    counted = Counter(words)
    little = {lang: sum(counted[word] for word in known) for lang, known in _WORDS.items()}
    most = max(little, key=lambda lang: (little[lang], lang))
    kinds = len(_WORDS[most].intersection(counted))
    if most == own or kinds < _FEWEST_KINDS or little[most] < max(_FEWEST_LITTLE, _MORE * little.get(own, 0)):
        return None
    return most
