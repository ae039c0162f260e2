"""The rules of trees once more, as plainly as they can be said: scans over everything, nothing kept, nothing shared.

Written from the rules and not from the engine, to be compared with it. Where chance decides (who is given what, which
prompt grows), it says what is allowed; everything else it works out itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from typing import Any

REPLIES = {"assistant_reply": "assistant", "prompter_reply": "prompter"}
LABELS = {"label_assistant_reply": "assistant", "label_prompter_reply": "prompter"}
RANKS = {"rank_assistant_replies": "assistant", "rank_prompter_replies": "prompter"}
ANSWER = {"prompter": "assistant", "assistant": "prompter"}
OPEN = ("initial_prompt_review", "growing", "ranking")


@dataclass(eq=False)
class Said:
    """A message with everything that happened to it."""

    id: Any
    tree: Tree
    parent: Said | None
    role: str
    author: Any
    counted: bool
    accepted: bool | None = None
    deleted: bool = False
    closed: bool = False
    rank: int | None = None
    reviews: list[dict[str, float]] = field(default_factory=list)
    ballots: list[tuple[tuple[Any, ...], ...]] = field(default_factory=list)
    """Ballots on the replies to this message; an empty one says that none is acceptable."""

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def pending(self) -> bool:
        return self.counted and not self.deleted and self.accepted is None

    @property
    def good(self) -> bool:
        return self.counted and not self.deleted and self.accepted is True

    @property
    def well_rooted(self) -> bool:
        return self.good and (self.parent is None or self.parent.well_rooted)


@dataclass(eq=False)
class Tree:
    """A tree: its messages in the order they were written, the root first."""

    id: Any
    goal: int
    depth: int
    children: int
    state: str = "initial_prompt_review"
    won: bool = False
    messages: list[Said] = field(default_factory=list)

    def below(self, parent: Said) -> list[Said]:
        return [said for said in self.messages if said.parent is parent]


@dataclass
class Held:
    """A task that somebody holds or held."""

    id: Any
    kind: str
    member: Any
    message: Said | None
    live: bool = True
    stale: bool = False
    """Whether its work was gone at some time: it may have been taken from whoever held it."""


class Naive:
    """One pool with one language, in the hands of whoever plays it."""

    def __init__(self, rules: Any) -> None:
        self.rules = rules
        self.trees: list[Tree] = []
        self.tasks: dict[Any, Held] = {}
        self.passed: set[tuple[Any, str, Any]] = set()
        """Who is not given which work again because they passed it on."""
        self.told: dict[tuple[str, Any, Any], bool] = {}
        """What (flag, bad_prompt, end_of_conversation) who says of which message; False: a moderator has seen to it."""
        self.reviewed: set[tuple[Any, Any]] = set()
        self.ranked: set[tuple[Any, Any]] = set()

    # What may be given

    def messages(self) -> list[Said]:
        return [said for tree in self.trees for said in tree.messages]

    def find(self, message_id: Any) -> Said:
        return next(said for said in self.messages() if said.id == message_id)

    def live(self, *kinds: str, message: Said | None = None, tree: Tree | None = None) -> list[Held]:
        return [
            task
            for task in self.tasks.values()
            if task.live
            and task.kind in kinds
            and (message is None or task.message is message)
            and (tree is None or (task.message is not None and task.message.tree is tree))
        ]

    def required(self, said: Said) -> int:
        rules = self.rules
        return int(rules.num_reviews_initial_prompt if said.parent is None else rules.num_reviews_reply)

    def wants_review(self, kind: str, said: Said) -> bool:
        tree = said.tree
        if said.parent is None:
            right = kind == "label_initial_prompt" and tree.state == "initial_prompt_review"
        else:
            right = LABELS.get(kind) == said.role and tree.state == "growing"
        return right and said.pending and len(said.reviews) + len(self.live(kind, message=said)) < self.required(said)

    def has_room(self, parent: Said, promised: int) -> bool:
        """Whether one more answer to `parent` fits beside those that stand, wait, or are promised."""
        tree = parent.tree
        answers = sum(said.good or said.pending for said in tree.below(parent)) + promised
        limit = tree.children if parent.role == "prompter" else self.rules.num_prompter_replies
        fits = parent.well_rooted and parent.depth < tree.depth and answers < limit
        size = sum(said.good or said.pending for said in tree.messages) + len(self.live(*REPLIES, tree=tree))
        return tree.state == "growing" and fits and size < tree.goal

    def wants_reply(self, kind: str, parent: Said) -> bool:
        right = REPLIES.get(kind) == ANSWER[parent.role]
        return right and not parent.closed and not self.live(kind, message=parent) and self.has_room(parent, 0)

    def sets(self, tree: Tree) -> list[tuple[Said, list[Said]]]:
        found = []
        for parent in tree.messages:
            replies = [said for said in tree.below(parent) if said.good]
            ranked_role = parent.role == "prompter" or self.rules.rank_prompter_replies
            if parent.well_rooted and len(replies) > 1 and ranked_role:
                found.append((parent, replies))
        return found

    def wants_ballot(self, kind: str, parent: Said) -> bool:
        if parent.tree.state != "ranking" or RANKS.get(kind) != ANSWER[parent.role]:
            return False
        given = len(parent.ballots) + len(self.live(kind, message=parent))
        return any(p is parent for p, _ in self.sets(parent.tree)) and given < self.rules.num_required_rankings

    def may(self, member: Any, kind: str, said: Said) -> bool:
        """Whether this member may take this work now."""
        if (member, kind, said.id) in self.passed or any(
            task.member == member for task in self.live(kind, message=said)
        ):
            return False
        if kind in REPLIES:
            own = said.author == member and not self.rules.answer_own_messages
            answered = any(reply.author == member and not reply.deleted for reply in said.tree.below(said))
            return self.wants_reply(kind, said) and not own and not answered
        if kind in RANKS:
            own = any(reply.author == member and reply.good for reply in said.tree.below(said))
            return self.wants_ballot(kind, said) and not own and (member, said.id) not in self.ranked
        return self.wants_review(kind, said) and said.author != member and (member, said.id) not in self.reviewed

    def work_for(self, member: Any) -> list[tuple[str, Said]]:
        kinds = ("label_initial_prompt", *LABELS, *REPLIES, *RANKS)
        return [(kind, said) for said in self.messages() for kind in kinds if self.may(member, kind, said)]

    def prompts_wanted(self) -> int:
        count = {state: sum(tree.state == state for tree in self.trees) for state in OPEN}
        waiting = sum(tree.state == "prompt_lottery_waiting" for tree in self.trees)
        rules, reviewing = self.rules, count["initial_prompt_review"]
        if rules.prompts_disabled or reviewing >= rules.max_initial_prompt_review:
            return 0
        missing = max(0, rules.max_active_trees - count["growing"]) + rules.max_initial_prompt_review - reviewing
        storable = max(0, rules.max_prompt_lottery_waiting - waiting)
        return max(0, min(missing, storable) - len(self.live("initial_prompt")))

    # What happens

    def plant(self, tree: Tree, author: Any) -> None:
        root = Said(tree.id, tree, None, "prompter", author, counted=True)
        tree.messages.append(root)
        self.trees.append(tree)
        self.judge(root)
        self.move(tree)

    def write(self, task: Held, message_id: Any) -> Said:
        """Somebody hands in an answer; their own lease is over."""
        assert task.message is not None
        parent, task.live = task.message, False
        promised = len(self.live(task.kind, message=parent))
        said = Said(message_id, parent.tree, parent, REPLIES[task.kind], task.member, self.has_room(parent, promised))
        parent.tree.messages.append(said)
        if said.counted:
            self.judge(said)
        self.move(parent.tree)
        return said

    def review(self, task: Held, labels: dict[str, float]) -> bool:
        """Somebody hands in a review; return whether it counts."""
        assert task.message is not None
        said, task.live = task.message, False
        counts = self.wants_review(task.kind, said)
        self.reviewed.add((task.member, said.id))
        if counts:
            said.reviews.append(labels)
            self.judge(said)
        self.move(said.tree)
        return counts

    def ballot(self, task: Held, groups: tuple[tuple[Any, ...], ...]) -> bool:
        """Somebody hands in a ballot; return whether it counts."""
        assert task.message is not None
        parent, task.live = task.message, False
        counts = self.wants_ballot(task.kind, parent)
        self.ranked.add((task.member, parent.id))
        if counts:
            parent.ballots.append(groups)
        self.move(parent.tree)
        return counts

    def remove(self, said: Said) -> None:
        """A message goes, and what hangs on it; a tree that was ranked is ranked anew without it."""
        for gone in [said, *below(said)]:
            gone.deleted = True
        for task in self.tasks.values():
            ranked = any(parent is task.message for parent, _ in self.sets(said.tree))
            if task.message is not None and task.message.tree is said.tree:
                task.live &= ranked if task.kind in RANKS else not task.message.deleted
        if said.tree.state == "ready_for_export":
            self.rank(said.tree)
        self.move(said.tree)

    def restore(self, said: Said) -> None:
        """A message stands again, and all above it; what was said of them counts no more."""
        back = [message for message in path(said) if message.deleted]
        for message in back:
            message.deleted = False
        self.see_to(back)
        if said.tree.state == "ready_for_export":
            self.rank(said.tree)
        if said.tree.messages[0] in back and said.tree.state == "halted_by_moderator":
            self.resume(said.tree)
        self.move(said.tree)

    def halt(self, tree: Tree) -> None:
        tree.state = "halted_by_moderator"

    def resume(self, tree: Tree) -> bool:
        """A stopped tree goes where its messages put it, unless that is where it stands; return whether it goes."""
        before = tree.state
        if before not in {"halted_by_moderator", "aborted_low_grade"}:
            return False
        tree.state = "growing" if tree.won else "initial_prompt_review"
        ranks = [said.rank for said in tree.messages]
        self.move(tree)
        if tree.state in {before, "halted_by_moderator"}:
            tree.state = before
            for said, rank in zip(tree.messages, ranks, strict=True):
                said.rank = rank
            return False
        return True

    def see_to(self, messages: list[Said]) -> None:
        ids = {said.id for said in messages}
        self.told = {key: counts and key[2] not in ids for key, counts in self.told.items()}

    def tell(self, what: str, member: Any, said: Said) -> None:
        """Somebody flags a message, or passes it on for a reason that tells something; much of that acts."""
        self.told[what, member, said.id] = True
        rules, tree = self.rules, said.tree
        if 0 < rules.ends_to_close <= self.saying("end_of_conversation", said) and not said.deleted:
            said.closed = True
        working = tree.state in OPEN and not said.deleted and rules.auto_mod_enabled
        if working and self.saying("flag", said) >= rules.auto_mod_red_flags and said.parent is not None:
            self.remove(said)
        elif working and self.saying("flag", said) >= rules.auto_mod_red_flags and tree.state != "ranking":
            tree.state = "aborted_low_grade"
        elif working and self.saying("bad_prompt", said) >= rules.auto_mod_max_skip:
            tree.state = "halted_by_moderator"
        self.move(tree)

    def take_back(self, what: str, member: Any, said: Said) -> None:
        self.told.pop((what, member, said.id), None)
        enough = 0 < self.rules.ends_to_close <= self.saying("end_of_conversation", said)
        if said.closed and not enough and said.tree.state == "growing" and not said.deleted:
            said.closed = False
        self.move(said.tree)

    def saying(self, what: str, said: Said) -> int:
        """How many people say this of a message; only an end may be seen by its author."""
        return sum(
            counts and (kind, message) == (what, said.id) and (member != said.author or what == "end_of_conversation")
            for (kind, member, message), counts in self.told.items()
        )

    def judge(self, said: Said) -> None:
        required = self.required(said)
        if required == 0:
            said.accepted = True
        elif len(said.reviews) >= required:
            rules = self.rules
            root = said.parent is None
            line = rules.acceptance_threshold_initial_prompt if root else rules.acceptance_threshold_reply
            said.accepted = acceptance(said.reviews) > Fraction(str(line))

    def move(self, tree: Tree) -> None:
        """Let a tree move on as far as it goes; the lottery is drawn by others."""
        root = tree.messages[0]
        if tree.state in {"halted_by_moderator", "aborted_low_grade"}:
            return
        if root.deleted:
            tree.state = "halted_by_moderator"
        elif tree.state == "initial_prompt_review" and root.accepted is not None:
            tree.state = "prompt_lottery_waiting" if root.accepted else "aborted_low_grade"
        elif tree.state == "growing" and not any(said.pending for said in tree.messages):
            if not root.good:
                tree.state = "halted_by_moderator"
                return
            full = sum(said.good for said in tree.messages) >= tree.goal
            ends = not any(self.could_be_answered(said) for said in tree.messages)
            if full or ends:
                tree.state = "ranking"
        if tree.state == "ranking":
            sets = self.sets(tree)
            if all(len(parent.ballots) >= self.rules.num_required_rankings for parent, _ in sets):
                self.rank(tree)
                tree.state = "ready_for_export"

    def could_be_answered(self, parent: Said) -> bool:
        tree = parent.tree
        answers = sum(said.good or said.pending for said in tree.below(parent))
        limit = tree.children if parent.role == "prompter" else self.rules.num_prompter_replies
        asked = not parent.closed or bool(self.live(*REPLIES, message=parent))
        return parent.well_rooted and asked and parent.depth < tree.depth and answers < limit

    def rank(self, tree: Tree) -> None:
        """Rank every set; who stands beside nobody any more has no rank."""
        for said in tree.messages:
            if not said.deleted:
                said.rank = None
        for parent, replies in self.sets(tree):
            rank(parent, replies)

    def win(self, tree: Tree) -> None:
        assert tree.state == "prompt_lottery_waiting"
        tree.won, tree.state = True, "growing"
        self.move(tree)


def path(said: Said) -> list[Said]:
    return [said] if said.parent is None else [*path(said.parent), said]


def below(said: Said) -> list[Said]:
    return [each for each in said.tree.messages if each is not said and said in path(each)]


def acceptance(reviews: list[dict[str, float]]) -> Fraction:
    """1 - mean(spam) - mean(lang_mismatch), each over the answers given."""
    result = Fraction(1)
    for label in ("spam", "lang_mismatch"):
        answers = [Fraction(str(labels[label])) for labels in reviews if label in labels]
        if answers:
            result -= sum(answers) / len(answers)
    return result


def rank(parent: Said, replies: list[Said]) -> None:
    """Ranked pairs by trying every order: the one that keeps the strongest majorities, then Borda, then time."""
    written = [reply.id for reply in replies]
    places = [
        {reply: place for place, group in enumerate(ballot) for reply in group if reply in written}
        for ballot in parent.ballots
    ]
    stood = [reply for reply in written if any(reply in place for place in places)]

    def votes(a: Any, b: Any) -> int:
        return sum(1 for place in places if a in place and b in place and place[a] < place[b])

    borda = {a: sum(votes(a, b) - votes(b, a) for b in stood) for a in stood}
    favour = sorted(stood, key=lambda a: (-borda[a], written.index(a)))
    majorities = sorted(
        (votes(b, a) - votes(a, b), -votes(a, b), favour.index(a), favour.index(b))
        for a in stood
        for b in stood
        if votes(a, b) > votes(b, a)
    )
    # An order is a tuple of places in `favour`; `min` prefers the lower place where the majorities leave it open.
    best = min(
        permutations(range(len(favour))),
        key=lambda order: ([order.index(a) > order.index(b) for *_, a, b in majorities], order),
    )
    for reply in replies:
        reply.rank = best.index(favour.index(reply.id)) if reply.id in stood else None
