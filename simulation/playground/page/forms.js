// Forms (modals): shown from Discord's JSON, filled in, sent.

import { el, fill, freshId } from "./dom.js";
import { avatar } from "./messages.js";
import { markdown } from "./markdown.js";
import { picker } from "./picker.js";

const SELECTS = new Set([3, 5, 6, 7, 8]);

/** Open a form. `scene` as for components, with `app`, `submit(values)` (returns words when it failed) and `close()`. */
export function openForm(form, scene) {
  const fields = [];
  const title = freshId("form");
  const trouble = el("p", { class: "failure", role: "alert", hidden: true });
  const send = el("button", { type: "submit", class: "button primary" }, scene.words("submit"));
  const body = el("div", { class: "fields" }, form.components.map((node) => part(node, scene, fields)));
  const dialog = el(
    "dialog",
    { class: "form", "aria-labelledby": title },
    el(
      "form",
      { novalidate: true, on: { submit } },
      el("header", {}, avatar(scene.app), el("h2", { id: title }, form.title), el("button", { type: "button", class: "plain close", "aria-label": scene.words("close"), on: { click: () => dialog.close() } }, "✕")),
      el("p", { class: "note" }, scene.words("formNote", { name: scene.app.name })),
      body,
      trouble,
      el("footer", {}, el("button", { type: "button", class: "button secondary", on: { click: () => dialog.close() } }, scene.words("cancel")), send),
    ),
  );
  let sent = false;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (!sent) scene.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  (body.querySelector("textarea, input, button") ?? send).focus();
  for (const area of body.querySelectorAll("textarea")) grow(area);

  async function submit(event) {
    event.preventDefault();
    const missing = fields.map((field) => field.check()).filter(Boolean);
    if (missing.length) {
      missing[0].focus();
      return;
    }
    send.disabled = true;
    const values = Object.fromEntries(await Promise.all(fields.map(async (field) => [field.name, await field.value()])));
    const failed = await scene.submit(values);
    send.disabled = false;
    trouble.hidden = !failed;
    fill(trouble, failed ?? "");
    if (!failed) {
      sent = true;
      dialog.close();
    }
  }

  return dialog;
}

function part(node, scene, fields) {
  if (node.type === 10) return markdown(node.content, scene.names, scene.locale);
  if (node.type === 1) return node.components.map((child) => labelled(child, child.label ?? "", null, scene, fields));
  if (node.type === 18) return labelled(node.component, node.label, node.description, scene, fields);
  return el("p", { class: "unknown" }, `[component of type ${node.type}]`);
}

function labelled(node, label, about, scene, fields) {
  const id = freshId("field");
  const required = node.required !== false && node.type !== 23;
  const error = el("p", { class: "failure", id: `${id}-error`, role: "alert", hidden: true });
  const make = MAKERS[node.type] ?? (SELECTS.has(node.type) ? menu : null);
  if (!make) return el("p", { class: "unknown" }, `[component of type ${node.type}]`);
  const made = make(node, { id, required, scene, about });
  const complain = (words) => {
    error.hidden = !words;
    fill(error, words ?? "");
    return words ? made.focus : null;
  };
  fields.push({
    name: node.custom_id,
    value: made.value,
    check: () => {
      const focus = complain(made.problem?.());
      return focus ? { focus } : null;
    },
  });
  const group = made.group ? { role: made.group, "aria-labelledby": `${id}-label` } : {};
  const name = [label, required && el("span", { class: "star", title: scene.words("required") }, " *")];
  return el(
    "div",
    { class: "field", ...group, data: { field: node.custom_id } },
    made.group || made.menu ? el("div", { class: "label", id: `${id}-label` }, name) : el("label", { class: "label", id: `${id}-label`, for: id }, name),
    about && el("p", { class: "about", id: `${id}-about` }, about),
    made.node,
    error,
  );
}

const MAKERS = { 4: textInput, 19: upload, 21: radios, 22: checkboxes, 23: checkbox };

function textInput(node, { id, required, scene, about }) {
  const most = node.max_length ?? 4000;
  const least = node.min_length ?? 0;
  const long = node.style === 2;
  const input = el(long ? "textarea" : "input", { id, maxlength: most, placeholder: node.placeholder, "aria-describedby": about ? `${id}-about` : null, "aria-required": String(required), dir: "auto", rows: long ? "4" : null, type: long ? null : "text", autocomplete: "off" });
  input.value = node.value ?? "";
  const count = el("span", { class: "count", "aria-hidden": "true" });
  const tell = () => {
    fill(count, `${[...input.value].length}/${most}`);
    if (long) grow(input);
  };
  input.addEventListener("input", tell);
  tell();
  return {
    node: el("div", { class: "input" }, input, count),
    value: () => input.value,
    focus: () => input.focus(),
    problem: () => {
      if (required && !input.value) return scene.words("missing");
      return input.value && input.value.length < least ? scene.words("short", { count: least }) : null;
    },
  };
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, window.innerHeight * 0.45)}px`;
}

function radios(node, { id, required, scene }) {
  const inputs = [];
  const rows = node.options.map((option, number) => choiceRow("radio", id, option, number, inputs));
  return {
    group: "radiogroup",
    node: el("div", { class: "choices" }, rows),
    value: () => inputs.find((input) => input.checked)?.value ?? null,
    focus: () => inputs[0].focus(),
    problem: () => (required && !inputs.some((input) => input.checked) ? scene.words("missing") : null),
  };
}

function checkboxes(node, { id, required, scene }) {
  const inputs = [];
  const most = node.max_values ?? node.options.length;
  const least = required ? Math.max(1, node.min_values ?? 1) : (node.min_values ?? 0);
  const rows = node.options.map((option, number) => choiceRow("checkbox", id, option, number, inputs));
  const chosen = () => inputs.filter((input) => input.checked);
  const limit = () => {
    for (const input of inputs) input.disabled = !input.checked && chosen().length >= most;
  };
  for (const input of inputs) input.addEventListener("change", limit);
  limit();
  return {
    group: "group",
    node: el("div", { class: "choices" }, rows),
    value: () => chosen().map((input) => input.value),
    focus: () => inputs[0].focus(),
    problem: () => (chosen().length < least && (required || chosen().length > 0) ? scene.words("least", { count: least }) : null),
  };
}

function choiceRow(type, id, option, number, inputs) {
  const input = el("input", { type, id: `${id}-${number}`, name: id, value: option.value, checked: Boolean(option.default) });
  inputs.push(input);
  const texts = el("span", { class: "texts" }, el("span", { class: "name" }, option.label), option.description && el("span", { class: "about" }, option.description));
  return el("label", { class: "choice", for: input.id }, input, texts);
}

function checkbox(node, { id }) {
  const input = el("input", { type: "checkbox", id, checked: Boolean(node.default) });
  return { node: el("div", { class: "choices" }, el("span", { class: "choice" }, input)), value: () => input.checked, focus: () => input.focus() };
}

function menu(node, { id, required, scene }) {
  const options = node.type === 3 ? node.options : scene.things(node.type, node.channel_types);
  const chosen = node.type === 3 ? node.options.filter((option) => option.default).map((option) => option.value) : (node.default_values ?? []).map((value) => value.id);
  const least = required ? Math.max(1, node.min_values ?? 1) : 0;
  const made = picker({ options, chosen, least, most: node.max_values ?? 1, placeholder: node.placeholder || scene.words("chooseOne"), labelledBy: `${id}-label`, words: scene.words, onChoose: () => {} });
  return { menu: true, node: made, value: () => made.values(), focus: () => made.focusTrigger(), problem: () => (required && made.values().length < least ? scene.words("missing") : null) };
}

function upload(node, { id, required, scene }) {
  const most = node.max_values ?? 1;
  const least = node.min_values ?? 1;
  const input = el("input", { type: "file", id, class: "hidden-file", multiple: most > 1 });
  const names = el("span", { class: "names" }, scene.words("noFile"));
  input.addEventListener("change", () => fill(names, [...input.files].map((each) => each.name).join(", ") || scene.words("noFile")));
  return {
    node: el("div", { class: "upload" }, input, el("label", { class: "button secondary", for: id }, scene.words("chooseFile")), names),
    value: () => Promise.all([...input.files].slice(0, most).map(asSent)),
    focus: () => input.focus(),
    problem: () => (required && input.files.length < least ? scene.words("missing") : null),
  };
}

/** A file as the server takes it: its name, its type, its bytes in base64. */
export async function asSent(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { name: file.name, type: file.type || "application/octet-stream", data: btoa(text) };
}
