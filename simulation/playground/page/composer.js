// The line at the bottom: plain messages, and slash commands with their options.

import { el, fill, freshId, place } from "./dom.js";
import { asSent } from "./forms.js";
import { picker } from "./picker.js";

const SUBCOMMAND = 1;
const GROUP = 2;
const THINGS = { 6: 5, 7: 8, 8: 6, 9: 7 };

/** The composer. `acts` has `say(content)`, `slash(line, options)`, `suggest(line, focused, options)`, `commands()`. */
export class Composer {
  constructor(words, acts) {
    this.words = words;
    this.acts = acts;
    const list = freshId("commands");
    this.input = el("textarea", { rows: "1", class: "line", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list, dir: "auto", on: { input: () => this.typed(), keydown: (event) => this.key(event), blur: () => setTimeout(() => this.hide(), 150) } });
    this.popup = el("div", { id: list, class: "options commands", role: "listbox", popover: "manual" });
    this.bar = el("form", { class: "command-bar", hidden: true, on: { submit: (event) => this.send(event) } });
    this.root = el("div", { class: "composer" }, this.input, this.bar, this.popup);
    this.leaves = [];
    this.found = [];
    this.at = 0;
  }

  /** Stand in a channel, in the member's language. */
  async stand(channel, label, locale) {
    this.locale = locale;
    this.cancel();
    this.input.value = "";
    this.input.disabled = !channel.may_write;
    this.input.placeholder = channel.may_write ? this.words("message", { place: label }) : this.words("noWriting");
    this.input.setAttribute("aria-label", this.input.placeholder);
    this.leaves = [];
  }

  async typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 160)}px`;
    const text = this.input.value;
    if (!text.startsWith("/") || text.includes("\n")) {
      this.hide();
      return;
    }
    if (text.length <= 1 || this.leaves.length === 0) this.leaves = leavesOf(await this.acts.commands(), this.locale);
    const sought = this.input.value.slice(1).trim().toLowerCase();
    this.found = this.leaves.filter((leaf) => leaf.shown.toLowerCase().startsWith(sought) || leaf.line.startsWith(sought)).slice(0, 25);
    this.at = 0;
    this.offer();
  }

  offer() {
    const row = (leaf, number) =>
      el("div", { id: `${this.popup.id}-${number}`, class: number === this.at ? "option current" : "option", role: "option", "aria-selected": String(number === this.at), data: { command: leaf.line }, on: { pointerdown: (event) => event.preventDefault(), click: () => this.begin(leaf) } }, el("span", { class: "texts" }, el("span", { class: "name" }, `/${leaf.shown}`), el("span", { class: "about" }, leaf.about)));
    fill(this.popup, this.found.length ? this.found.map(row) : el("p", { class: "hint" }, this.words("noCommands")));
    if (!this.popup.matches(":popover-open")) this.popup.showPopover();
    place(this.popup, this.root);
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-activedescendant", `${this.popup.id}-${this.at}`);
    this.popup.querySelector(".current")?.scrollIntoView({ block: "nearest" });
  }

  hide() {
    if (this.popup.matches(":popover-open")) this.popup.hidePopover();
    this.input.setAttribute("aria-expanded", "false");
  }

  key(event) {
    if (event.isComposing) return;
    const open = this.popup.matches(":popover-open") && this.found.length > 0;
    if (open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + this.found.length) % this.found.length;
      this.offer();
    } else if (open && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      this.begin(this.found[this.at]);
    } else if (event.key === "Escape") {
      this.hide();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.say();
    }
  }

  async say() {
    const content = this.input.value.trim();
    if (!content) return;
    this.input.value = "";
    this.typed();
    await this.acts.say(content);
  }

  /** Fill in the options of a command. */
  begin(leaf) {
    this.hide();
    this.leaf = leaf;
    this.options = new Map();
    this.input.hidden = true;
    this.bar.hidden = false;
    this.fields = el("span", { class: "filled" });
    this.more = el("span", { class: "more" });
    fill(
      this.bar,
      el("span", { class: "command" }, `/${leaf.shown}`),
      this.fields,
      this.more,
      el("button", { type: "submit", class: "button primary small" }, this.words("submit")),
      el("button", { type: "button", class: "button secondary small", on: { click: () => this.cancel(true) } }, this.words("cancel")),
    );
    this.bar.onkeydown = (event) => event.key === "Escape" && this.cancel(true);
    for (const option of leaf.options.filter((each) => each.required)) this.add(option);
    this.offerMore();
    (this.fields.querySelector("input, button") ?? this.bar.querySelector("[type=submit]")).focus();
  }

  offerMore() {
    const left = this.leaf.options.filter((option) => !this.options.has(option.name));
    const chip = (option) =>
      el("button", { type: "button", class: "chip", title: option.about, data: { option: option.name }, on: { click: () => this.add(option, true) } }, `+ ${option.shown}`);
    fill(this.more, left.map(chip));
  }

  add(option, focus = false) {
    const made = this.control(option);
    const remove = el("button", { type: "button", class: "plain", "aria-label": `− ${option.shown}`, on: { click: () => this.drop(option, field) } }, "✕");
    const field = el("span", { class: "option-field", title: option.about, data: { option: option.name } }, el("span", { class: "option-name" }, option.shown), made.node, !option.required && remove);
    this.options.set(option.name, made);
    this.fields.append(field);
    this.offerMore();
    if (focus) made.focus();
  }

  drop(option, field) {
    this.options.delete(option.name);
    field.remove();
    this.offerMore();
  }

  control(option) {
    if (option.choices?.length || option.type === 5 || THINGS[option.type]) return this.menu(option);
    if (option.type === 11) {
      const input = el("input", { type: "file", "aria-label": option.shown });
      return { node: input, value: async () => (input.files[0] ? asSent(input.files[0]) : undefined), focus: () => input.focus() };
    }
    const numeric = option.type === 4 || option.type === 10;
    const input = el("input", { type: numeric ? "number" : "text", step: option.type === 10 ? "any" : null, min: option.min_value, max: option.max_value, maxlength: option.max_length, "aria-label": option.shown, placeholder: option.about, autocomplete: "off", dir: "auto" });
    const read = () => (input.value === "" ? undefined : numeric ? Number(input.value) : (input.chosen ?? input.value));
    const node = option.autocomplete ? this.suggesting(option, input, read) : input;
    return { node, value: async () => read(), now: read, focus: () => input.focus() };
  }

  menu(option) {
    const own = option.choices?.map((choice) => ({ value: String(choice.value), raw: choice.value, label: choice.name_localizations?.[this.locale] ?? choice.name }));
    const truth = [{ value: "true", raw: true, label: this.words("yes") }, { value: "false", raw: false, label: this.words("no") }];
    const options = own ?? (option.type === 5 ? truth : this.acts.things(THINGS[option.type], option.channel_types));
    const made = picker({ options, least: 0, placeholder: this.words("chooseOne"), label: option.shown, words: this.words, onChoose: () => {} });
    const read = () => {
      const found = options.find((each) => each.value === made.values()[0]);
      return found && (found.raw ?? found.value);
    };
    return { node: made, value: async () => read(), now: read, focus: () => made.focusTrigger() };
  }

  suggesting(option, input, read) {
    const id = freshId("suggestions");
    const popup = el("div", { id, class: "options", role: "listbox", popover: "manual" });
    let choices = [];
    let at = 0;
    let asked = 0;
    const hide = () => popup.matches(":popover-open") && popup.hidePopover();
    const take = (choice) => {
      input.value = choice.name;
      input.chosen = choice.value;
      hide();
    };
    const show = () => {
      const row = (choice, number) => el("div", { role: "option", class: number === at ? "option current" : "option", id: `${id}-${number}`, "aria-selected": String(number === at), data: { value: String(choice.value) }, on: { pointerdown: (event) => event.preventDefault(), click: () => take(choice) } }, el("span", { class: "texts" }, choice.name));
      fill(popup, choices.map(row));
      if (!choices.length) return hide();
      if (!popup.matches(":popover-open")) popup.showPopover();
      place(popup, input);
      input.setAttribute("aria-activedescendant", `${id}-${at}`);
      return null;
    };
    const ask = async () => {
      input.chosen = undefined;
      asked += 1;
      const mine = asked;
      const typed = Object.fromEntries([...this.options].map(([name, made]) => [name, made.now?.()]).filter(([, value]) => value !== undefined));
      const answer = await this.acts.suggest(this.leaf.line, option.name, { ...typed, [option.name]: read() ?? "" });
      if (mine !== asked || document.activeElement !== input) return;
      choices = answer.choices ?? [];
      at = 0;
      show();
    };
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", id);
    input.addEventListener("input", ask);
    input.addEventListener("focus", ask);
    input.addEventListener("blur", () => setTimeout(hide, 150));
    input.addEventListener("keydown", (event) => {
      if (!popup.matches(":popover-open")) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        at = (at + (event.key === "ArrowDown" ? 1 : -1) + choices.length) % choices.length;
        show();
      } else if (event.key === "Enter" || event.key === "Tab") take(choices[at]);
      else if (event.key === "Escape") hide();
      else return;
      if (event.key !== "Tab") event.preventDefault();
      event.stopPropagation();
    });
    return el("span", { class: "suggesting" }, input, popup);
  }

  async send(event) {
    event.preventDefault();
    const leaf = this.leaf;
    const given = await Promise.all([...this.options].map(async ([name, made]) => [name, await made.value()]));
    const options = Object.fromEntries(given.filter(([, value]) => value !== undefined));
    this.cancel(true);
    await this.acts.slash(leaf, options);
  }

  cancel(focus = false) {
    this.bar.hidden = true;
    fill(this.bar);
    this.input.hidden = false;
    this.input.value = "";
    this.hide();
    if (focus) this.input.focus();
  }
}

/** Every command one can use, sub-commands by themselves, with names in a language. */
export function leavesOf(commands, locale) {
  const out = [];
  const named = (node) => node.name_localizations?.[locale] ?? node.name;
  const about = (node) => node.description_localizations?.[locale] ?? node.description ?? "";
  const walk = (node, line, shown) => {
    const branches = (node.options ?? []).filter((option) => option.type === SUBCOMMAND || option.type === GROUP);
    if (branches.length) {
      for (const branch of branches) walk(branch, `${line} ${branch.name}`, `${shown} ${named(branch)}`);
      return;
    }
    const options = (node.options ?? []).map((option) => ({ ...option, shown: named(option), about: about(option) }));
    out.push({ line, shown, about: about(node), options });
  };
  for (const command of commands.filter((each) => each.type === 1)) walk(command, command.name, named(command));
  return out;
}
