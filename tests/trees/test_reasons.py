from hypothesis import given
from hypothesis import strategies as st

from trees.ids import TreeLanguage
from trees.kinds import Activity, TaskKind
from trees.reasons import Help, Lack, Reason, help_wanted

DE, EN = TreeLanguage("de"), TreeLanguage("en")


def waits(kind: TaskKind, lang: TreeLanguage | None, works: int, people: int) -> Reason:
    return Reason(kind=kind, lang=lang, lack=Lack.NOT_FOR_THEM, works=works, people=people)


def test_reviews_of_prompts_and_replies_are_done_by_the_same_people() -> None:
    reasons = [
        waits(TaskKind.LABEL_INITIAL_PROMPT, DE, 2, 1),
        waits(TaskKind.LABEL_ASSISTANT_REPLY, DE, 1, 3),
        waits(TaskKind.ASSISTANT_REPLY, DE, 4, 1),
        waits(TaskKind.RANK_ASSISTANT_REPLIES, EN, 5, 2),
        Reason(kind=TaskKind.INITIAL_PROMPT, lang=DE, lack=Lack.ENOUGH_PROMPTS, works=9),
        Reason(kind=TaskKind.PROMPTER_REPLY, lang=None, lack=Lack.LIMIT),
    ]
    assert help_wanted(reasons) == (
        Help(DE, Activity.LABEL_REPLY, 3, 3),
        Help(DE, Activity.REPLY, 1, 4),
        Help(EN, Activity.RANK, 2, 5),
    )


@given(
    st.lists(
        st.builds(waits, st.sampled_from(TaskKind), st.sampled_from([DE, EN]), st.integers(1, 9), st.integers(0, 9))
    )
)
def test_help_counts_each_work_that_people_would_let_go_on_once(reasons: list[Reason]) -> None:
    wanted = help_wanted(reasons)
    assert sum(each.works for each in wanted) == sum(reason.works for reason in reasons if reason.people)
    assert all(each.people >= 1 for each in wanted)
    assert len({(each.lang, each.activity) for each in wanted}) == len(wanted)
