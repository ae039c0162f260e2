"""Drawing: exact, fair over trees, and in work that does not grow with the store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, event, update

from storage.availability import LOOKED_AT, Available, available
from storage.drawing import TREES_LOOKED_AT, Search
from storage.schema import exclusions, offers, offers_seen
from tests.engine.wood import EN, OFFERED, Wood, wood
from trees.kinds import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from storage.drawing import Offer, Seeker
    from storage.offers import Key
    from trees.ids import MemberId

pytestmark = pytest.mark.engine

REPLY = TaskKind.ASSISTANT_REPLY
REVIEW = TaskKind.LABEL_ASSISTANT_REPLY
OTHER = TaskKind.LABEL_PROMPTER_REPLY


@pytest.fixture
def grown(seed: int) -> Iterator[Wood]:
    with wood(seed) as found:
        yield found


def key_of(offer: Any) -> Key:
    return offer.message_id, offer.kind


# Exactness


def by_chance(grown: Wood, rounds: int) -> Counter[str]:
    """Let chance change offers, exclusions, wishes and rules, and compare each draw with a look at everything."""
    chance = grown.chance
    seen: Counter[str] = Counter()
    wishes = dict.fromkeys(range(len(grown.crowd)), 0)
    own = True
    for _ in range(rounds):
        what = chance.random()
        number = chance.randrange(len(grown.crowd))
        standing = [planted for planted in grown.trees if planted.offers.offered]
        if what < 0.12 or not standing:
            work = {kind: chance.randint(1, 3) for kind in chance.sample(OFFERED, chance.randint(1, 2))}
            grown.plant(work, lang=chance.choice(grown.langs), topics=chance.choice([0, 1, 2, 6]))
        elif what < 0.2:
            planted = chance.choice(grown.trees)
            grown.offer(planted, {key: chance.randint(1, 3) for key in planted.keys if chance.random() < 0.7})
        elif what < 0.28:
            grown.keep(grown.crowd[number], chance.choice(chance.choice(standing).keys), chance.choice(["own", "done"]))
        elif what < 0.32:
            key = chance.choice(chance.choice(standing).keys)
            grown.give_back(grown.crowd[number], key)
            seen["given back"] += 1
        elif what < 0.34:
            wishes[number] = chance.choice([0, 0, 1, 2, 4, 7])
        elif what < 0.35:
            own = not own
        else:
            seen[compare(grown, number, wishes[number], own=own)] += 1
    return seen


def compare(grown: Wood, number: int, avoided: int, *, own: bool) -> str:
    chance = grown.chance
    seeker = grown.seeker(number, avoided=avoided, liked=chance.randrange(8))
    lonely, liked = chance.random() < 0.3, chance.random() < 0.3
    searches = [
        Search(kind, lang, without_own=own, lonely_first=lonely, liked_first=liked)
        for kind in chance.sample(OFFERED, chance.choice([1, 4]))
        for lang in chance.sample(grown.langs, 2)
    ]
    free = [grown.free(seeker, search) for search in searches]
    counted = available(grown.tx, seeker, searches)
    assert counted == [Available(len(keys)) for keys in free]
    found = grown.draw(seeker, *searches)
    if found is None:
        assert not any(free)
        return "nothing"
    assert any(key_of(found) in keys for keys in free)
    assert found.tree.id in {planted.row.id for planted in grown.trees if key_of(found) in planted.keys}
    grown.keep(seeker.member, key_of(found), chance.choice(["done", "skipped"]))
    return "found"


def test_a_draw_finds_something_whenever_a_look_at_everything_does(seed: int, times: Callable[[int, int], int]) -> None:
    seen: Counter[str] = Counter()
    for number in range(times(3, 200)):
        with wood(seed * 1000 + number) as grown:
            seen += by_chance(grown, 400)
            seen["walked"] += len(grown.tx.execute(offers_seen.select()).all())
    assert min(seen[what] for what in ("found", "nothing", "given back", "walked")) > 20


def test_a_walk_that_is_not_taken_back_loses_what_is_for_somebody_again(grown: Wood) -> None:
    """The control of the test above: without lowering how far somebody walked, work that is theirs is not found."""
    planted = grown.plant({REPLY: 1})
    (key,) = planted.keys
    grown.keep(grown.crowd[0], key)
    assert grown.draw(grown.seeker(), Search(REPLY, EN)) is None
    grown.tx.execute(exclusions.delete())
    assert grown.free(grown.seeker(), Search(REPLY, EN)) == {key}
    assert grown.draw(grown.seeker(), Search(REPLY, EN)) is None


def test_what_was_kept_from_somebody_is_found_once_it_is_theirs_again(grown: Wood) -> None:
    many = [grown.plant({REPLY: 1}, topics=2) for _ in range(3 * TREES_LOOKED_AT)]
    ann, search = grown.seeker(), Search(REPLY, EN)
    for planted in many:
        grown.keep(ann.member, planted.keys[0], "own")
    assert grown.draw(ann, search) is None
    assert grown.draw(ann, Search(REPLY, EN, without_own=False)) is not None
    assert grown.draw(grown.seeker(1, avoided=2), search) is None
    assert grown.draw(grown.seeker(1), search) is not None
    assert grown.draw(ann, search) is None
    grown.lend(many[5].keys[0])
    assert grown.draw(ann, search) is None
    grown.give_back(ann.member, many[7].keys[0])
    found = grown.draw(ann, search)
    assert found is not None
    assert key_of(found) == many[7].keys[0]


def test_numbers_grow_over_deletions(grown: Wood) -> None:
    planted = grown.plant({REPLY: 3})
    (first, *_), highest = planted.keys, max(grown.tx.scalars(offers.select().with_only_columns(offers.c.seq)))
    grown.offer(planted, {})
    grown.offer(planted, {first: 1})
    assert grown.tx.scalars(offers.select().with_only_columns(offers.c.seq)).one() > highest


# Fairness


def counts(grown: Wood, draws: int, *, lend: bool = True) -> Counter[Any]:
    drawn: Counter[Any] = Counter()
    for _ in range(draws):
        found = grown.draw(grown.seeker(), Search(REVIEW, EN))
        assert found is not None
        drawn[found.tree.id] += 1
        if lend:
            grown.lend(key_of(found))
    return drawn


def unevenness(grown: Wood, drawn: Counter[Any]) -> float:
    """Return Pearson's statistic against even chances for every tree."""
    expected = drawn.total() / len(grown.trees)
    return sum((drawn[planted.row.id] - expected) ** 2 / expected for planted in grown.trees)


EVEN_11 = 31.3
"""Chi squared with 11 degrees of freedom is above this once in a thousand times."""


def test_a_tree_is_drawn_as_often_as_any_other_however_much_it_offers(grown: Wood) -> None:
    for number in range(1, 13):
        grown.plant({REVIEW: number, OTHER: 13 - number})
    assert unevenness(grown, counts(grown, 1200)) < EVEN_11


def test_with_a_lot_for_each_offer_big_trees_are_drawn_more_often(grown: Wood, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: it is the one lot of a tree that makes the draw even."""
    for number in range(1, 13):
        grown.plant({REVIEW: number})
    drawn: Counter[Any] = Counter()
    for _ in range(240):
        lots = [{"which": row.seq, "at": grown.chance.random()} for row in grown.tx.execute(offers.select()).all()]
        grown.tx.execute(update(offers).where(offers.c.seq == bindparam("which")).values(lot=bindparam("at")), lots)
        drawn += counts(grown, 1, lend=False)
    assert unevenness(grown, drawn) > EVEN_11


def test_with_lots_that_stay_trees_are_drawn_as_the_gaps_before_them_are_wide(grown: Wood) -> None:
    """The other control: it is the new lot after each draw that makes it even."""
    for number in range(1, 13):
        grown.plant({REVIEW: number})
    assert unevenness(grown, counts(grown, 1200, lend=False)) > EVEN_11


def test_within_a_tree_every_piece_has_its_turn(grown: Wood) -> None:
    planted = grown.plant({REVIEW: 4})
    drawn: Counter[Any] = Counter()
    for _ in range(400):
        found = grown.draw(grown.seeker(), Search(REVIEW, EN))
        assert found is not None
        drawn[key_of(found)] += 1
    assert min(drawn[key] for key in planted.keys) > 60


# Lonely messages and liked topics


def test_a_lonely_message_goes_first_and_among_them_every_tree_alike(grown: Wood) -> None:
    for number in range(40):
        grown.plant({REPLY: 3}, lonely=number % 3 if number < 12 else 0)
    with_lonely = [planted for planted in grown.trees if planted.lonely]
    drawn: Counter[Any] = Counter()
    for _ in range(800):
        found = grown.draw(grown.seeker(), Search(REPLY, EN, lonely_first=True))
        assert found is not None
        assert key_of(found) in next(each.lonely for each in with_lonely if each.row.id == found.tree.id)
        drawn[found.tree.id] += 1
        grown.lend(key_of(found))
    expected = 800 / len(with_lonely)
    # Chi squared with 7 degrees of freedom is above this once in a thousand times.
    assert sum((drawn[planted.row.id] - expected) ** 2 / expected for planted in with_lonely) < 24.3


def test_where_nobody_is_led_to_it_a_lonely_message_is_drawn_like_any_other(grown: Wood) -> None:
    planted = grown.plant({REPLY: 4}, lonely=1)
    drawn = Counter(
        key_of(found) in planted.lonely for _ in range(400) if (found := grown.draw(grown.seeker(), Search(REPLY, EN)))
    )
    assert 60 < drawn[True] < 140


def test_with_no_lonely_message_for_somebody_they_are_given_another(grown: Wood) -> None:
    planted = grown.plant({REPLY: 2}, lonely=1)
    (lonely,) = planted.lonely
    grown.keep(grown.crowd[0], lonely)
    found = grown.draw(grown.seeker(), Search(REPLY, EN, lonely_first=True))
    assert found is not None
    assert key_of(found) != lonely


def test_what_somebody_likes_goes_before_the_rest_of_the_same_kind(grown: Wood) -> None:
    for number in range(30):
        grown.plant({REPLY: 1, REVIEW: 1}, topics=1 << number % 10)
    for first in (REPLY, REVIEW):
        found = grown.draw(
            grown.seeker(liked=0b100),
            *(Search(kind, EN, liked_first=True) for kind in dict.fromkeys((first, REPLY, REVIEW))),
        )
        assert found is not None
        assert (found.kind, found.tree.topics) == (first, 0b100)


def test_likes_that_do_not_lead_starve_no_tree(grown: Wood) -> None:
    for number in range(1, 13):
        grown.plant({REVIEW: number}, topics=number % 2)
    drawn: Counter[Any] = Counter()
    for _ in range(1200):
        found = grown.draw(grown.seeker(liked=1), Search(REVIEW, EN))
        assert found is not None
        drawn[found.tree.id] += 1
        grown.lend(key_of(found))
    assert unevenness(grown, drawn) < EVEN_11


# Constant work


class Work:
    """What a draw takes: statements, and steps of the database."""

    STEP = 10

    def __init__(self, grown: Wood) -> None:
        self.steps = 0
        self.statements = 0
        raw: Any = grown.tx.connection.dbapi_connection
        raw.set_progress_handler(self._step, self.STEP)
        event.listen(grown.tx, "before_cursor_execute", self._told)

    def _step(self) -> int:
        self.steps += self.STEP
        return 0

    def _told(self, *_facts: Any) -> None:
        self.statements += 1

    def of_drawing(self, grown: Wood, seeker: Seeker, *searches: Search) -> Offer | None:
        """Draw, and count anew."""
        self.steps = self.statements = 0
        return grown.draw(seeker, *searches)


ALL = [Search(kind, EN) for kind in OFFERED]


def fill(grown: Wood, number: int) -> None:
    for _ in range(number):
        grown.plant(dict.fromkeys(grown.chance.sample(OFFERED, 3), 1), topics=1 << grown.chance.randrange(3))


def most_steps(grown: Wood, work: Work, seeker: Seeker) -> int:
    steps = []
    for _ in range(60):
        work.of_drawing(grown, seeker, *grown.chance.sample(ALL, len(ALL)))
        assert work.statements == 1
        steps.append(work.steps)
    return max(steps)


def done_by(grown: Wood, member: MemberId) -> None:
    for planted in grown.trees:
        for key in planted.keys:
            grown.keep(member, key)


@pytest.mark.parametrize("who", ["new", "done"])
def test_a_draw_takes_no_more_steps_among_many_offers_than_among_few(seed: int, who: str) -> None:
    steps = {}
    for trees in (40, 1000):
        with wood(seed) as grown:
            fill(grown, trees)
            ann, work = grown.seeker(), Work(grown)
            if who == "done":
                done_by(grown, ann.member)
                assert grown.draw(ann, *ALL) is None
            steps[trees] = most_steps(grown, work, ann)
    assert steps[1000] <= 1.2 * steps[40]


def test_what_is_new_to_somebody_who_has_done_everything_is_found_without_a_look_at_the_rest(seed: int) -> None:
    steps = {}
    for trees in (40, 1000):
        with wood(seed) as grown:
            fill(grown, trees)
            ann, work = grown.seeker(), Work(grown)
            done_by(grown, ann.member)
            assert grown.draw(ann, *ALL) is None
            taken = []
            for _ in range(10):
                new = [grown.plant({kind: 1}).keys[0] for kind in OFFERED]
                for key in new[:-1]:
                    grown.keep(ann.member, key)
                found = work.of_drawing(grown, ann, *ALL)
                assert found is not None
                assert key_of(found) == new[-1]
                grown.keep(ann.member, new[-1])
                taken.append(work.steps)
            steps[trees] = max(taken)
    assert steps[1000] <= 1.2 * steps[40]


def test_whoever_has_done_everything_walks_through_it_once(seed: int) -> None:
    """The control of the steps: the one walk takes some for every offer."""
    steps = {}
    for trees in (40, 1000):
        with wood(seed) as grown:
            fill(grown, trees)
            ann, work = grown.seeker(), Work(grown)
            done_by(grown, ann.member)
            assert work.of_drawing(grown, ann, *ALL) is None
            assert work.statements == 3
            steps[trees] = work.steps
            assert work.of_drawing(grown, ann, *ALL) is None
            assert work.statements == 1
    assert steps[1000] > 5 * steps[40]


def test_somebody_with_little_left_is_given_it_without_looking_through_the_rest_again(grown: Wood) -> None:
    ann, search, work = grown.seeker(), Search(REVIEW, EN), Work(grown)
    left = set()
    for number in range(300):
        (key,) = grown.plant({REVIEW: 1}).keys
        if number % 50 == 25:
            left.add(key)
        else:
            grown.keep(ann.member, key)
    taken = []
    while found := work.of_drawing(grown, ann, search):
        taken.append(work.steps)
        left.remove(key_of(found))
        grown.keep(ann.member, key_of(found))
    assert left == set()
    grown.tx.execute(offers_seen.delete())
    assert work.of_drawing(grown, ann, search) is None
    assert 2 * max(taken) < work.steps


def test_whoever_avoids_most_of_it_finds_the_rest(grown: Wood) -> None:
    for number in range(400):
        grown.plant({REVIEW: 1}, topics=2 if number == 333 else 1)
    ann = grown.seeker(avoided=1)
    for _ in range(3):
        found = grown.draw(ann, Search(REVIEW, EN))
        assert found is not None
        assert found.tree.topics == 2


# Counting


def test_a_count_looks_at_a_part_and_says_so(grown: Wood) -> None:
    for number in range(LOOKED_AT + 30):
        grown.plant({REVIEW: 1}, topics=1 if number < LOOKED_AT + 10 else 2)
    search = Search(REVIEW, EN)
    assert available(grown.tx, grown.seeker(), [search, Search(REPLY, EN)]) == [
        Available(LOOKED_AT + 1, more=True),
        Available(),
    ]
    assert available(grown.tx, grown.seeker(avoided=1), [search]) == [Available(1, more=True)]
    assert available(grown.tx, grown.seeker(avoided=3), [search]) == [Available()]
    assert available(grown.tx, grown.seeker(), []) == []
    assert Available(2) + Available(3, more=True) == Available(5, more=True)
