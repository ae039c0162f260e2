// Discord's Markdown, read into a tree and shown as elements whose texts are text nodes.

import { written } from "./clock.js";
import { el } from "./dom.js";

const DEEPEST = 30;

// Rules in the order in which they are tried: `line` ones at the beginning of a line, `outside` ones not in a quotation.
const RULES = [
  { name: "escape", at: /\\([^0-9A-Za-z\s])/y, read: (m) => m[1] },
  { name: "code", at: /```(?:([\w+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```\n?/y, read: (m) => ({ kind: "pre", language: m[1], text: m[2] }) },
  { name: "quote", line: true, outside: true, at: / *>>> +([\s\S]*)/y, read: (m, inside) => ({ kind: "quote", children: inside(m[1], { quoted: true }) }) },
  { name: "quote", line: true, outside: true, at: /(?: *> [^\n]*(?:\n|$))+/y, read: (m, inside) => ({ kind: "quote", children: inside(unquoted(m[0]), { quoted: true }) }) },
  { name: "heading", line: true, at: /(#{1,3}) +([^\n]+?) *#* *(?:\n|$)/y, read: (m, inside) => ({ kind: `h${m[1].length}`, children: inside(m[2], { inline: true }) }) },
  { name: "subtext", line: true, at: /-# +([^\n]+)(?:\n|$)/y, read: (m, inside) => ({ kind: "subtext", children: inside(m[1], { inline: true }) }) },
  { name: "list", line: true, at: /(?: *(?:[-*]|\d{1,9}\.) +[^\n]+(?:\n(?! *(?:[-*]|\d{1,9}\.) )(?: +)[^\n]+)*(?:\n|$))+/y, read: readList },
  { name: "autolink", at: /<(https?:\/\/[^\s<>]+)>/y, read: (m) => ({ kind: "link", href: m[1], children: [m[1]] }) },
  { name: "url", at: /https?:\/\/[^\s<]+[^<.,:;"')\]\s]/y, read: (m) => ({ kind: "link", href: m[0], children: [m[0]] }) },
  {
    name: "masked",
    at: /\[((?:\\[\s\S]|[^\\\]])+?)\]\(\s*<?(https?:\/\/[^\s<>)]+)>?(?:\s+["'][^\n]*?["'])?\s*\)/y,
    read: (m, inside) => ({ kind: "link", href: m[2], children: inside(m[1], { inline: true }) }),
  },
  { name: "person", at: /<@!?(\d{1,20})>/y, read: (m) => ({ kind: "mention", of: "person", id: m[1] }) },
  { name: "role", at: /<@&(\d{1,20})>/y, read: (m) => ({ kind: "mention", of: "role", id: m[1] }) },
  { name: "channel", at: /<#(\d{1,20})>/y, read: (m) => ({ kind: "mention", of: "channel", id: m[1] }) },
  { name: "command", at: /<\/([^:>\n]{1,98}):(\d{1,20})>/y, read: (m) => ({ kind: "mention", of: "command", id: m[1] }) },
  { name: "emoji", at: /<a?:(\w{2,32}):(\d{1,20})>/y, read: (m) => ({ kind: "emoji", text: `:${m[1]}:` }) },
  { name: "time", at: /<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/y, read: (m) => ({ kind: "time", seconds: Number(m[1]), style: m[2] ?? "f" }) },
  { name: "bold and italic", at: /\*\*\*((?:\\[\s\S]|[^\\])+?)\*\*\*(?!\*)/y, read: (m, inside) => ({ kind: "strong", children: [{ kind: "em", children: inside(m[1], { inline: true }) }] }) },
  { name: "bold", at: /\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, read: (m, inside) => ({ kind: "strong", children: inside(m[1], { inline: true }) }) },
  { name: "underline", at: /__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, read: (m, inside) => ({ kind: "u", children: inside(m[1], { inline: true }) }) },
  {
    name: "italic",
    at: /\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/y,
    read: (m, inside) => ({ kind: "em", children: inside(m[1], { inline: true }) }),
  },
  { name: "italic", at: /\b_((?:__|\\[\s\S]|[^\\_])+?)_\b/y, read: (m, inside) => ({ kind: "em", children: inside(m[1], { inline: true }) }) },
  { name: "strike", at: /~~((?:\\[\s\S]|[^\\])+?)~~/y, read: (m, inside) => ({ kind: "s", children: inside(m[1], { inline: true }) }) },
  { name: "spoiler", at: /\|\|([\s\S]+?)\|\|/y, read: (m, inside) => ({ kind: "spoiler", children: inside(m[1], { inline: true }) }) },
  { name: "inline code", at: /(`+)([\s\S]*?[^`])\1(?!`)/y, read: (m) => ({ kind: "code", text: m[2].replace(/^ (.*) $/s, "$1") }) },
];

// What no rule can begin with is taken whole.
const PLAIN = /[^\\`*_~|<>[#\-\d\n h]+/y;

function unquoted(text) {
  return text.replace(/\n$/, "").replace(/^ *> /gm, "");
}

function readList(m, inside) {
  const root = { kind: "list", items: [] };
  const open = [{ indent: -1, list: null, item: null }];
  for (const line of m[0].replace(/\n$/, "").split("\n")) {
    const found = /^( *)([-*]|\d{1,9}\.) +(.*)$/s.exec(line);
    if (!found) {
      const item = open.at(-1).item;
      if (item) item.texts[item.texts.length - 1] += `\n${line.trim()}`;
      continue;
    }
    const indent = found[1].length;
    while (open.length > 1 && indent < open.at(-1).indent) open.pop();
    let level = open.at(-1);
    if (level.list === null || indent > level.indent + 1) {
      const list = level.item ? { kind: "list", items: [] } : root;
      if (level.item) level.item.lists.push(list);
      level = { indent, list, item: null };
      open.push(level);
      list.start = /\d/.test(found[2]) ? Number.parseInt(found[2], 10) : null;
    }
    level.item = { texts: [found[3]], lists: [] };
    level.list.items.push(level.item);
  }
  const settle = (list) => {
    list.items = list.items.map((item) => ({ children: inside(item.texts.join("\n"), { inline: true }), lists: item.lists.map(settle) }));
    return list;
  };
  return settle(root);
}

/** The tree of a text: strings, and nodes with a kind. */
export function parse(text, context = {}, depth = 0) {
  const out = [];
  const say = (words) => {
    if (typeof out.at(-1) === "string") out[out.length - 1] += words;
    else out.push(words);
  };
  const inside = (part, more) => (depth < DEEPEST ? parse(part, { ...context, ...more }, depth + 1) : [part]);
  let at = 0;
  let begins = !context.inline;
  while (at < text.length) {
    PLAIN.lastIndex = at;
    const plain = PLAIN.exec(text);
    if (plain) {
      say(plain[0]);
      at += plain[0].length;
      begins = false;
      continue;
    }
    const [node, length] = matched(text, at, begins, context, inside) ?? [text[at], 1];
    const block = typeof node !== "string" && BLOCKS.has(node.kind);
    if (block && typeof out.at(-1) === "string" && out.at(-1).endsWith("\n")) out[out.length - 1] = out.at(-1).slice(0, -1);
    if (out.at(-1) === "") out.pop();
    if (typeof node === "string") say(node);
    else out.push(node);
    at += length;
    begins = !context.inline && (block || text[at - 1] === "\n" || (begins && text[at - 1] === " "));
  }
  return out;
}

const BLOCKS = new Set(["pre", "quote", "h1", "h2", "h3", "subtext", "list"]);

function matched(text, at, begins, context, inside) {
  for (const rule of RULES) {
    if ((rule.line && !begins) || (rule.outside && context.quoted)) continue;
    rule.at.lastIndex = at;
    const m = rule.at.exec(text);
    if (m) return [rule.read(m, inside), m[0].length];
  }
  return null;
}

/** Show a text. `names` tells who or what a mention is: `names(of, id)`. */
export function markdown(text, names, locale) {
  return el("div", { class: "markdown", dir: "auto" }, show(parse(text), names, locale));
}

function show(nodes, names, locale) {
  return nodes.map((node) => (typeof node === "string" ? node : element(node, names, locale)));
}

function element(node, names, locale) {
  const children = () => show(node.children, names, locale);
  switch (node.kind) {
    case "pre":
      return el("pre", {}, el("code", { data: node.language ? { language: node.language } : {} }, node.text));
    case "code":
      return el("code", {}, node.text);
    case "quote":
      return el("blockquote", {}, children());
    case "subtext":
      return el("small", { class: "subtext" }, children());
    case "list":
      return list(node, names, locale);
    case "link":
      return el("a", { href: node.href, target: "_blank", rel: "noopener noreferrer" }, children());
    case "mention":
      return el("span", { class: "mention" }, names(node.of, node.id));
    case "emoji":
      return node.text;
    case "time":
      return timestamp(node, locale);
    case "spoiler":
      return spoiler(children());
    default:
      return el(node.kind, {}, children());
  }
}

function list(node, names, locale) {
  const items = node.items.map((item) => el("li", {}, show(item.children, names, locale), item.lists.map((inner) => list(inner, names, locale))));
  return node.start === null ? el("ul", {}, items) : el("ol", { start: node.start }, items);
}

function timestamp(node, locale) {
  const moment = node.seconds * 1000;
  if (Math.abs(moment) > 8.64e15) return `<t:${node.seconds}>`;
  const data = node.style === "R" ? { relative: String(moment), locale } : {};
  const shown = { class: "timestamp", datetime: new Date(moment).toISOString(), title: written(moment, "F", locale), data };
  return el("time", shown, written(moment, node.style, locale));
}

function spoiler(children) {
  const reveal = (event) => event.currentTarget.classList.add("revealed");
  return el("span", { class: "spoiler", tabindex: "0", role: "button", on: { click: reveal, keydown: (e) => e.key === "Enter" && reveal(e) } }, children);
}
