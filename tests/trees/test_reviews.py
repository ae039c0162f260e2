import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trees.kinds import TaskKind
from trees.labels import LABELS_OF, LIKERT_POINTS, MANDATORY, Label, Mode, Widget, labels_asked
from trees.refusals import LabelNotAsked, LabelOutOfRange, LabelsMissing, WrongKind
from trees.reviews import DECISIVE, Review, acceptance, check_labels, judge, mean_labels, mode_of
from trees.rules import PRESETS, Rules

REVIEW_KINDS = tuple(LABELS_OF)
Labels = Mapping[Label, float | None]
FINE, SPAM, FOREIGN = Review.from_stars(3).labels, Review.as_spam().labels, Review.as_wrong_language().labels


def values_of(label: Label) -> st.SearchStrategy[float]:
    return st.sampled_from(LIKERT_POINTS if label.widget is Widget.LIKERT else (0.0, 1.0))


def labels_drawn(kind: TaskKind) -> st.SearchStrategy[Labels]:
    return st.fixed_dictionaries({}, optional={label: st.none() | values_of(label) for label in LABELS_OF[kind]})


reviews_drawn = st.sampled_from(REVIEW_KINDS).flatmap(lambda kind: st.lists(labels_drawn(kind), max_size=5))


@given(reviews_drawn)
def test_acceptance_lies_between_minus_one_and_one_and_the_order_of_reviews_is_irrelevant(
    reviews: list[Labels],
) -> None:
    assert -1 <= acceptance(reviews) <= 1
    assert acceptance(reviews) == acceptance(reviews[::-1])


@given(reviews_drawn, st.sampled_from([label for label in Label if label not in DECISIVE]), st.data())
def test_only_spam_and_language_decide(reviews: list[Labels], label: Label, data: st.DataObject) -> None:
    changed = [labels | {label: data.draw(values_of(label))} for labels in reviews]
    assert acceptance(changed) == acceptance(reviews)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60), st.integers(0, 100))
def test_what_lies_on_the_threshold_is_rejected_whatever_the_fractions_do_in_binary(
    spam: int, foreign: int, others: int, percent: int
) -> None:
    reviews = [SPAM] * spam + [FOREIGN] * foreign + [FINE] * others
    above = 100 * others > percent * len(reviews)
    assert judge(reviews, required=1, threshold=percent / 100) is above


@given(reviews_drawn, st.integers(1, 7))
def test_a_message_is_judged_once_enough_reviews_are_in(reviews: list[Labels], required: int) -> None:
    verdict = judge(reviews, required=required, threshold=0.6)
    assert (verdict is None) == (len(reviews) < required)


@given(reviews_drawn)
def test_a_message_that_needs_no_reviews_is_accepted_unseen(reviews: list[Labels]) -> None:
    assert judge(reviews, required=0, threshold=1.0) is True


@given(st.sampled_from(REVIEW_KINDS), st.data())
def test_labels_that_pass_come_back_answered_and_in_the_order_they_are_asked(
    kind: TaskKind, data: st.DataObject
) -> None:
    labels = {Label.SPAM: 0.0} | data.draw(labels_drawn(kind))
    labels = dict(data.draw(st.permutations(list(labels.items())))) | {Label.SPAM: 1.0}
    checked = check_labels(kind, labels)
    assert checked == {label: value for label, value in labels.items() if value is not None}
    assert list(checked) == [label for label in LABELS_OF[kind] if label in checked]
    assert all(isinstance(value, float) for value in checked.values())


@given(reviews_drawn)
def test_means_run_over_the_answers_given_and_are_null_without_any(reviews: list[Labels]) -> None:
    means = mean_labels(reviews)
    assert list(means) == list(Label)
    for label, (mean, number) in means.items():
        answers = [labels[label] for labels in reviews if labels.get(label) is not None]
        assert number == len(answers)
        assert (mean is None) == (not answers)
        if answers:
            assert math.isclose(mean * number, sum(answers))


@pytest.mark.engine
@pytest.mark.main_job
@pytest.mark.parametrize(
    ("reviews", "score", "accepted"),
    [
        ([FINE] * 3, 1.0, True),
        ([SPAM, FINE, FINE], 0.667, True),
        ([FOREIGN, FINE, FINE], 0.667, True),
        ([SPAM, FOREIGN, FINE], 0.333, False),
        ([SPAM] * 2 + [FINE] * 3, 0.6, False),
        ([SPAM] + [FOREIGN] + [FINE] * 3, 0.6, False),
        ([SPAM] + [FINE] * 4, 0.8, True),
    ],
)
def test_acceptance_vectors_of_the_published_rules(reviews: list[Labels], score: float, accepted: bool | None) -> None:
    assert acceptance(reviews) == pytest.approx(score, abs=0.001)
    assert judge(reviews, required=3, threshold=0.6) is accepted


@pytest.mark.main_job
def test_unanswered_is_not_zero_a_mean_runs_over_those_who_answered() -> None:
    # Amended: Open-Assistant stored 0 for a label left alone, which thinned every mean.
    reviews = [{Label.SPAM: 1.0, Label.QUALITY: None}, {Label.SPAM: None, Label.QUALITY: 0.75}, {}]
    assert acceptance(reviews) == 0.0
    assert mean_labels(reviews)[Label.QUALITY] == (0.75, 1)
    assert mean_labels(reviews)[Label.HUMOR] == (None, 0)


def test_in_the_acceptance_a_label_nobody_answered_counts_nothing() -> None:
    assert acceptance([]) == 1.0
    assert acceptance([{Label.SPAM: 1.0}]) == 0.0


@pytest.mark.main_job
def test_every_quick_press_answers_both_labels_that_decide_and_no_scale_it_does_not_show() -> None:
    stars = [Review.from_stars(star).labels for star in range(1, 6)]
    assert [labels[Label.QUALITY] for labels in stars] == list(LIKERT_POINTS)
    assert all((labels[Label.SPAM], labels[Label.LANG_MISMATCH]) == (0.0, 0.0) for labels in stars)
    assert (SPAM[Label.SPAM], SPAM[Label.LANG_MISMATCH]) == (1.0, 0.0)
    assert (FOREIGN[Label.SPAM], FOREIGN[Label.LANG_MISMATCH]) == (0.0, 1.0)
    assert set(SPAM) == set(FOREIGN) == set(DECISIVE)
    for kind in REVIEW_KINDS:
        for labels in (*stars, SPAM, FOREIGN):
            assert check_labels(kind, labels) == dict(labels)


@pytest.mark.parametrize("stars", [-3, 0, 6, 9])
def test_there_are_five_stars(stars: int) -> None:
    with pytest.raises(LabelOutOfRange) as refusal:
        Review.from_stars(stars)
    assert refusal.value.label is Label.QUALITY


@pytest.mark.parametrize("kind", REVIEW_KINDS)
def test_in_a_full_form_an_unticked_flag_is_zero_and_a_scale_left_alone_is_null(kind: TaskKind) -> None:
    labels = Review.from_form(
        kind, {Label.SPAM: 0.0, Label.PII: 1.0, Label.HATE_SPEECH: None, Label.HUMOR: None}
    ).labels
    flags = {label for label in LABELS_OF[kind] if label.widget is Widget.FLAG}
    assert set(labels) == flags | {Label.SPAM}
    assert {label for label in flags if labels[label] == 1.0} == {Label.PII}


def test_a_form_for_a_task_that_is_no_review_is_refused() -> None:
    with pytest.raises(WrongKind) as refusal:
        Review.from_form(TaskKind.INITIAL_PROMPT, {Label.SPAM: 0.0})
    assert refusal.value.kind is TaskKind.INITIAL_PROMPT


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        (TaskKind.LABEL_INITIAL_PROMPT, Label.HELPFULNESS),
        (TaskKind.LABEL_PROMPTER_REPLY, Label.FAILS_TASK),
        (TaskKind.LABEL_ASSISTANT_REPLY, Label.POLITICAL_CONTENT),
    ],
)
def test_a_label_that_is_not_asked_is_refused_unless_it_is_unanswered(kind: TaskKind, label: Label) -> None:
    assert check_labels(kind, {Label.SPAM: 0.0, label: None}) == {Label.SPAM: 0.0}
    with pytest.raises(LabelNotAsked) as refusal:
        check_labels(kind, {Label.SPAM: 0.0, label: 1.0})
    assert refusal.value.label is label


@pytest.mark.parametrize(
    ("label", "value"),
    [
        (Label.SPAM, 0.5),
        (Label.LANG_MISMATCH, 0.25),
        (Label.QUALITY, 0.3),
        (Label.QUALITY, 1.25),
        (Label.SPAM, -1.0),
        (Label.HUMOR, math.nan),
    ],
)
def test_a_value_that_no_control_gives_is_refused(label: Label, value: float) -> None:
    with pytest.raises(LabelOutOfRange) as refusal:
        check_labels(TaskKind.LABEL_ASSISTANT_REPLY, {Label.SPAM: 0.0} | {label: value})
    assert refusal.value.label is label


@pytest.mark.parametrize("kind", REVIEW_KINDS)
@pytest.mark.parametrize("labels", [{}, {Label.SPAM: None}, {Label.QUALITY: 1.0}])
def test_a_review_without_an_answer_about_spam_is_refused(kind: TaskKind, labels: dict[Label, float | None]) -> None:
    with pytest.raises(LabelsMissing) as refusal:
        check_labels(kind, labels)
    assert refusal.value.labels == tuple(MANDATORY)


SHARE_OF = {
    TaskKind.LABEL_INITIAL_PROMPT: "p_full_labeling_review_prompt",
    TaskKind.LABEL_ASSISTANT_REPLY: "p_full_labeling_review_reply_assistant",
    TaskKind.LABEL_PROMPTER_REPLY: "p_full_labeling_review_reply_prompter",
}


@given(st.sampled_from(TaskKind), st.floats(0, 1), st.floats(0, 1, exclude_max=True))
def test_a_review_is_full_in_the_share_that_the_rules_say_of_its_kind(kind: TaskKind, share: float, lot: float) -> None:
    rules = Rules(**{SHARE_OF[kind]: share}) if kind in SHARE_OF else Rules()
    mode = mode_of(kind, rules, lot)
    if kind not in SHARE_OF:
        assert mode is None
    else:
        assert mode is (Mode.FULL if lot < share else Mode.SIMPLE)
        assert mode_of(kind, Rules(**{SHARE_OF[kind]: 1.0}), lot) is Mode.FULL
        assert mode_of(kind, Rules(**{SHARE_OF[kind]: 0.0}), lot) is Mode.SIMPLE


@pytest.mark.engine
def test_h4_the_published_share_of_prompter_replies_is_a_quarter_and_nothing_overwrites_it() -> None:
    rules = PRESETS["oasst"]
    before = Rules(**{name: getattr(rules, name) for name in SHARE_OF.values()})
    modes = [mode_of(TaskKind.LABEL_PROMPTER_REPLY, rules, number / 1000) for number in range(1000)]
    assert modes.count(Mode.FULL) == 250
    assert before == Rules(**{name: getattr(rules, name) for name in SHARE_OF.values()})


@pytest.mark.parametrize("kind", LABELS_OF)
def test_a_simple_review_asks_for_what_one_press_says_and_a_full_one_for_everything(kind: TaskKind) -> None:
    assert set(labels_asked(kind, Mode.SIMPLE)) == set(FINE)
    assert MANDATORY | set(DECISIVE) <= set(labels_asked(kind, Mode.SIMPLE))
    assert labels_asked(kind, Mode.FULL) == labels_asked(kind, None) == LABELS_OF[kind]
    assert labels_asked(TaskKind.PROMPTER_REPLY, Mode.SIMPLE) == ()
