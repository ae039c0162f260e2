# ruff: noqa: RUF001  texts as people write them
"""Texts that look as if they were in another language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.languages import looks_wrong

pytestmark = pytest.mark.contributors

SAID = {
    "en": "What is the best way to learn how to play the guitar if you have no time for it in the week?",
    "de": "Wie kann ich am besten Gitarre spielen lernen, wenn ich nicht viel Zeit habe und das nicht will?",
    "es": "¿Cómo puedo aprender a tocar la guitarra si no tengo tiempo durante la semana y el curso es en la ciudad?",
    "fr": "Comment est-ce que je peux apprendre à jouer de la guitare si je n'ai pas le temps et que ce n'est pas là?",
    "pt": "Como é que eu posso aprender a tocar violão se não tenho tempo durante a semana e o curso não é na cidade?",
    "it": "Come posso imparare a suonare la chitarra se non ho tempo e il corso è in una città che non conosco?",
    "nl": "Hoe kan ik het beste gitaar leren spelen als ik door de week niet veel tijd heb en het ook niet wil?",
    "pl": "Jak mogę się nauczyć grać na gitarze, jeśli nie mam czasu w tygodniu i nie jest to dla mnie łatwe?",
    "ru": "Как я могу научиться играть на гитаре, если у меня нет времени и это не для меня?",
    "uk": "Як я можу навчитися грати на гітарі, якщо у мене немає часу і це не для мене, що робити?",
}
ELSEWHERE = {
    "ja": "平日に時間がない場合、ギターを弾けるようになる一番いい方法は何ですか?",
    "zh": "如果我平时没有时间,学习弹吉他最好的方法是什么?",
    "ar": "ما هي أفضل طريقة لتعلم العزف على الجيتار إذا لم يكن لدي وقت؟",
    "el": "Ποιος είναι ο καλύτερος τρόπος να μάθω κιθάρα αν δεν έχω χρόνο;",
}

NEAR = ({"it", "es"}, {"ru", "uk"})
"""Languages with so many little words in common that one text is not enough to tell."""


@pytest.mark.parametrize("lang", [*SAID, *ELSEWHERE])
def test_a_text_in_its_own_language_is_left_alone(lang: str) -> None:
    assert looks_wrong({**SAID, **ELSEWHERE}[lang], lang) is None


@pytest.mark.parametrize("lang", SAID)
@pytest.mark.parametrize("wanted", SAID)
def test_a_text_in_another_language_is_told_by_its_little_words(lang: str, wanted: str) -> None:
    found = looks_wrong(SAID[lang], wanted)

    assert found == (lang if lang != wanted else None) or {lang, wanted} in NEAR
    assert found in {lang, None}


@pytest.mark.parametrize("lang", ELSEWHERE)
def test_another_script_is_told_without_knowing_the_language(lang: str) -> None:
    assert looks_wrong(ELSEWHERE[lang], "en") == ""
    assert looks_wrong(SAID["en"], lang) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you!",
        "Danke!",
        "```py\nfor der in die:\n    das = der\n    und = die and das or der\n```",
        "https://der.example/die/das/und/ist/nicht/ein/eine",
        "Translate for me: 'Das ist nicht mein Hund', please, so that it is in English.",
        "1 2 3 4 5 6 7 8 9",
        "A long way to go. " * 20,
        "привет",
    ],
)
def test_little_text_code_and_links_say_nothing(text: str) -> None:
    assert looks_wrong(text, "en") is None


@pytest.mark.parametrize("lang", ["eo", "sw", "xx", "zh-Hant-TW", "tlh"])
def test_of_a_language_whose_words_are_not_known_little_is_said(lang: str) -> None:
    assert looks_wrong("Saluton! Kiel vi fartas hodiaŭ, mia kara amiko el la granda urbo?", lang) in {None, ""}


@given(st.text(max_size=500), st.sampled_from([*SAID, *ELSEWHERE, "xx"]))
def test_any_text_can_be_looked_at(text: str, lang: str) -> None:
    assert looks_wrong(text, lang) != lang
