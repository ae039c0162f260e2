// The page: what the member sees, and what becomes of what they do.

import { keepTrue } from "./clock.js";
import { Composer } from "./composer.js";
import { el, fill } from "./dom.js";
import { openForm } from "./forms.js";
import { Bar, Members, Sidebar, choices } from "./frame.js";
import { Messages } from "./messages.js";
import { Store } from "./store.js";
import { wordsIn } from "./words.js";

const PERSON_MENU = 2;
const TEXTLESS = new Set([4, 15]);

let say = wordsIn("en");
const words = (key, facts) => say(key, facts);
const address = () => new URLSearchParams(location.hash.slice(1));

class Page {
  constructor() {
    this.store = new Store((news) => this.told(news));
    this.channel = null;
    this.bar = new Bar(this);
    this.sidebar = new Sidebar(words, this);
    this.members = new Members(words, this);
    this.messages = new Messages(this.store, words, this);
    this.composer = new Composer(words, this);
    this.title = el("h2", { class: "title" });
    this.topic = el("p", { class: "topic" });
    this.notes = el("div", { class: "notes", role: "status" });
    const chat = el("main", { class: "chat" }, el("header", { class: "channel-head" }, this.title, this.topic), this.messages.root, this.notes, this.composer.root);
    this.frame = el("div", { class: "frame" }, this.sidebar.root, chat, this.members.root);
    document.body.append(this.bar.root, this.frame);
    this.frame.addEventListener("click", (event) => !this.sidebar.root.contains(event.target) && this.toggleSidebar(false));
    keepTrue(document.body);
  }

  /** Show what the address says: as whom (`as`), in which channel (`in`). */
  async begin() {
    const roster = await this.store.send("GET", "roster");
    const asked = address().get("as");
    this.channel = null;
    this.become(roster.some((one) => one.id === asked) ? asked : roster[0].id);
  }

  told(news) {
    if (news.lost) {
      this.note(words("offline"));
      return;
    }
    if (news.state) this.places(news);
    else this.some(news.messages, news.gone);
    if (news.form) this.form(news.form);
  }

  /** Show everything; where the same member goes on in the same channel, what is typed and open there stays. */
  places({ messages, gone }) {
    const { state } = this.store;
    const here = messages && this.store.channel(this.channel?.id);
    if (here && here.may_write === this.channel.may_write) {
      this.channel = here;
      this.bar.show(state);
      this.around();
      this.some(messages, gone);
      return;
    }
    say = wordsIn(state.me.locale);
    this.frame.lang = state.me.locale;
    fill(this.notes);
    const standing = state.channels.filter((channel) => !TEXTLESS.has(channel.kind));
    const before = this.channel?.id ?? address().get("in");
    this.bar.show(state);
    this.open(standing.find((channel) => channel.id === before) ?? standing[0]);
  }

  /** Show what stands around the messages. */
  around() {
    fill(this.title, this.placeName(this.channel));
    fill(this.topic, this.channel.topic ?? "");
    this.sidebar.show(this.store, this.channel);
    this.members.show(this.store, this.channel);
  }

  some(changed, gone) {
    this.messages.update(changed, gone);
    const elsewhere = changed.filter((message) => message.channel !== this.channel.id && message.author.id !== this.store.me.id);
    for (const message of elsewhere) this.sidebar.unread.add(message.channel);
    if (elsewhere.length) this.sidebar.show(this.store, this.channel);
  }

  /** Show a channel. */
  open(channel) {
    const moved = channel.id !== this.channel?.id;
    this.channel = channel;
    this.sidebar.unread.delete(channel.id);
    this.toggleSidebar(false);
    this.around();
    this.messages.show(channel);
    this.composer.stand(channel, this.placeName(channel), this.store.me.locale);
    history.replaceState(null, "", `#${new URLSearchParams({ as: this.store.me.id, in: channel.id })}`);
    if (moved) fill(this.notes);
  }

  placeName(channel) {
    return channel.guild === null ? `@${this.store.state.bot.name}` : `#${channel.name}`;
  }

  toggleSidebar(open = !this.frame.classList.contains("with-sidebar")) {
    this.frame.classList.toggle("with-sidebar", open);
    this.bar.channels.setAttribute("aria-expanded", String(open));
  }

  /** Say something to the member that is no message. */
  note(text) {
    const note = el("p", { class: "note" }, text, el("button", { type: "button", class: "plain", "aria-label": words("close"), on: { click: () => note.remove() } }, "✕"));
    fill(this.notes, note);
  }

  become(person) {
    this.store.become(person);
  }

  change(changed) {
    return this.store.send("PATCH", `people/${this.store.person}`, changed);
  }

  async join(name, locale) {
    const { id, error } = await this.store.send("POST", "people", { name, locale });
    if (id) this.become(id);
    return error;
  }

  /** Ask the playground for something that takes a moment. */
  async ask(what, button) {
    button.disabled = true;
    const { error } = await this.store.send("POST", `can/${what}`);
    button.disabled = false;
    if (error) this.note(error);
  }

  // What the member does.

  async press(message, control) {
    this.came(await this.store.act("press", { message: message.id, control }), message);
  }

  async choose(message, control, values) {
    this.came(await this.store.act("select", { message: message.id, control, values }), message);
  }

  async slash(leaf, options) {
    this.note(words("sending"));
    const answer = await this.store.act("slash", { channel: this.channel.id, command: leaf.line, options });
    fill(this.notes);
    this.came(answer, null);
  }

  suggest(command, focused, options) {
    return this.store.act("suggest", { channel: this.channel.id, command, focused, options });
  }

  came(answer, message) {
    if (answer.form) this.form(answer.form);
    if (answer.error) this.note(answer.error);
    else if (!answer.acknowledged && message) this.messages.fail(message.id, words("failed"));
    else if (!answer.acknowledged) this.note(words("silent"));
  }

  async say(content) {
    const { error } = await this.store.act("say", { channel: this.channel.id, content });
    if (error) this.note(error);
  }

  async react(message, emoji, add) {
    const { error } = await this.store.act("react", { message: message.id, emoji, add });
    if (error) this.note(error);
  }

  async dismiss(message) {
    const { error } = await this.store.act("dismiss", { message: message.id });
    if (error) this.note(error);
  }

  commands() {
    return this.store.commands(this.channel.id);
  }

  things(kind, kinds) {
    return this.store.things(kind, this.channel, kinds);
  }

  form(form) {
    // Taken away, not closed: a form that another replaces is no longer the member's to close.
    document.querySelector("dialog.form")?.remove();
    openForm(form, {
      app: this.store.state.bot,
      names: (of, id) => this.store.name(of, id),
      words,
      locale: this.store.me.locale,
      things: (kind, kinds) => this.things(kind, kinds),
      close: () => this.store.act("close", { form: form.custom_id }),
      submit: async (values) => {
        const answer = await this.store.act("submit", { form: form.custom_id, values });
        return answer.acknowledged ? null : (answer.error ?? words("wrong"));
      },
    });
  }

  emoji(anchor, quick, act) {
    const other = el("input", { class: "other-emoji", maxlength: "40", "aria-label": words("otherEmoji"), placeholder: words("otherEmoji") });
    const menu = choices(anchor, [...quick.map((emoji) => [emoji, () => act(emoji)]), other], "emoji-menu");
    other.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !other.value.trim()) return;
      menu.hidePopover();
      act(other.value.trim());
    });
  }

  async menu(anchor, kind, target) {
    const { locale } = this.store.me;
    const commands = (await this.commands()).filter((command) => command.type === kind);
    const act = (command) => async () => this.came(await this.store.act("menu", { name: command.name, channel: this.channel.id, ...target }), null);
    const entries = commands.map((command) => [command.name_localizations?.[locale] ?? command.name, act(command)]);
    choices(anchor, entries.length ? entries : [el("p", { class: "hint" }, words("noCommands"))]);
  }

  async person(anchor, member, playable) {
    const { locale } = this.store.me;
    const commands = member.bot ? [] : (await this.commands()).filter((command) => command.type === PERSON_MENU);
    const act = (command) => async () => this.came(await this.store.act("menu", { name: command.name, person: member.id, channel: this.channel.id }), null);
    const entries = commands.map((command) => [command.name_localizations?.[locale] ?? command.name, act(command)]);
    if (playable && member.id !== this.store.me.id) entries.unshift([words("pickMember", { name: member.name }), () => this.become(member.id)]);
    choices(anchor, entries.length ? entries : [el("p", { class: "hint" }, words("noCommands"))]);
  }
}

const page = new Page();
page.begin();
window.addEventListener("hashchange", () => page.begin());

