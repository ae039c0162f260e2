"""Messages as the stand-in keeps them: posted, edited, reacted to, forgotten."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.discord import limits
from simulation.discord.components import Kind, Media, settle, walk
from simulation.discord.refusals import ApiRefusal, Problem, invalid, unknown
from simulation.discord.snowflakes import Json, Snowflake, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulation.discord.components import Path
    from simulation.discord.interactions import Interaction
    from simulation.discord.places import Channel, User
    from simulation.discord.world import World

MOST_EMOJI = 20
_USER_PING, _ROLE_PING = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody sends: its name, its bytes, its media type."""

    name: str
    data: bytes
    content_type: str = "application/octet-stream"


@dataclass(slots=True, eq=False)
class MessageRecord:
    """One message; `only_for` names the one person who sees an ephemeral message.

    `answers` is the command or control it was the answer to (`/task`, `button:next`), as it is counted.
    """

    id: Snowflake
    channel: Channel
    author: User
    payload: Json
    only_for: Snowflake | None = None
    files: dict[Snowflake, Upload] = field(default_factory=dict)
    reactions: dict[str, list[Snowflake]] = field(default_factory=dict)
    gone: bool = False
    answers: str | None = None

    @property
    def flags(self) -> int:
        """The message's flags."""
        return int(self.payload["flags"])

    @property
    def loading(self) -> bool:
        """Whether this is a deferred answer that has not come yet ("thinking")."""
        return bool(self.flags & limits.LOADING)


class _Attached(NamedTuple):
    """The attachments a message is to have, and their bytes by id."""

    payload: list[Json]
    files: dict[Snowflake, Upload]


class Messages:
    """All messages of the world, in the order of their ids; old ones are forgotten beyond the world's limits."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_id: dict[Snowflake, MessageRecord] = {}
        self.public: dict[Snowflake, dict[Snowflake, MessageRecord]] = {}
        self.ephemeral: dict[Snowflake, dict[Snowflake, MessageRecord]] = {}
        self._nonces: dict[tuple[Snowflake, str], MessageRecord] = {}

    def get(self, channel: Channel, message: str) -> MessageRecord:
        """A public message of a channel; 10008 when there is none."""
        record = self.public.get(channel.id, {}).get(Snowflake(message))
        if record is None:
            raise unknown("Message")
        return record

    def post(
        self,
        channel: Channel,
        author: User,
        body: Json,
        *,
        uploads: Sequence[tuple[int, Upload]] = (),
        interaction: Interaction | None = None,
        only_for: Snowflake | None = None,
        path: Path = (),
    ) -> MessageRecord:
        """Check a new message against the limits, keep it, tell the gateway and the people.

        Raises:
            ApiRefusal: 50035 for a broken limit, 50006 for an empty message.
        """
        nonce = body.get("nonce")
        if body.get("enforce_nonce") and nonce is not None and (channel.id, str(nonce)) in self._nonces:
            return self._nonces[channel.id, str(nonce)]
        flags = self._flags(body, path, whisper=interaction is not None)
        if only_for is not None:
            flags |= limits.EPHEMERAL
        record = MessageRecord(self._world.mint(), channel, author, {}, only_for)
        record.answers = interaction.name if interaction else None
        attached = self._attachments(record, body, uploads)
        record.payload = self._blank(record, flags, interaction)
        self._fill(record, body, attached, flags, path)
        if nonce is not None:
            record.payload["nonce"] = nonce
            self._remember_nonce(record, str(nonce))
        if reference := body.get("message_reference"):
            self._refer(record, reference)
        self._keep(record)
        self._announce("MESSAGE_CREATE", record)
        return record

    def defer(self, channel: Channel, author: User, interaction: Interaction, *, ephemeral: bool) -> MessageRecord:
        """The "thinking" message of a deferred answer."""
        flags = limits.LOADING | (limits.EPHEMERAL if ephemeral else 0)
        only_for = interaction.user.id if ephemeral else None
        record = MessageRecord(self._world.mint(), channel, author, {}, only_for)
        record.answers = interaction.name
        record.payload = self._blank(record, flags, interaction)
        self._keep(record)
        self._announce("MESSAGE_CREATE", record)
        return record

    def edit(
        self,
        record: MessageRecord,
        body: Json,
        *,
        uploads: Sequence[tuple[int, Upload]] = (),
        path: Path = (),
    ) -> MessageRecord:
        """Change a message; fields that are absent stay. Raises like `post`."""
        wanted = int(body.get("flags") or 0)
        keep = record.flags & ~limits.LOADING
        flags = keep | wanted & limits.V2
        if body.get("flags") is not None:
            flags = flags & ~limits.SUPPRESS_EMBEDS | wanted & limits.SUPPRESS_EMBEDS
        turned = flags & limits.V2 and not keep & limits.V2
        kept = {} if record.loading else {key: record.payload[key] for key in ("content", "embeds")}
        if turned:
            body = {**kept, **body}
        attached = self._attachments(record, body, uploads)
        was_loading = record.loading
        self._fill(record, body, attached, flags, path)
        if not was_loading:
            record.payload["edited_timestamp"] = stamp(self._world.clock())
        self._announce("MESSAGE_UPDATE", record)
        return record

    def delete(self, record: MessageRecord) -> None:
        """Remove a message."""
        self._forget(record)
        if record.only_for is None:
            event: Json = {"id": record.id, "channel_id": record.channel.id}
            if record.channel.guild:
                event["guild_id"] = record.channel.guild.id
            self._world.emit("MESSAGE_DELETE", event, guild=record.channel.guild, channel=record.channel)

    def react(self, record: MessageRecord, user: User, emoji: str, *, add: bool) -> None:
        """Add or take back a reaction; twice the same does nothing. Raises 10014 and 30010."""
        if not emoji or (emoji.isascii() and not re.fullmatch(r"\w{2,32}:\d+", emoji)):
            raise unknown("Emoji")
        people = record.reactions.get(emoji, [])
        if add == (user.id in people):
            return
        if add:
            if emoji not in record.reactions and len(record.reactions) >= MOST_EMOJI:
                raise ApiRefusal(400, 30010, f"Maximum number of reactions reached ({MOST_EMOJI})")
            record.reactions.setdefault(emoji, []).append(user.id)
        else:
            people.remove(user.id)
            if not people:
                record.reactions.pop(emoji, None)
        self._show_reactions(record)
        self._world.emit(*self._reaction_event(record, user, emoji, add=add), channel=record.channel)

    def clear_reactions(self, record: MessageRecord, emoji: str | None = None) -> None:
        """Take all reactions away, or all of one emoji."""
        event: Json = {"channel_id": record.channel.id, "message_id": record.id}
        if record.channel.guild:
            event["guild_id"] = record.channel.guild.id
        if emoji is None:
            record.reactions.clear()
            name = "MESSAGE_REACTION_REMOVE_ALL"
        else:
            record.reactions.pop(emoji, None)
            event["emoji"] = emoji_payload(emoji)
            name = "MESSAGE_REACTION_REMOVE_EMOJI"
        self._show_reactions(record)
        self._world.emit(name, event, guild=record.channel.guild, channel=record.channel)

    def event(self, record: MessageRecord) -> Json:
        """The message as the gateway sends it."""
        guild = record.channel.guild
        if guild is None:
            return record.payload
        out = {**record.payload, "guild_id": guild.id}
        member = guild.members.get(record.author.id)
        if member is not None:
            out["member"] = member.payload(with_user=False)
        return out

    def _flags(self, body: Json, path: Path, *, whisper: bool) -> int:
        flags = int(body.get("flags") or 0)
        allowed = limits.SUPPRESS_EMBEDS | limits.SUPPRESS_NOTIFICATIONS | limits.V2
        if whisper:
            allowed |= limits.EPHEMERAL
        if flags & ~allowed:
            words = f"Flags {flags & ~allowed} cannot be set here."
            raise invalid([Problem((*path, "flags"), "BASE_TYPE_CHOICES", words)])
        return flags & ~limits.EPHEMERAL

    def _blank(self, record: MessageRecord, flags: int, interaction: Interaction | None) -> Json:
        out: Json = {
            "id": record.id,
            "channel_id": record.channel.id,
            "type": 20 if interaction is not None and interaction.kind == 2 else 0,
            "author": record.author.payload,
            "content": "",
            "timestamp": stamp(self._world.clock()),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "flags": flags,
        }
        if record.author.bot:
            out["application_id"] = record.author.id
        if interaction is not None:
            out |= {"webhook_id": self._world.bot.id, "interaction_metadata": interaction.metadata}
        return out

    def _fill(self, record: MessageRecord, body: Json, attached: _Attached, flags: int, path: Path) -> None:
        """Check first, change then: a refused edit leaves the message as it was."""
        names = frozenset(str(attachment["filename"]) for attachment in attached.payload)
        if problems := limits.message_problems(body, flags=flags, names=names, path=path):
            raise invalid(problems)
        fresh: Json = {"flags": flags, "attachments": attached.payload}
        if "content" in body:
            fresh["content"] = body["content"] or ""
        if "embeds" in body:
            fresh["embeds"] = [{"type": "rich", **_without_nulls(embed)} for embed in body["embeds"] or []]
        if "components" in body:
            fresh["components"] = settle(body["components"] or [], lambda url: self._media(url, attached.payload))
        fresh = {**record.payload, **fresh}
        if not any(fresh[key] for key in ("content", "embeds", "components", "attachments")):
            raise ApiRefusal(400, 50006, "Cannot send an empty message")
        record.payload.update(fresh)
        record.files = attached.files
        self._mentions(record, body.get("allowed_mentions"))

    def _attachments(self, record: MessageRecord, body: Json, uploads: Sequence[tuple[int, Upload]]) -> _Attached:
        notes = body.get("attachments")
        old = {a["id"]: a for a in record.payload.get("attachments", [])}
        described = {str(note.get("id")): note for note in notes or []}
        kept = list(old.values()) if notes is None else [old[n] for n in described if n in old]
        files = {a["id"]: record.files[a["id"]] for a in kept}
        for index, upload in uploads:
            out = self._world.host(upload, record.channel)
            if description := described.get(str(index), {}).get("description"):
                out["description"] = description
            if record.only_for is not None:
                out["ephemeral"] = True
            files[out["id"]] = upload
            kept.append(out)
        return _Attached(kept, files)

    def _media(self, url: str, attachments: list[Json]) -> Media:
        payload = {"id": self._world.mint(), "url": url, "proxy_url": url, "width": None, "height": None}
        if not url.startswith("attachment://"):
            return Media(payload)
        found = next(a for a in attachments if a["filename"] == url.removeprefix("attachment://"))
        payload |= {"url": found["url"], "proxy_url": found["url"], "attachment_id": found["id"]}
        return Media({**payload, "content_type": found["content_type"]}, found["filename"], found["size"])

    def _mentions(self, record: MessageRecord, allowed: Json | None) -> None:
        payload = record.payload
        text = message_text(payload)
        if "@" not in text:
            payload |= {"mentions": [], "mention_roles": [], "mention_everyone": False}
            return
        kinds = ("users", "roles", "everyone") if allowed is None else allowed.get("parse") or ()
        users = set(map(str, (allowed or {}).get("users") or ()))
        roles = set(map(str, (allowed or {}).get("roles") or ()))
        known = self._world.users
        named = [Snowflake(u) for u in dict.fromkeys(_USER_PING.findall(text)) if "users" in kinds or u in users]
        payload["mentions"] = [known[u].payload for u in named if u in known]
        pinged = [r for r in dict.fromkeys(_ROLE_PING.findall(text)) if "roles" in kinds or r in roles]
        payload["mention_roles"] = pinged
        payload["mention_everyone"] = "everyone" in kinds and ("@everyone" in text or "@here" in text)

    def _refer(self, record: MessageRecord, reference: Json) -> None:
        target = self.public.get(record.channel.id, {}).get(Snowflake(str(reference.get("message_id"))))
        if target is None and reference.get("fail_if_not_exists", True):
            raise invalid([Problem(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")])
        record.payload["message_reference"] = {
            "type": 0,
            "channel_id": record.channel.id,
            "message_id": str(reference.get("message_id")),
        }
        record.payload["referenced_message"] = target.payload if target else None
        record.payload["type"] = 19

    def _keep(self, record: MessageRecord) -> None:
        self.by_id[record.id] = record
        if record.only_for is not None:
            shelf = self.ephemeral.setdefault(record.only_for, {})
            shelf[record.id] = record
            if len(shelf) > self._world.keep_ephemeral:
                self._forget(next(iter(shelf.values())))
            return
        shelf = self.public.setdefault(record.channel.id, {})
        shelf[record.id] = record
        record.channel.last_message = record.id
        record.channel.sent += 1
        if len(shelf) > self._world.keep_messages:
            # A panel with buttons, or a pinned message, is what people come back to.
            oldest = (old for old, _ in zip(shelf.values(), range(100), strict=False))
            self._forget(next((m for m in oldest if not (m.payload["components"] or m.payload["pinned"])), record))

    def _forget(self, record: MessageRecord) -> None:
        record.gone = True
        self.by_id.pop(record.id, None)
        shelf = self.public.get(record.channel.id) if record.only_for is None else self.ephemeral.get(record.only_for)
        if shelf is not None:
            shelf.pop(record.id, None)
        for attachment in record.files:
            self._world.hosted.pop(attachment, None)
        self._world.show(record)

    def _remember_nonce(self, record: MessageRecord, nonce: str) -> None:
        self._nonces[record.channel.id, nonce] = record
        if len(self._nonces) > 1_000:
            self._nonces.pop(next(iter(self._nonces)))

    def _announce(self, event: str, record: MessageRecord) -> None:
        if record.only_for is None:
            self._world.emit(event, self.event(record), guild=record.channel.guild, channel=record.channel)
        self._world.show(record)

    def _show_reactions(self, record: MessageRecord) -> None:
        bot = self._world.bot.id
        record.payload["reactions"] = [
            {
                "emoji": emoji_payload(emoji),
                "count": len(people),
                "count_details": {"burst": 0, "normal": len(people)},
                "burst_colors": [],
                "me_burst": False,
                "me": bot in people,
            }
            for emoji, people in record.reactions.items()
        ]
        if not record.reactions:
            record.payload.pop("reactions")
        self._world.show(record)

    def _reaction_event(self, record: MessageRecord, user: User, emoji: str, *, add: bool) -> tuple[str, Json]:
        guild = record.channel.guild
        event: Json = {
            "user_id": user.id,
            "channel_id": record.channel.id,
            "message_id": record.id,
            "emoji": emoji_payload(emoji),
            "burst": False,
            "type": 0,
        }
        if guild is not None:
            event["guild_id"] = guild.id
        if add:
            event["message_author_id"] = record.author.id
            if guild is not None and user.id in guild.members:
                event["member"] = guild.members[user.id].payload()
        return ("MESSAGE_REACTION_ADD" if add else "MESSAGE_REACTION_REMOVE"), event


def emoji_payload(emoji: str) -> Json:
    """The emoji object of a reaction key (`👍` or `name:id`)."""
    name, _, number = emoji.partition(":")
    return {"id": number or None, "name": name}


def message_text(payload: Json) -> str:
    """The text in which mentions are looked for: content and text displays."""
    texts = [payload["content"]]
    texts += [node["content"] for _, node in walk(payload["components"]) if node["type"] == Kind.TEXT]
    return "\n".join(texts)


def _without_nulls(node: Any) -> Json:
    return {key: value for key, value in node.items() if value is not None and key != "type"}
