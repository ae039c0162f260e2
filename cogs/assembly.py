"""The front end put together: every feature by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cogs.board.cog import BOARD
from cogs.emoji.cog import EMOJI_FEATURE
from cogs.explain import Tree
from cogs.host import CommandStamp, Feature, Host, Postman, Services, SyncWhen
from cogs.members.cog import MEMBERS
from cogs.moderation.cog import MODERATION
from cogs.parts.buttons import Control
from cogs.parts.forms import Forms
from cogs.parts.ids import Action
from cogs.parts.pace import Gate
from cogs.parts.pager import open_book, turn_leaf, whole_book
from cogs.parts.postman import Carrier
from cogs.privacy.cog import PRIVACY
from cogs.ranking.cog import RANKING
from cogs.review.cog import REVIEW
from cogs.settings.cog import SETTINGS_FEATURE
from cogs.showcase.cog import SHOWCASE
from cogs.standings.cog import STANDINGS
from cogs.work.cog import WORK

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Feature(
    name="shared",
    cogs=(Forms,),
    items=(Control,),
    controls={Action.READ: open_book, Action.LEAF: turn_leaf, Action.FILE: whole_book},
)

FEATURES = (
    SHARED,
    WORK,
    REVIEW,
    RANKING,
    EMOJI_FEATURE,
    MEMBERS,
    PRIVACY,
    STANDINGS,
    SETTINGS_FEATURE,
    BOARD,
    SHOWCASE,
    MODERATION,
)


def assembled(
    services: Services,
    *,
    stamp: CommandStamp | None = None,
    sync: SyncWhen = SyncWhen.CHANGED,
    gate: Gate | None = None,
    postman: Callable[[Host], Postman] = Carrier,
    features: tuple[Feature, ...] = FEATURES,
    **options: Any,
) -> Host:
    """Return the bot with every feature; without a gate people may go as fast as they like.

    Further options go to discord.py. Needs a running event loop to start.
    """
    return Host(
        services, features, gate=gate or Gate(), postman=postman, tree_cls=Tree, stamp=stamp, sync=sync, **options
    )
