// The messages of a channel.

import { stamp, written } from "./clock.js";
import { components, embed, file, waiting } from "./components.js";
import { el, fill } from "./dom.js";
import { markdown } from "./markdown.js";

const TOGETHER = 7 * 60 * 1000;
const QUICK = ["👍", "👎", "🚩", "❤️", "😂", "🎉", "🤔", "👀"];

/** The list of messages. `acts` has `press`, `choose`, `dismiss`, `react` and `menu`. */
export class Messages {
  constructor(store, words, acts) {
    this.store = store;
    this.words = words;
    this.acts = acts;
    this.failures = new Map();
    this.list = el("ol", { class: "messages", "aria-live": "polite" });
    this.root = el("div", { class: "scroller", tabindex: "0", "aria-label": "messages" }, this.list);
    new ResizeObserver(() => this.follow && this.toEnd()).observe(this.list);
    this.follow = true;
    this.root.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = this.root;
      this.follow = scrollHeight - scrollTop - clientHeight < 60;
    });
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
  }

  /** Show a channel from its beginning to its end. */
  show(channel) {
    this.channel = channel;
    this.follow = true;
    const place = this.acts.placeName(channel);
    fill(this.list, el("li", { class: "beginning" }, el("h2", {}, place), el("p", {}, this.words("start", { place }))));
    let before = null;
    for (const message of this.store.in(channel.id)) {
      this.list.append(this.item(message, before));
      before = message;
    }
    this.toEnd();
  }

  /** Show what changed: messages that are new or different, and those that are gone. */
  update(changed, gone) {
    for (const id of gone) this.node(id)?.remove();
    for (const message of changed) {
      if (message.channel !== this.channel.id) continue;
      const old = this.node(message.id);
      if (old?.querySelector(":popover-open")) {
        // Somebody is choosing here: the menu is not taken from under their hand.
        old.addEventListener("toggle", () => this.update([this.store.messages.get(message.id)].filter(Boolean), []), { capture: true, once: true });
        continue;
      }
      const all = this.store.in(this.channel.id);
      const at = all.findIndex((each) => each.id === message.id);
      const fresh = this.item(message, all[at - 1] ?? null);
      if (old) this.replace(old, fresh);
      else if (all[at + 1] && this.node(all[at + 1].id)) this.node(all[at + 1].id).before(fresh);
      else this.list.append(fresh);
    }
    if (this.follow) this.toEnd();
  }

  /** Say under a message that its control brought no answer. */
  fail(id, words) {
    this.failures.set(id, words);
    const message = this.store.messages.get(id);
    if (message) this.update([message], []);
  }

  node(id) {
    return this.list.querySelector(`[data-message="${id}"]`);
  }

  replace(old, fresh) {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const control = focused?.dataset.control;
    old.replaceWith(fresh);
    if (!focused) return;
    const same = [...fresh.querySelectorAll("[data-control]")].find((each) => each.dataset.control === control);
    (same ?? fresh).focus({ preventScroll: true });
  }

  scene(message) {
    return {
      names: (of, id) => this.store.name(of, id),
      words: this.words,
      locale: this.store.me.locale,
      things: (kind, kinds) => this.store.things(kind, this.channel, kinds),
      press: async (node, control) => {
        waiting(control, true);
        this.failures.delete(message.id);
        await this.acts.press(message, node.custom_id);
        waiting(control, false);
      },
      choose: (node, values) => {
        this.failures.delete(message.id);
        return this.acts.choose(message, node.custom_id, values);
      },
    };
  }

  item(message, before) {
    const scene = this.scene(message);
    const at = Date.parse(message.at);
    const alone = message.used || message.reply_to || !before || before.author.id !== message.author.id || before.ephemeral !== message.ephemeral || at - Date.parse(before.at) > TOGETHER;
    const kind = ["message", message.ephemeral && "ephemeral", alone ? "first" : "further"].filter(Boolean).join(" ");
    return el(
      "li",
      { class: kind, tabindex: "-1", data: { message: message.id } },
      alone && this.above(message),
      alone ? avatar(message.author) : el("time", { class: "aside", datetime: message.at }, written(at, "t", scene.locale)),
      el("div", { class: "body" }, alone && this.head(message, at), this.content(message, scene), this.reactions(message), this.below(message)),
      this.tools(message),
    );
  }

  above(message) {
    if (message.reply_to) return el("div", { class: "above" }, this.words("replying", { name: message.reply_to.name }), " ", el("span", { class: "said" }, message.reply_to.content));
    if (!message.used?.command) return null;
    const line = this.words("used", { name: "\u0000", command: "\u0001" }).split(/(\u0000|\u0001)/);
    const parts = { "\u0000": () => el("strong", {}, message.used.by), "\u0001": () => el("span", { class: "command" }, message.used.command) };
    return el("div", { class: "above" }, line.map((part) => parts[part]?.() ?? part));
  }

  head(message, at) {
    const { locale } = this.store.me;
    return el(
      "div",
      { class: "head" },
      el("span", { class: message.author.bot ? "name bot" : "name" }, message.author.name),
      message.author.bot && el("span", { class: "tag" }, this.words("app")),
      el("time", { datetime: message.at, title: written(at, "F", locale) }, stamp(at, locale)),
      message.pinned && el("span", { class: "pin", title: "pinned" }, "📌"),
    );
  }

  content(message, scene) {
    if (message.loading) {
      return el("div", { class: "thinking" }, el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), this.words("thinking", { name: message.author.name }));
    }
    const said = message.content && markdown(message.content, scene.names, scene.locale);
    const edited = message.edited && el("span", { class: "edited" }, this.words("edited"));
    const inFile = new Set(message.components.flatMap(urls));
    const files = message.attachments.filter((each) => !inFile.has(each.url));
    return [
      said,
      message.embeds.map((each) => embed(each, scene)),
      files.map((each) => (each.content_type?.startsWith("image/") ? el("figure", { class: "item" }, el("img", { src: each.url, alt: each.description ?? each.filename })) : file({ name: each.filename, size: each.size, url: each.url }, scene))),
      components(message.components, scene),
      edited,
    ];
  }

  reactions(message) {
    if (message.reactions.length === 0) return null;
    const one = ({ emoji, count, me }) =>
      el("button", { type: "button", class: "reaction", "aria-pressed": String(me), data: { control: `reaction ${emoji}` }, on: { click: () => this.acts.react(message, emoji, !me) } }, el("span", { class: "emoji" }, emoji.split(":")[0]), el("span", { class: "count" }, String(count)));
    return el("div", { class: "reactions" }, message.reactions.map(one));
  }

  below(message) {
    const failure = this.failures.get(message.id);
    return [
      failure && el("p", { class: "failure", role: "alert" }, failure),
      message.ephemeral && el("div", { class: "only" }, el("span", { "aria-hidden": "true" }, "👁 "), this.words("onlyYou"), " · ", el("button", { type: "button", class: "plain", data: { control: "dismiss" }, on: { click: () => this.acts.dismiss(message) } }, this.words("dismiss"))),
    ];
  }

  tools(message) {
    const react = !message.ephemeral && (this.channel.may_react || message.reactions.length > 0);
    const open = (event) => this.acts.emoji(event.currentTarget, QUICK, (emoji) => this.acts.react(message, emoji, true));
    return el(
      "div",
      { class: "tools" },
      react && el("button", { type: "button", title: this.words("addReaction"), "aria-label": this.words("addReaction"), on: { click: open } }, "☺"),
      el("button", { type: "button", title: this.words("apps"), "aria-label": this.words("apps"), on: { click: (event) => this.acts.menu(event.currentTarget, 3, { message: message.id }) } }, "⋯"),
    );
  }
}

function urls(node) {
  return [node.file?.url, node.media?.url, ...(node.items ?? []).map((item) => item.media.url), ...(node.components ?? []).flatMap(urls), ...(node.accessory ? urls(node.accessory) : [])].filter(Boolean);
}

const COLOURS = 6;

/** A round picture with the first letter of a name. */
export function avatar({ id, name, bot }) {
  const colour = bot ? "bot" : String(Number(BigInt(id) % BigInt(COLOURS)));
  return el("span", { class: "avatar", "aria-hidden": "true", data: { colour } }, [...name][0].toUpperCase());
}
