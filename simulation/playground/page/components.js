// Discord's components of messages, shown from their JSON; nothing here knows a bot.

import { el } from "./dom.js";
import { markdown } from "./markdown.js";
import { picker } from "./picker.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "secondary" };
const SELECTS = new Set([3, 5, 6, 7, 8]);

/** Show components. `scene` has `names`, `words`, `locale`, `press`, `choose` and `things`. */
export function components(nodes, scene) {
  return nodes.map((node) => component(node, scene));
}

function component(node, scene) {
  if (SELECTS.has(node.type)) return select(node, scene);
  const show = SHOWN[node.type];
  return show ? show(node, scene) : el("p", { class: "unknown" }, `[component of type ${node.type}]`);
}

const SHOWN = {
  1: (node, scene) => el("div", { class: "row" }, components(node.components, scene)),
  2: button,
  9: (node, scene) => el("div", { class: "section" }, el("div", { class: "texts" }, components(node.components, scene)), el("div", { class: "accessory" }, component(node.accessory, scene))),
  10: (node, scene) => markdown(node.content, scene.names, scene.locale),
  11: (node, scene) => picture(node, "thumbnail", scene),
  12: (node, scene) => el("div", { class: "gallery", data: { count: String(node.items.length) } }, node.items.map((item) => picture(item, "item", scene))),
  13: (node, scene) => hidden(node.spoiler, file({ name: node.name ?? "file", size: node.size, url: node.file.url }, scene)),
  14: (node) => el("hr", { class: `separator ${node.spacing === 2 ? "large" : "small"} ${node.divider === false ? "blank" : ""}` }),
  17: container,
};

function container(node, scene) {
  const box = el("div", { class: "container" }, components(node.components, scene));
  if (node.accent_color !== null && node.accent_color !== undefined) {
    box.classList.add("accented");
    box.style.setProperty("--accent", `#${node.accent_color.toString(16).padStart(6, "0")}`);
  }
  return hidden(node.spoiler, box);
}

function hidden(spoiler, node) {
  if (!spoiler) return node;
  const cover = el("div", { class: "covered" }, node, el("button", { type: "button", class: "uncover", on: { click: (event) => event.currentTarget.parentElement.classList.add("revealed") } }, "SPOILER"));
  return cover;
}

function button(node, scene) {
  const face = [node.emoji && el("span", { class: "emoji" }, node.emoji.id ? `:${node.emoji.name}:` : node.emoji.name), node.label && el("span", { class: "label" }, node.label)];
  if (node.style === 5) {
    return el("a", { class: "button link", href: safe(node.url), target: "_blank", rel: "noopener noreferrer" }, face, el("span", { class: "leaves", "aria-hidden": "true" }, "↗"));
  }
  const label = node.label ? null : node.emoji?.name;
  const shown = { type: "button", class: `button ${STYLES[node.style] ?? "secondary"}`, disabled: Boolean(node.disabled), "aria-label": label, data: { control: node.custom_id ?? "" } };
  return el("button", { ...shown, on: { click: (event) => scene.press(node, event.currentTarget) } }, face, el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")));
}

function select(node, scene) {
  const options = node.type === 3 ? node.options : scene.things(node.type, node.channel_types);
  const chosen = node.type === 3 ? node.options.filter((option) => option.default).map((option) => option.value) : (node.default_values ?? []).map((value) => value.id);
  return picker({
    options,
    chosen,
    least: node.min_values ?? 1,
    most: node.max_values ?? 1,
    placeholder: node.placeholder || scene.words("chooseOne"),
    disabled: Boolean(node.disabled),
    words: scene.words,
    data: { control: node.custom_id },
    onChoose: (values) => scene.choose(node, values),
  });
}

function picture(node, kind, scene) {
  const url = node.media.url;
  const about = node.description ?? "";
  // What lies elsewhere is not loaded: the page speaks with this machine only.
  const shown = url.startsWith("files/") ? el("img", { src: url, alt: about, loading: "lazy" }) : el("span", { class: "elsewhere" }, about || scene.words("picture"));
  return hidden(node.spoiler, el("figure", { class: kind, title: about || null }, shown));
}

/** A file to save. */
export function file({ name, size, url }, scene) {
  return el(
    "div",
    { class: "file" },
    el("span", { class: "sheet", "aria-hidden": "true" }, "📄"),
    el("span", { class: "texts" }, el("a", { href: url, download: name, title: scene.words("download", { name }) }, name), el("span", { class: "size" }, bytes(size, scene.locale))),
  );
}

function bytes(size, locale) {
  if (size === null || size === undefined) return "";
  const [unit, by] = size < 1000 ? ["byte", 1] : size < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(size / by);
}

function safe(url) {
  return /^(https?|discord):\/\//.test(url ?? "") ? url : null;
}

/** An embed of the old kind. */
export function embed(node, scene) {
  const text = (words) => markdown(words, scene.names, scene.locale);
  const box = el(
    "div",
    { class: "container accented embed" },
    node.author?.name && el("div", { class: "author" }, node.author.name),
    node.title && el("div", { class: "title" }, node.url ? el("a", { href: safe(node.url), target: "_blank", rel: "noopener noreferrer" }, node.title) : text(node.title)),
    node.description && text(node.description),
    node.fields?.length && el("div", { class: "fields" }, node.fields.map((field) => el("div", { class: field.inline ? "field inline" : "field" }, el("strong", {}, text(field.name)), text(field.value)))),
    node.image && picture({ media: node.image }, "item", scene),
    node.footer?.text && el("div", { class: "footer" }, node.footer.text),
  );
  box.style.setProperty("--accent", `#${(node.color ?? 0x4e5058).toString(16).padStart(6, "0")}`);
  return box;
}

/** Show that a control's press is on its way, or that it has come back. */
export function waiting(control, yes) {
  control.classList.toggle("waiting", yes);
  control.setAttribute("aria-busy", String(yes));
}

