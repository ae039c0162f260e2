"""A small but real discord.py bot for a process of its own: bot_under_test.py URL [intents]."""

# ruff: noqa: ANN001, ANN206  the signatures are discord.py's

import asyncio
import io
import logging
import re
import sys

import discord
import discord.gateway
import discord.http
import yarl
from discord import app_commands, ui
from discord.ext import commands


def point_at(url: str) -> None:
    discord.http.Route.BASE = f"{url}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url.replace("http", "ws", 1) + "/gateway")


class ReplyForm(ui.Modal):
    def __init__(self, task: str, draft: str = "") -> None:
        super().__init__(title=f"Task {task}", custom_id=f"reply:{task}", timeout=60)
        self.add_item(ui.TextDisplay("Write the answer you would like to read."))
        self.add_item(
            ui.Label(
                text="Your reply",
                component=ui.TextInput(
                    custom_id="text", style=discord.TextStyle.paragraph, default=draft, min_length=3, max_length=4000
                ),
            )
        )
        options = [discord.RadioGroupOption(label=name, value=name) for name in ("good", "bad")]
        self.add_item(ui.Label(text="Quality", component=ui.RadioGroup(custom_id="quality", options=options)))
        flags = [discord.CheckboxGroupOption(label=name, value=name) for name in ("spam", "rude")]
        self.add_item(
            ui.Label(
                text="Flags",
                component=ui.CheckboxGroup(custom_id="flags", options=flags, required=False, min_values=0),
            )
        )
        self.add_item(ui.Label(text="Proof", component=ui.FileUpload(custom_id="proof", required=False, min_values=0)))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """The listener answers: discord.py keeps forms by custom id alone."""


class OpenForm(ui.DynamicItem[ui.Button], template=r"open:(?P<task>\w+)"):
    def __init__(self, task: str) -> None:
        super().__init__(ui.Button(label="Write", custom_id=f"open:{task}", style=discord.ButtonStyle.primary))
        self.task = task

    @classmethod
    async def from_custom_id(cls, interaction, item, match: re.Match[str]):
        return cls(match["task"])

    async def callback(self, interaction: discord.Interaction) -> None:
        form = ReplyForm(self.task, draft="a draft")
        await interaction.response.send_modal(form)
        form.stop()  # the listener takes the submit: nothing need wait in memory


class Press(ui.DynamicItem[ui.Button], template=r"press:(?P<what>\w+)"):
    def __init__(self, what: str, *, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=what.title(), custom_id=f"press:{what}", disabled=disabled))
        self.what = what

    @classmethod
    async def from_custom_id(cls, interaction, item, match: re.Match[str]):
        return cls(match["what"])

    async def callback(self, interaction: discord.Interaction) -> None:
        if self.what == "update":
            await interaction.response.edit_message(view=panel("pressed", buttons=[Press("closed", disabled=True)]))
        elif self.what == "later":
            await interaction.response.defer()
            await interaction.edit_original_response(view=panel("edited later"))
        elif self.what == "twice":
            await interaction.response.send_message("once", ephemeral=True)
            interaction.response._response_type = None
            try:
                await interaction.response.send_message("again", ephemeral=True)
            except discord.HTTPException as error:
                await interaction.followup.send(f"refused with {error.code}", ephemeral=True)


class Pick(ui.DynamicItem[ui.Select], template=r"pick:(?P<task>\w+)"):
    def __init__(self, task: str) -> None:
        options = [discord.SelectOption(label=name.title(), value=name) for name in ("red", "green", "blue")]
        super().__init__(ui.Select(custom_id=f"pick:{task}", options=options, max_values=2))

    @classmethod
    async def from_custom_id(cls, interaction, item, match: re.Match[str]):
        return cls(match["task"])

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("picked " + " ".join(interaction.data["values"]), ephemeral=True)


def panel(text: str, *, buttons: list = ()) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(ui.TextDisplay(text), accent_color=0x336699))
    if buttons:
        view.add_item(ui.ActionRow(*buttons))
    # Every control is a DynamicItem: a finished view is not kept in memory for each message sent.
    view.stop()
    return view


class Bot(commands.AutoShardedBot):
    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(
            "!",
            intents=intents,
            guild_ready_timeout=0.05,
            heartbeat_timeout=0.4,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.reacted: list[str] = []
        self.counted = 0

    async def setup_hook(self) -> None:
        self.add_dynamic_items(OpenForm, Press, Pick)
        register(self.tree)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify at once: the stand-in allows many at a time."""

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        if event.user_id != self.user.id:
            self.reacted.append(str(event.emoji))

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.modal_submit:
            await submitted(interaction)


async def submitted(interaction: discord.Interaction) -> None:
    got = {}
    for node in interaction.data["components"]:
        child = node.get("component", {})
        got[child.get("custom_id")] = child.get("value", child.get("values"))
    text = f"saved {len(got['text'])} {got['quality']} {got['flags']} {len(got['proof'])}"
    view = panel(f"{text}\n{got['text'][:200]}", buttons=[Press("update")])
    await interaction.response.send_message(view=view, ephemeral=True)


def register(tree: app_commands.CommandTree) -> None:  # noqa: C901, PLR0915  a list of commands
    kinds = [app_commands.Choice(name=name, value=name) for name in ("prompt", "assistant_reply")]

    @tree.command(description="Get a task")
    @app_commands.choices(kind=kinds)
    async def task(interaction: discord.Interaction, kind: app_commands.Choice[str], size: int = 1) -> None:
        view = panel(f"{kind.value} {size} for {interaction.user.display_name} in {interaction.locale}")
        section = ui.Section("Press when ready", accessory=OpenForm("t1"))
        view.add_item(section).add_item(ui.ActionRow(Press("update"), Press("later"), Press("twice")))
        view.add_item(ui.ActionRow(Pick("t1")))
        await interaction.response.send_message(view=view, ephemeral=True)

    @tree.command(description="Say hello")
    async def ping(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("pong", ephemeral=True)

    @tree.command(description="Count how often this was asked, without a memory of who asked")
    async def count(interaction: discord.Interaction) -> None:
        interaction.client.counted += 1
        await interaction.response.send_message(str(interaction.client.counted), ephemeral=True)

    @tree.command(description="Send what Discord's document forbids")
    async def unlawful(interaction: discord.Interaction) -> None:
        route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=interaction.channel_id)
        try:
            await interaction.client.http.request(route, json={"content": 7})
        except discord.HTTPException as error:
            await interaction.response.send_message(f"refused with {error.status}", ephemeral=True)

    @tree.command(description="Which servers are there?")
    async def servers(interaction: discord.Interaction) -> None:
        there = [guild.name for guild in interaction.client.guilds if not guild.unavailable]
        await interaction.response.send_message(" ".join(there) or "none", ephemeral=True)

    @tree.command(description="Think, then speak")
    async def slow(interaction: discord.Interaction, public: bool = False) -> None:
        await interaction.response.defer(ephemeral=not public, thinking=True)
        await interaction.edit_original_response(view=panel("thought about it"))
        await interaction.followup.send("and more", ephemeral=True)

    @tree.command(description="Never answer")
    async def mute(interaction: discord.Interaction) -> None:
        await asyncio.sleep(0)

    @tree.command(description="Answer too late")
    async def late(interaction: discord.Interaction, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await interaction.response.send_message("late", ephemeral=True)
        except discord.NotFound as error:
            await interaction.channel.send(f"too late: {error.code}")

    @tree.command(description="Speak again when the token is dead")
    async def expire(interaction: discord.Interaction, seconds: float) -> None:
        await interaction.response.send_message("first", ephemeral=True)
        await asyncio.sleep(seconds)
        try:
            await interaction.followup.send("second", ephemeral=True)
        except discord.HTTPException as error:
            await interaction.channel.send(f"expired: {error.code}")

    @tree.command(description="Write somebody a DM")
    async def tell(interaction: discord.Interaction, who: discord.User) -> None:
        try:
            sent = await who.send(view=panel("psst", buttons=[Press("update")]))
        except discord.Forbidden as error:
            await interaction.response.send_message(f"closed: {error.code}", ephemeral=True)
        else:
            await interaction.response.send_message(f"told {sent.channel.recipient}", ephemeral=True)

    @tree.command(description="Post in public")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def post(interaction: discord.Interaction, words: str) -> None:
        file = discord.File(io.BytesIO(words.encode()), "words.txt")
        message = await interaction.channel.send(words, file=file)
        await message.add_reaction("👍")
        await message.edit(content=f"{words} (edited)")
        await message.pin()
        pins = [pin.content async for pin in interaction.channel.pins()]
        await interaction.response.send_message(f"posted, pinned {pins}", ephemeral=True)

    @tree.command(description="Open a work room")
    async def room(interaction: discord.Interaction, private: bool) -> None:
        kind = discord.ChannelType.private_thread if private else discord.ChannelType.public_thread
        thread = await interaction.channel.create_thread(name="room", type=kind)
        await thread.add_user(interaction.user)
        await thread.send("welcome")
        await interaction.response.send_message(thread.mention, ephemeral=True)

    @tree.command(description="What did people react with?")
    async def reactions(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(" ".join(interaction.client.reacted) or "none", ephemeral=True)

    @tree.command(description="A message with a file to read")
    async def file(interaction: discord.Interaction) -> None:
        view = panel("The whole conversation is in the file.")
        view.add_item(ui.File("attachment://all.md"))
        data = discord.File(io.BytesIO("Grüße\n".encode()), "all.md")
        await interaction.response.send_message(view=view, file=data, ephemeral=True)

    @tree.command(description="Read a file")
    async def read(interaction: discord.Interaction, file: discord.Attachment) -> None:
        words = (await file.read()).decode()
        await interaction.response.send_message(f"{len(words)}: {words[:20]}", ephemeral=True)

    @tree.command(description="Find a language")
    async def find(interaction: discord.Interaction, lang: str) -> None:
        await interaction.response.send_message(lang, ephemeral=True)

    @find.autocomplete("lang")
    async def languages(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        known = ("de", "en", "es")
        return [app_commands.Choice(name=name.upper(), value=name) for name in known if name.startswith(current)]

    me = app_commands.Group(name="me", description="About you")

    @me.command(description="Show your standing")
    async def show(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"you are {interaction.user.display_name}", ephemeral=True)

    tree.add_command(me)

    @tree.context_menu(name="Report")
    async def report(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"reported {message.id}", ephemeral=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    point_at(sys.argv[1])
    wanted = discord.Intents(int(sys.argv[2]) if len(sys.argv) > 2 else (1 | 1 << 10))
    asyncio.run(Bot(wanted).start("a.stand.in"))
