"""Histories: a few people under rules drawn by chance do whatever they like, and two implementations watch."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from storage import communities, pools
from storage.communities import CommunityRow
from storage.pools import PoolRow
from tests.engine.naive import OPEN, REPLIES, Held, Naive, Tree
from trees.ballots import Ballot
from trees.ids import CommunityId, PoolId, TreeLanguage
from trees.kinds import Activity, EmojiCode, SkipReason, TaskKind
from trees.labels import Label
from trees.refusals import (
    EnoughPrompts,
    MessageGone,
    NothingToDo,
    PromptsNotTaken,
    Refusal,
    TaskPassedOn,
    TreeClosed,
    WrongKind,
)
from trees.rules import rules_from

if TYPE_CHECKING:
    from services.assignments import Assignment
    from services.people import Caller
    from tests.services.conftest import Grove

AT_REST = {"ready_for_export", "aborted_low_grade", "halted_by_moderator"}
ENGLISH = TreeLanguage("en")
MOST_PEOPLE = 90
"""People of one history, who are enough for any tree of these rules."""
FIXED = {
    # What the reference has no rule for: verdicts that stop early or ask for more, and limits of speed.
    "settled_risk": 0.0,
    "max_extra_reviews": 0,
    "max_extra_ballots": 0,
    "tasks_per_window": 0,
    "assistant_replies_per_window": 0,
    "prompter_replies_per_window": 0,
    "p_activate_backlog_tree": 0.0,
    "max_open_tasks": 100,
    "repeat_window": 0,
}


def rules_by_chance(chance: random.Random) -> dict[str, Any]:
    """Return changes to the preset `community` within which everything can happen in a hundred deeds."""
    return FIXED | {
        "goal_tree_size": chance.randint(1, 6),
        "max_tree_depth": chance.randint(1, 4),
        "max_children_count": chance.randint(1, 3),
        "num_prompter_replies": chance.randint(0, 2),
        "num_reviews_initial_prompt": chance.randint(0, 3),
        "num_reviews_reply": chance.randint(0, 3),
        "acceptance_threshold_initial_prompt": chance.choice([0.5, 0.6, 0.7]),
        "acceptance_threshold_reply": chance.choice([0.5, 0.6, 2 / 3]),
        "num_required_rankings": chance.randint(0, 3),
        "rank_prompter_replies": chance.random() < 0.3,
        "max_active_trees": chance.randint(1, 3),
        "max_initial_prompt_review": chance.randint(1, 3),
        "max_prompt_lottery_waiting": chance.randint(1, 3),
        "answer_own_messages": chance.random() < 0.5,
        "p_lonely_child_extension": chance.random(),
        "auto_mod_enabled": chance.random() < 0.7,
        "auto_mod_red_flags": chance.randint(1, 3),
        "auto_mod_max_skip": chance.randint(1, 3),
        "ends_to_close": chance.randint(0, 2),
        "weights": {"prompt": chance.choice([0.01, 1.0, 10.0])},
    }


class History:
    """One community with a pool of its own. Every deed is done by the engine and followed by the naive rules."""

    def __init__(self, grove: Grove, number: int, seed: int) -> None:
        self.grove = grove
        self.chance = random.Random(f"{seed}/{number}")
        self.place = str(10_000 + number)
        self.pool = PoolId(f"p{number}")
        changes = rules_by_chance(self.chance)
        self.row = PoolRow(
            id=self.pool,
            name=f"Pool {number}",
            licence="Apache-2.0",
            preset="community",
            rules=json.dumps(changes),
            langs=(ENGLISH,),
        )
        self.naive = Naive(rules_from("community", changes))
        self.crowd: list[tuple[Caller, Any]] = []
        self.shown: dict[Any, Assignment] = {}
        self.skipped: list[tuple[Caller, Held, str]] = []
        self.deeds: list[str] = []
        self.states: set[str] = set()
        self.trouble = self.chance.choice([0.0, 0.1])
        """How often somebody flags, takes back, or moderates."""

    async def begin(self) -> None:
        community = CommunityRow(
            id=CommunityId(self.grove.chance.id(self.grove.chance.now)), place=self.place, pool=self.row
        )

        def found(tx: Any) -> None:
            pools.put(tx, self.row, self.grove.chance.now)
            communities.insert(tx, community, self.grove.chance.now)

        await self.grove.store.write(found)
        await self.join(self.chance.randint(2, 7))

    async def join(self, newcomers: int) -> None:
        for number in range(len(self.crowd), len(self.crowd) + newcomers):
            caller = await self.grove.join(f"{self.place}{number:02}", "en", place=self.place)
            standing = await self.grove.members.standing(caller)
            self.crowd.append((caller, standing.member_id))

    async def live(self, deeds: int) -> None:
        """Let chance do so many deeds, and compare after each."""
        await self.begin()
        for _ in range(deeds):
            # What is said of a message after a moderator saw to it is told from what was said before by the moment.
            self.grove.pass_time(seconds=1)
            await self.deed()
            await self.compare()

    async def deed(self) -> None:
        caller, member = self.chance.choice(self.crowd)
        mine = [task for task in self.naive.tasks.values() if task.member == member and task.id in self.shown]
        what = self.chance.random()
        if self.naive.trees and self.chance.random() < self.trouble:
            await self.stir(caller, member)
        elif what < 0.04:
            await self.pass_time()
        elif what < 0.5 or not mine:
            await self.ask(caller, member, self.chance.choice(list(TaskKind)) if self.chance.random() < 0.3 else None)
        elif what < 0.56:
            await self.pass_on(caller, self.chance.choice(mine))
        else:
            await self.hand_in(caller, self.chance.choice(mine))

    async def pass_time(self) -> None:
        self.grove.pass_time(minutes=self.chance.choice([5, 16, 31]))
        await self.grove.upkeep.expire_leases()
        await self.forget_leases()

    async def leased(self) -> set[Any]:
        return {row["id"] for row in await self.grove.rows("tasks", pool_id=self.pool, state="leased")}

    async def forget_leases(self) -> None:
        leased = await self.leased()
        for task in self.naive.tasks.values():
            task.live = task.id in leased

    async def forget_stale(self, member: Any) -> None:
        """Whoever asks for work is given what they hold only while it can be done: what was stopped goes from them."""
        if any(task.stale and task.live and task.member == member for task in self.naive.tasks.values()):
            leased = await self.leased()
            for task in self.naive.tasks.values():
                task.live &= not task.stale or task.id in leased

    async def ask(self, caller: Caller, member: Any, kind: TaskKind | None) -> bool:
        """Ask for work; return whether there was any, which must be what the naive rules say."""
        try:
            task = await self.grove.tasks.give(caller, kind=kind)
        except (NothingToDo, EnoughPrompts, PromptsNotTaken):
            await self.forget_stale(member)
            work = [found for found, _ in self.naive.work_for(member) if kind in {None, TaskKind(found)}]
            prompts = self.naive.prompts_wanted() if kind in {None, TaskKind.INITIAL_PROMPT} else 0
            assert (work, prompts) == ([], 0), f"told there is nothing: {self}"
            return False
        await self.forget_stale(member)
        message = self.naive.find(task.thread[-1].message_id) if task.thread else None
        held = self.naive.tasks.get(task.task_id)
        if held is None:
            assert not task.resumed
            held = Held(task.task_id, task.kind.value, member, message, live=False)
        assert (held.member, held.message) == (member, message)
        if not held.live:
            allowed = self.naive.may(member, held.kind, message) if message else self.naive.prompts_wanted() > 0
            assert allowed, f"{task.kind} may not be given: {self}"
        held.live = True
        self.naive.tasks[held.id] = held
        self.shown[held.id] = task
        return True

    async def pass_on(self, caller: Caller, task: Held) -> None:
        if self.chance.random() < 0.5:
            await self.grove.tasks.release(caller, task.id)
        else:
            await self.skip(caller, task)
        task.live = False
        if task.id in self.shown:
            del self.shown[task.id]
        if task.message is not None:
            self.naive.move(task.message.tree)

    async def skip(self, caller: Caller, task: Held) -> None:
        reason = self.chance.choice(list(SkipReason))
        self.deeds.append(f"skip {task.kind} for {reason}")
        try:
            await self.grove.tasks.skip(caller, task.id, reason)
        except WrongKind:
            begun = task.message is not None and task.message.parent is not None
            assert reason is SkipReason.END_OF_CONVERSATION
            assert task.kind not in REPLIES or not begun
            await self.grove.tasks.release(caller, task.id)
            return
        except TaskPassedOn:
            assert task.stale, str(self)
            return
        task.live = False
        self.skipped.append((caller, task, reason.value))
        if task.message is not None:
            self.naive.passed.add((task.member, task.kind, task.message.id))
            if reason in {SkipReason.BAD_PROMPT, SkipReason.END_OF_CONVERSATION}:
                self.naive.tell(reason.value, task.member, task.message)

    async def stir(self, caller: Caller, member: Any) -> None:
        """Somebody flags a message, takes a skip back, or moderates."""
        tree = self.chance.choice(self.naive.trees)
        said = self.chance.choice(tree.messages)
        moderation = self.grove.moderation
        what = self.chance.choice(["flag", "flag", "unskip", "halt", "resume", "remove", "restore"])
        self.deeds.append(f"{what} at depth {said.depth} of a tree in {tree.state}")
        match what:
            case "flag" if said.author != member and not said.deleted:
                await self.grove.emoji.put(caller, said.id, EmojiCode.RED_FLAG, on=True)
                if self.naive.told.get(("flag", member, said.id)) is None:
                    self.naive.tell("flag", member, said)
            case "unskip" if self.skipped:
                await self.unskip(*self.skipped.pop())
            case "halt":
                await moderation.halt(caller, tree.id)
                self.naive.halt(tree)
            case "resume":
                await moderation.resume(caller, tree.id)
                if self.naive.resume(tree):
                    self.naive.see_to(tree.messages)
            case "remove":
                await moderation.remove(caller, said.id)
                self.naive.remove(said)
            case "restore":
                await moderation.restore(caller, said.id)
                self.naive.restore(said)

    async def unskip(self, caller: Caller, task: Held, reason: str) -> None:
        had = await self.grove.tasks.unskip(caller, task.id)
        if task.message is not None:
            self.naive.passed.discard((task.member, task.kind, task.message.id))
            self.naive.take_back(reason, task.member, task.message)
        task.live = had is not None
        if had is not None:
            self.shown[task.id] = had

    async def hand_in(self, caller: Caller, task: Held) -> None:
        shown = self.shown.pop(task.id)
        self.deeds.append(f"hand in {task.kind}")
        try:
            if shown.kind.activity is Activity.RANK:
                await self.rank(caller, task, shown)
            elif shown.kind.activity.labels:
                await self.review(caller, task)
            else:
                await self.write(caller, task)
        except Refusal as refusal:
            self.refused(task, refusal)

    def refused(self, task: Held, refusal: Refusal) -> None:
        """What is refused must be refusable: the tree was stopped, or they did this very work by another task."""
        assert task.message is not None, repr(refusal)
        tree = task.message.tree
        stopped = tree.state in {"halted_by_moderator", "aborted_low_grade", "prompt_lottery_waiting"}
        again = (task.member, task.message.id) in self.naive.reviewed | self.naive.ranked or any(
            reply.author == task.member for reply in tree.below(task.message)
        )
        task.live &= not isinstance(refusal, TaskPassedOn)
        gone = task.stale and isinstance(refusal, (TaskPassedOn, MessageGone))
        assert gone or again or (stopped and isinstance(refusal, TreeClosed)), repr(refusal)

    async def write(self, caller: Caller, task: Held) -> None:
        taken = await self.grove.messages.submit(caller, task.id, self.grove.text())
        if task.message is None:
            task.live = False
            rules = self.naive.rules
            tree = Tree(taken.message_id, rules.goal_tree_size, rules.max_tree_depth, rules.max_children_count)
            self.naive.plant(tree, task.member)
        else:
            assert self.naive.write(task, taken.message_id).counted is not taken.late

    async def review(self, caller: Caller, task: Held) -> None:
        labels: dict[Label, float] = {Label.SPAM: float(self.chance.random() < 0.25)}
        if self.chance.random() < 0.7:
            labels[Label.LANG_MISMATCH] = float(self.chance.random() < 0.25)
        taken = await self.grove.reviews.submit(caller, task.id, labels)
        assert self.naive.review(task, {label.value: value for label, value in labels.items()}) is not taken.late

    async def rank(self, caller: Caller, task: Held, shown: Assignment) -> None:
        options = [option.message_id for option in shown.options]
        self.chance.shuffle(options)
        groups: list[tuple[Any, ...]] = []
        while options:
            size = self.chance.choice([1, 1, 1, 2])
            groups.append(tuple(options[:size]))
            options = options[size:]
        ballot = Ballot(none_acceptable=True) if self.chance.random() < 0.1 else Ballot(tuple(groups))
        taken = await self.grove.ballots.submit(caller, task.id, ballot)
        assert self.naive.ballot(task, ballot.groups) is not taken.late

    async def compare(self) -> None:
        """The trees stand where the naive rules put them; the lottery drew as many as there was room for."""
        states = {row["id"]: row["state"] for row in await self.grove.rows("trees", pool_id=self.pool)}
        for tree in self.naive.trees:
            if tree.state == "prompt_lottery_waiting" and states[tree.id] != "prompt_lottery_waiting":
                self.naive.win(tree)
        apart = [f"{states[tree.id]}, not {tree.state}" for tree in self.naive.trees if tree.state != states[tree.id]]
        assert (apart, len(states)) == ([], len(self.naive.trees)), f"{apart}: {self}"
        for task in self.naive.tasks.values():
            task.stale |= task.message is not None and (task.message.tree.state not in OPEN or task.message.deleted)
        self.states |= set(states.values())
        waiting = "prompt_lottery_waiting" in states.values()
        growing = sum(state == "growing" for state in states.values())
        # A moderator may let more trees grow than the lottery does.
        assert growing <= self.naive.rules.max_active_trees or self.trouble
        assert not waiting or growing >= self.naive.rules.max_active_trees, str(self)

    async def to_the_end(self) -> None:
        """Let people come as long as work is left that nobody there may do, and everybody do what there is but prompts.

        Replies may be rejected by chance as long as they are written: then others must come who have written none.
        """
        while len(self.crowd) < MOST_PEOPLE:
            await self.join(8)
            await self._do_everything()
            if {tree.state for tree in self.naive.trees} <= AT_REST:
                return
        raise AssertionError(str(self))

    async def _do_everything(self) -> None:
        ended = False
        while not ended:
            self.grove.pass_time(minutes=31)
            await self.grove.upkeep.expire_leases()
            await self.forget_leases()
            ended = True
            for caller, member in self.crowd:
                for kind in TaskKind:
                    while kind is not TaskKind.INITIAL_PROMPT and await self.ask(caller, member, kind):
                        ended = False
                        mine = [task for task in self.naive.tasks.values() if task.live and task.member == member]
                        await self.hand_in(caller, next(task for task in mine if task.kind == kind))
                        await self.compare()

    async def compare_messages(self) -> None:
        """Every message was judged, counted and ranked alike."""
        known = {said.id: said for said in self.naive.messages()}
        for tree in self.naive.trees:
            for row in await self.grove.rows("messages", tree_id=tree.id):
                said = known.pop(row["id"])
                engine = (
                    row["accepted"],
                    row["counted"],
                    row["deleted_at"] is not None,
                    row["rank"],
                    row["review_count"],
                )
                assert engine == (said.accepted, said.counted, said.deleted, said.rank, len(said.reviews)), str(self)
        assert not known

    def __str__(self) -> str:
        return f"pool {self.pool}, whose last deeds were {self.deeds[-6:]}, under {self.naive.rules}"


def kinds_seen(history: History) -> set[str]:
    """Return the states and kinds of work that a history came by."""
    tasks = {task.kind for task in history.naive.tasks.values()}
    ranked = {"ranked" for said in history.naive.messages() if said.rank is not None}
    return history.states | tasks | ranked
