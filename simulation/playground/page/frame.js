// What stands around the messages: the playground's own bar, channels, members.

import { el, fill, place } from "./dom.js";
import { avatar } from "./messages.js";

const CATEGORY = 4;
const THREADS = new Set([10, 11, 12]);

/** The bar of the playground itself, which Discord does not have. */
export class Bar {
  constructor(acts) {
    this.acts = acts;
    this.who = el("select", { id: "who", "aria-label": "Act as", on: { change: () => acts.become(this.who.value) } });
    this.locale = el("select", { id: "locale", on: { change: () => acts.change({ locale: this.locale.value }) } });
    this.dms = el("input", { type: "checkbox", id: "dms", on: { change: () => acts.change({ accepts_dms: this.dms.checked }) } });
    this.scheme = el("select", { id: "scheme", on: { change: () => this.paint(this.scheme.value) } }, ["system", "dark", "light"].map((value) => el("option", { value }, value)));
    this.name = el("input", { id: "newcomer", maxlength: "32", placeholder: "a name", autocomplete: "off", required: true });
    this.can = new Map([["refill", "Bring back every kind of task"], ["restart", "Kill the bot and start it again"]].map(([what, words]) => [what, this.button(what, words)]));
    const join = el("form", { class: "setting", on: { submit: (event) => this.join(event) } }, el("label", { for: "newcomer" }, "Join as somebody new"), this.name, el("button", { type: "submit", class: "button primary small" }, "Join"));
    const setting = (label, control) => el("p", { class: "setting" }, el("label", { for: control.id }, label), control);
    const panel = el("div", { class: "panel" }, setting("Language of Discord", this.locale), setting("Takes direct messages", this.dms), setting("Colours", this.scheme), join, ...this.can.values());
    this.settings = el("details", { class: "settings" }, el("summary", {}, "Settings"), panel);
    this.channels = el("button", { type: "button", class: "plain toggle", "aria-label": "Channels", "aria-expanded": "false", on: { click: () => acts.toggleSidebar() } }, "☰");
    this.root = el("header", { class: "bar", lang: "en" }, this.channels, el("strong", { class: "brand" }, "Orchard playground"), el("label", { class: "acting" }, el("span", {}, "Acting as "), this.who), this.settings);
    document.addEventListener("pointerdown", (event) => {
      if (!this.settings.contains(event.target)) this.settings.open = false;
    });
  }

  button(what, words) {
    const button = el("button", { type: "button", class: "button secondary small", data: { what }, on: { click: () => this.acts.ask(what, button) } }, words);
    return button;
  }

  paint(scheme) {
    document.documentElement.style.colorScheme = scheme === "system" ? "" : scheme;
  }

  async join(event) {
    event.preventDefault();
    const failed = await this.acts.join(this.name.value, this.locale.value);
    this.name.setCustomValidity(failed ?? "");
    this.name.reportValidity();
    if (!failed) this.name.value = "";
    this.name.setCustomValidity("");
  }

  show(state) {
    fill(this.who, state.people.map((one) => el("option", { value: one.id, selected: one.id === state.me.id }, `${one.name} (${one.note})`)));
    const named = (locale) => new Intl.DisplayNames([locale], { type: "language" }).of(locale);
    const locales = [...new Set([...state.locales, state.me.locale])];
    fill(this.locale, locales.map((locale) => el("option", { value: locale, selected: locale === state.me.locale }, named(locale))));
    this.dms.checked = state.me.accepts_dms;
    for (const [what, button] of this.can) button.hidden = !state.can.includes(what);
  }
}

/** The channels a member sees. */
export class Sidebar {
  constructor(words, acts) {
    this.words = words;
    this.acts = acts;
    this.unread = new Set();
    this.root = el("nav", { class: "sidebar" });
  }

  show(store, current) {
    const { state } = store;
    this.root.setAttribute("aria-label", this.words("channels"));
    const direct = state.channels.filter((channel) => channel.guild === null);
    fill(
      this.root,
      state.guilds.map((guild) => [el("h1", {}, guild.name), el("ul", {}, this.tree(state.channels.filter((channel) => channel.guild === guild.id), null, current))]),
      el("h2", {}, this.words("direct")),
      el("ul", {}, direct.map((channel) => this.line(channel, current))),
      this.own(state),
    );
  }

  tree(channels, parent, current) {
    const order = (one, other) => one.position - other.position || Number(BigInt(one.id) - BigInt(other.id));
    return channels
      .filter((channel) => channel.parent === parent && !channel.archived)
      .sort(order)
      .map((channel) => [channel.kind === CATEGORY ? el("li", { class: "category" }, channel.name) : this.line(channel, current), this.tree(channels, channel.id, current)]);
  }

  line(channel, current) {
    const open = channel.id === current.id;
    const kind = ["channel", open && "open", THREADS.has(channel.kind) && "thread", this.unread.has(channel.id) && "unread"].filter(Boolean).join(" ");
    return el("li", { class: kind }, el("button", { type: "button", "aria-current": open ? "page" : null, data: { channel: channel.id }, on: { click: () => this.acts.open(channel) } }, this.acts.placeName(channel)));
  }

  own({ me }) {
    return el("div", { class: "own", data: { account: me.id } }, avatar(me), el("span", { class: "name" }, me.name));
  }
}

/** The members of a server, under their highest roles. */
export class Members {
  constructor(words, acts) {
    this.words = words;
    this.acts = acts;
    this.root = el("aside", { class: "members" });
  }

  show(store, channel) {
    const guild = store.guild(channel.guild);
    this.root.hidden = !guild;
    this.root.setAttribute("aria-label", this.words("members"));
    if (!guild) return;
    // Those with roles of their own stand first, apps after them.
    const rank = (member) => (member.bot ? 1 : member.roles.length ? 0 : 2);
    const groups = new Map();
    for (const member of [...guild.members].sort((one, other) => rank(one) - rank(other))) {
      const title = member.bot ? this.words("apps") : (member.roles[0] ?? this.words("members"));
      groups.set(title, [...(groups.get(title) ?? []), member]);
    }
    const others = new Map(store.state.people.map((one) => [one.id, one]));
    fill(this.root, [...groups].map(([title, members]) => [el("h2", {}, `${title} – ${members.length}`), el("ul", {}, members.map((member) => this.line(member, others.has(member.id))))]));
  }

  line(member, playable) {
    const open = (event) => this.acts.person(event.currentTarget, member, playable);
    return el("li", {}, el("button", { type: "button", class: member.bot ? "bot" : "", on: { click: open } }, avatar(member), el("span", { class: "name" }, member.name), member.bot && el("span", { class: "tag" }, this.words("app"))));
  }
}

/** A small menu beside something; entries are `[words, do]`. */
export function choices(anchor, entries, kind = "") {
  document.querySelector(".choices-menu")?.remove();
  const menu = el("div", { class: `options choices-menu ${kind}`, role: "menu", popover: "auto" });
  const entry = ([words, act]) =>
    el("button", { type: "button", role: "menuitem", class: "option", on: { click: () => (menu.hidePopover(), act()) } }, words);
  fill(menu, entries.map((one) => (one instanceof Node ? one : entry(one))));
  menu.addEventListener("toggle", (event) => event.newState === "closed" && menu.remove());
  document.body.append(menu);
  menu.showPopover();
  place(menu, anchor);
  menu.querySelector("button, input")?.focus();
  menu.addEventListener("keydown", (event) => {
    const entries = [...menu.querySelectorAll("button, input")];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length]?.focus();
  });
  return menu;
}
