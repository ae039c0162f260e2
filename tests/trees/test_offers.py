from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees.grove import (
    ROOT,
    deleted,
    member,
    message_id,
    pending,
    rejected,
    reply,
    root,
    rules_drawn,
    tree,
    trees_drawn,
)
from trees.ids import MessageId, TreeLanguage
from trees.kinds import Activity, Role, TaskKind
from trees.messages import Lease, Message, Tree
from trees.offers import (
    Work,
    extendible,
    open_work,
    prompts_wanted,
    rankable_sets,
    required_ballots,
    required_reviews,
    void_leases,
)
from trees.rules import PRESETS, Rules
from trees.states import OFFERS_WORK, TreeState

RULES = Rules(num_reviews_reply=3, num_reviews_initial_prompt=3, num_required_rankings=3)
EN = TreeLanguage("en")
NUMBERS = st.integers(0, 400)


def counted_replies(grown: Tree, parent: Message) -> list[Message]:
    return [m for m in grown.messages if m.parent_id == parent.id and (m.stands or m.pending)]


def path_of(grown: Tree, message: Message) -> list[Message]:
    by_id = {m.id: m for m in grown.messages}
    path = [message]
    while path[-1].parent_id in by_id:
        path.append(by_id[path[-1].parent_id])
    return path


def leased(grown: Tree, work: Work) -> int:
    return sum((lease.kind, lease.message_id) == (work.kind, work.message_id) for lease in grown.leases)


@given(trees_drawn(st.sampled_from([state for state in TreeState if state not in OFFERS_WORK])), rules_drawn)
def test_a_tree_at_rest_offers_nothing(grown: Tree, rules: Rules) -> None:
    assert open_work(grown, rules) == ()
    assert extendible(grown, rules) == []


@given(trees_drawn(), rules_drawn, st.randoms(use_true_random=False))
def test_offers_do_not_depend_on_the_order_of_the_snapshot(grown: Tree, rules: Rules, chance: Random) -> None:
    messages, leases = list(grown.messages), list(grown.leases)
    chance.shuffle(messages)
    chance.shuffle(leases)
    shuffled = replace(grown, messages=tuple(messages), leases=tuple(leases))
    assert open_work(shuffled, rules) == open_work(grown, rules)
    assert list(rankable_sets(shuffled, rules).items()) == list(rankable_sets(grown, rules).items())


@given(trees_drawn(), rules_drawn)
def test_no_work_is_offered_twice_and_all_of_it_is_open(grown: Tree, rules: Rules) -> None:
    work = open_work(grown, rules)
    assert max(Counter((one.kind, one.message_id) for one in work).values(), default=1) == 1
    assert all(one.open >= 1 for one in work)


@given(trees_drawn(), rules_drawn)
def test_reviews_are_offered_for_what_is_under_review_and_never_more_than_required(grown: Tree, rules: Rules) -> None:
    offered = {one.message_id: one for one in open_work(grown, rules) if one.kind.activity.labels}
    for message in grown.messages:
        is_root = message.id == ROOT
        required = required_reviews(message, grown, rules)
        kind = TaskKind.LABEL_INITIAL_PROMPT if is_root else TaskKind(f"label_{message.role}_reply")
        wanted = required - message.review_count - leased(grown, Work(kind, message.id, 1))
        due = message.pending and wanted > 0
        reviewed_now = grown.state is TreeState.GROWING or (is_root and grown.state is TreeState.INITIAL_PROMPT_REVIEW)
        assert offered.get(message.id) == (Work(kind, message.id, wanted) if due and reviewed_now else None)


@given(trees_drawn(st.just(TreeState.GROWING)), rules_drawn)
def test_replies_are_offered_on_free_places_that_nobody_holds_until_the_goal_is_in_sight(
    grown: Tree, rules: Rules
) -> None:
    offered = {one.message_id: one for one in open_work(grown, rules) if one.kind.activity is Activity.REPLY}
    in_the_making = sum(lease.kind.activity is Activity.REPLY for lease in grown.leases)
    full = sum(m.stands or m.pending for m in grown.messages) + in_the_making >= grown.goal_size
    for message in grown.messages:
        path = path_of(grown, message)
        cap = grown.max_children if message.role is Role.PROMPTER else rules.num_prompter_replies
        free = (
            all(one.stands for one in path)
            and path[-1].id == ROOT
            and message.depth < grown.max_depth
            and len(counted_replies(grown, message)) < cap
        )
        work = Work(TaskKind(f"{message.role.answered_by}_reply"), message.id, 1)
        free = free and (not message.closed or leased(grown, work) > 0)
        assert (message in extendible(grown, rules)) == free
        found = offered.get(message.id)
        wanted = free and not full and not leased(grown, work)
        assert (replace(found, lonely=False) if found else None) == (work if wanted else None)


@given(trees_drawn(st.just(TreeState.RANKING)), rules_drawn)
def test_ballots_are_offered_for_sets_of_two_or_more_and_never_more_than_required(grown: Tree, rules: Rules) -> None:
    sets = rankable_sets(grown, rules)
    for parent, replies in sets.items():
        assert len(replies) >= 2
        assert all(one.stands and one.parent_id == parent for one in replies)
        assert [one.sibling_no for one in replies] == sorted(one.sibling_no for one in replies)
        assert rules.rank_prompter_replies or replies[0].role is Role.ASSISTANT
    work = open_work(grown, rules)
    assert {one.message_id for one in work} <= set(sets)
    for one in work:
        assert one.kind is TaskKind(f"rank_{sets[one.message_id][0].role}_replies")
        parent = next(message for message in grown.messages if message.id == one.message_id)
        assert one.open == required_ballots(parent, rules) - grown.ballots[parent.id] - leased(grown, one)


@given(trees_drawn(), rules_drawn)
def test_what_was_decided_for_a_message_goes_before_the_rules_as_far_as_they_allow(grown: Tree, rules: Rules) -> None:
    for message in grown.messages:
        by_rule = rules.num_reviews_initial_prompt if message.id == ROOT else rules.num_reviews_reply
        alike = replace(message, reviews_asked=None, ballots_asked=None)
        assert required_reviews(alike, grown, rules) == by_rule
        assert required_ballots(alike, rules) == rules.num_required_rankings
        for asked in range(1, 7):
            decided = replace(message, reviews_asked=asked, ballots_asked=asked)
            most = by_rule + rules.max_extra_reviews if by_rule else 0
            assert required_reviews(decided, grown, rules) == min(asked, most)
            most = rules.num_required_rankings + rules.max_extra_ballots if rules.num_required_rankings else 0
            assert required_ballots(decided, rules) == min(asked, most)


@pytest.mark.engine
@pytest.mark.main_job
@pytest.mark.parametrize("lost", [rejected, deleted])
def test_h1_a_parent_whose_only_replies_were_rejected_or_removed_is_open_again(lost: Callable[..., Message]) -> None:
    start = root()
    grown = tree(start, *(lost(number, start) for number in (1, 2, 3)))
    assert extendible(grown, RULES) == [start]
    assert open_work(grown, RULES) == (Work(TaskKind.ASSISTANT_REPLY, ROOT, 1),)


@pytest.mark.engine
@pytest.mark.main_job
def test_a_prompt_with_one_rejected_reply_is_open_and_with_three_under_review_it_is_not() -> None:
    start = root()
    assert extendible(tree(start, rejected(1, start)), RULES) == [start]
    assert extendible(tree(start, *(pending(number, start) for number in (1, 2, 3))), RULES) == []
    assert extendible(tree(start, *(pending(number, start) for number in (1, 2))), RULES) == [start]


@pytest.mark.engine
@pytest.mark.main_job
def test_an_assistants_message_with_one_reply_under_review_is_not_open() -> None:
    start = root()
    answer = reply(1, start)
    assert answer in extendible(tree(start, answer), RULES)
    assert answer not in extendible(tree(start, answer, pending(2, answer)), RULES)


@pytest.mark.engine
def test_a_closed_message_is_answered_by_nobody_new_and_waits_for_whoever_had_begun() -> None:
    start = root(closed=True)
    grown = tree(start, reply(1, start))
    assert start not in extendible(grown, RULES)
    assert ROOT not in {work.message_id for work in open_work(grown, RULES)}
    begun = replace(grown, leases=(Lease(TaskKind.ASSISTANT_REPLY, ROOT, member(5)),))
    assert start in extendible(begun, RULES)
    assert ROOT not in {work.message_id for work in open_work(begun, RULES)}


@given(trees_drawn(st.sampled_from(sorted(OFFERS_WORK))), rules_drawn)
def test_leases_are_void_only_where_the_message_is_gone_or_nothing_is_left_to_rank(grown: Tree, rules: Rules) -> None:
    void = void_leases(grown, rules)
    there = {message.id for message in grown.messages if not message.deleted}
    for lease in grown.leases:
        ranks = lease.kind.activity is Activity.RANK
        assert (lease in void) == (lease.message_id not in (rankable_sets(grown, rules) if ranks else there))


@given(trees_drawn())
def test_what_hangs_on_a_message_is_what_has_it_on_its_path(grown: Tree) -> None:
    for message in grown.messages:
        path = grown.path(message.id)
        assert path[-1] == message.id
        assert grown.below(message.id) == {each.id for each in grown.messages if message.id in grown.path(each.id)}
    assert grown.path(message_id(99)) == ()
    assert grown.below(message_id(99)) == frozenset()


@pytest.mark.engine
@pytest.mark.main_job
def test_a_message_at_the_greatest_depth_is_not_answered() -> None:
    start = root()
    answer = reply(1, start)
    assert extendible(tree(start, answer, max_depth=2), RULES) == [start, answer]
    assert extendible(tree(start, answer, max_depth=1), RULES) == [start]
    assert extendible(tree(start, max_depth=0), RULES) == []


def test_a_thread_below_a_message_that_fell_does_not_grow() -> None:
    start = root()
    fallen = rejected(1, start)
    grown = tree(start, fallen, reply(2, fallen), max_children=1)
    assert extendible(grown, RULES) == [start]


def test_a_tree_without_its_root_offers_no_replies_and_nothing_to_rank() -> None:
    start = root()
    orphans = [reply(number, start) for number in (1, 2)]
    assert open_work(tree(*orphans), RULES) == ()
    assert open_work(tree(*orphans, state=TreeState.RANKING), RULES) == ()


@pytest.mark.main_job
def test_a_live_lease_on_a_reply_keeps_the_message_from_everybody_and_one_that_is_over_does_not() -> None:
    # Amended: the reference has 299 and 301 seconds; a snapshot holds live leases only, and the preset says how long.
    start = root()
    answer = reply(1, start)
    lease = Lease(TaskKind.ASSISTANT_REPLY, ROOT, member(5))
    held = open_work(tree(start, answer, leases=(lease,)), RULES)
    assert [one.message_id for one in held] == [answer.id]
    assert [one.message_id for one in open_work(tree(start, answer), RULES)] == [ROOT, answer.id]
    assert PRESETS["oasst"].lease(Activity.REPLY).total_seconds() == 300


def test_a_lease_of_another_kind_keeps_no_place() -> None:
    start = root()
    lease = Lease(TaskKind.RANK_ASSISTANT_REPLIES, ROOT, member(5))
    assert open_work(tree(start, leases=(lease,)), RULES) == (Work(TaskKind.ASSISTANT_REPLY, ROOT, 1),)


def test_replies_in_the_making_count_towards_the_goal() -> None:
    start = root()
    first, second = reply(1, start), pending(2, start)
    grown = tree(start, first, second, goal_size=5)
    lease = Lease(TaskKind.PROMPTER_REPLY, first.id, member(9))

    def replies(seen: Tree) -> list[MessageId]:
        return [one.message_id for one in open_work(seen, RULES) if one.kind.activity is Activity.REPLY]

    assert replies(grown) == [ROOT, first.id]
    assert replies(replace(grown, leases=(lease,))) == [ROOT]
    assert replies(replace(grown, leases=(lease,), goal_size=4)) == []


def test_a_text_that_came_too_late_takes_no_place_and_is_not_reviewed() -> None:
    start = root()
    late = pending(1, start, counted=False)
    assert open_work(tree(start, late, max_children=1), RULES) == (Work(TaskKind.ASSISTANT_REPLY, ROOT, 1),)


def test_two_people_may_review_at_once_and_no_third() -> None:
    start = root(accepted=None, review_count=1)
    grown = tree(start, state=TreeState.INITIAL_PROMPT_REVIEW)
    assert open_work(grown, RULES) == (Work(TaskKind.LABEL_INITIAL_PROMPT, ROOT, 2),)
    one, two = (Lease(TaskKind.LABEL_INITIAL_PROMPT, ROOT, member(number)) for number in (1, 2))
    assert open_work(replace(grown, leases=(one,)), RULES) == (Work(TaskKind.LABEL_INITIAL_PROMPT, ROOT, 1),)
    assert open_work(replace(grown, leases=(one, two)), RULES) == ()


@pytest.mark.main_job
def test_a_single_accepted_reply_is_not_ranked() -> None:
    start = root()
    grown = tree(start, reply(1, start), rejected(2, start), deleted(3, start), state=TreeState.RANKING)
    assert rankable_sets(grown, RULES) == {}
    assert open_work(grown, RULES) == ()


def test_prompter_replies_are_ranked_only_where_the_rules_say_so() -> None:
    start = root()
    answer = reply(1, start)
    grown = tree(start, answer, reply(2, answer), reply(3, answer), state=TreeState.RANKING)
    assert open_work(grown, RULES) == ()
    assert open_work(grown, replace(RULES, rank_prompter_replies=True)) == (
        Work(TaskKind.RANK_PROMPTER_REPLIES, answer.id, 3),
    )


def test_replies_are_ranked_in_the_order_in_which_they_were_written_not_in_that_of_their_ids() -> None:
    start = root()
    second, first = reply(1, start, sibling_no=1), reply(2, start, sibling_no=0)
    sets = rankable_sets(tree(start, second, first, state=TreeState.RANKING), RULES)
    assert sets == {ROOT: (first, second)}


def test_work_comes_reviews_first_then_replies_thread_by_thread() -> None:
    start = root()
    answer, other = reply(1, start), pending(2, start)
    question = pending(3, answer)
    grown = tree(other, question, answer, start)
    assert [(one.kind, one.message_id) for one in open_work(grown, replace(RULES, num_prompter_replies=2))] == [
        (TaskKind.LABEL_PROMPTER_REPLY, question.id),
        (TaskKind.LABEL_ASSISTANT_REPLY, other.id),
        (TaskKind.ASSISTANT_REPLY, ROOT),
        (TaskKind.PROMPTER_REPLY, answer.id),
    ]


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["tiny", "community", "oasst"]))
def test_prompts_wanted_is_the_room_ahead_of_the_lottery_less_what_is_being_written(
    growing: int, in_review: int, waiting: int, leased: int, preset: str
) -> None:
    rules = PRESETS[preset]
    wanted = prompts_wanted(growing=growing, in_review=in_review, waiting=waiting, leased=leased, lang=EN, rules=rules)
    assert wanted >= 0
    assert wanted + waiting <= max(rules.max_prompt_lottery_waiting, waiting)
    if wanted:
        assert wanted + leased <= rules.max_active_trees + rules.max_initial_prompt_review
    fewer = prompts_wanted(
        growing=growing, in_review=in_review, waiting=waiting, leased=leased + 1, lang=EN, rules=rules
    )
    assert fewer == max(0, wanted - 1)


@pytest.mark.parametrize(
    ("growing", "in_review", "waiting", "leased", "wanted"),
    [
        (0, 0, 0, 0, 110),
        (10, 0, 0, 0, 100),
        (25, 0, 0, 0, 100),
        (10, 100, 0, 0, 0),
        # Amended: the reference asks for as many as fail to grow, 3 here, although reviewers cannot keep up.
        (7, 140, 0, 0, 0),
        (7, 99, 0, 0, 4),
        (0, 0, 240, 0, 10),
        (0, 0, 250, 0, 0),
        (0, 0, 300, 0, 0),
        (0, 0, 240, 4, 6),
        (0, 0, 240, 40, 0),
    ],
)
def test_prompt_intake_is_capped_per_language(
    growing: int, in_review: int, waiting: int, leased: int, wanted: int
) -> None:
    rules = PRESETS["oasst"]
    numbers = {"growing": growing, "in_review": in_review, "waiting": waiting, "leased": leased}
    assert prompts_wanted(**numbers, lang=EN, rules=rules) == wanted


@pytest.mark.engine
@pytest.mark.main_job
def test_h5_a_language_that_takes_no_prompts_wants_none_however_much_room_there_is() -> None:
    rules = replace(PRESETS["oasst"], prompts_disabled=frozenset({EN}))
    nothing = {"growing": 0, "in_review": 0, "waiting": 0, "leased": 0}
    assert prompts_wanted(**nothing, lang=EN, rules=rules) == 0
    assert prompts_wanted(**nothing, lang=TreeLanguage("pt-BR"), rules=rules) == 110


def test_the_id_of_the_root_is_the_id_of_the_tree() -> None:
    assert tree(root()).root == root()
    assert tree(reply(1, root())).root is None
    assert message_id(0) == ROOT
