// A menu to choose from: one or several of some options, by pointer or keyboard.

import { el, fill, freshId, place } from "./dom.js";

/**
 * A menu.
 *
 * `options` are `{value, label, description, emoji}`, `chosen` the values that are chosen at first, `least` and `most`
 * how many may be. `onChoose(values)` is told when the menu closes with another choice than it opened with.
 */
export function picker({ options, chosen = [], least = 1, most = 1, placeholder, disabled = false, labelledBy = null, label = null, data = {}, words, onChoose }) {
  let values = chosen.filter((value) => options.some((option) => option.value === value));
  let before = values;
  let at = 0;
  const id = freshId("menu");
  const face = el("span", { class: "face" });
  const named = labelledBy ? { "aria-labelledby": labelledBy } : { "aria-label": label ?? placeholder };
  const trigger = el(
    "button",
    { type: "button", class: "picker", disabled, "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": id, ...named, data, on: { click: toggle, keydown: keyOnTrigger } },
    face,
    el("span", { class: "chevron", "aria-hidden": "true" }),
  );
  const popup = el("div", { id, class: "options", role: "listbox", popover: "manual", tabindex: "-1", "aria-multiselectable": String(most > 1), ...named, on: { keydown: keyOnList } });
  const root = el("div", { class: "menu" }, trigger, popup);
  root.values = () => values;
  root.focusTrigger = () => trigger.focus();
  showFace();

  function showFace() {
    const shown = options.filter((option) => values.includes(option.value));
    trigger.classList.toggle("empty", shown.length === 0);
    const several = most > 1;
    fill(face, shown.length === 0 ? placeholder : shown.map((option) => el("span", { class: several ? "picked" : "one" }, emojiOf(option), option.label)));
  }

  function showOptions() {
    const full = most > 1 && values.length >= most;
    fill(
      popup,
      options.map((option, number) => {
        const selected = values.includes(option.value);
        const blocked = full && !selected;
        return el(
          "div",
          { id: `${id}-${number}`, role: "option", class: "option", "aria-selected": String(selected), "aria-disabled": String(blocked), data: { value: option.value }, on: { click: () => choose(number), pointermove: () => move(number) } },
          emojiOf(option),
          el("span", { class: "texts" }, el("span", { class: "name" }, option.label), option.description && el("span", { class: "about" }, option.description)),
          el("span", { class: most > 1 ? "box" : "dot", "aria-hidden": "true" }),
        );
      }),
      most > 1 && values.length < least && el("div", { class: "hint" }, words("least", { count: least })),
    );
    move(Math.min(at, options.length - 1));
  }

  function move(number) {
    at = Math.max(0, number);
    for (const option of popup.querySelectorAll(".option")) option.classList.toggle("current", option.id === `${id}-${at}`);
    popup.setAttribute("aria-activedescendant", `${id}-${at}`);
  }

  function choose(number) {
    const { value } = options[number];
    if (most === 1) {
      values = values[0] === value && least === 0 ? [] : [value];
      close(true);
      return;
    }
    if (values.includes(value)) values = values.filter((each) => each !== value);
    else if (values.length < most) values = options.map((option) => option.value).filter((each) => each === value || values.includes(each));
    showFace();
    showOptions();
  }

  function toggle() {
    if (popup.matches(":popover-open")) close(true);
    else open();
  }

  function open() {
    before = values;
    at = Math.max(0, options.findIndex((option) => values.includes(option.value)));
    showOptions();
    popup.showPopover();
    place(popup, trigger);
    trigger.setAttribute("aria-expanded", "true");
    popup.focus({ preventScroll: true });
    popup.querySelector(".current")?.scrollIntoView({ block: "nearest" });
    document.addEventListener("pointerdown", elsewhere, true);
    window.addEventListener("resize", leave);
    document.addEventListener("scroll", scrolled, true);
  }

  function close(focus) {
    document.removeEventListener("pointerdown", elsewhere, true);
    window.removeEventListener("resize", leave);
    document.removeEventListener("scroll", scrolled, true);
    if (popup.matches(":popover-open")) popup.hidePopover();
    trigger.setAttribute("aria-expanded", "false");
    if (focus) trigger.focus();
    if (values.length < least && values.length > 0) values = before;
    if (values.length < least && before.length >= least) values = before;
    showFace();
    if (values.length >= least && String(values) !== String(before)) onChoose(values);
    before = values;
  }

  function leave() {
    close(false);
  }

  function elsewhere(event) {
    if (!root.contains(event.target)) close(false);
  }

  function scrolled(event) {
    if (!popup.contains(event.target)) place(popup, trigger);
  }

  function keyOnTrigger(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      open();
    }
  }

  function keyOnList(event) {
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: options.length - 1 };
    if (event.key in steps) move(Math.min(options.length - 1, steps[event.key]));
    else if (event.key === "Enter" || event.key === " ") choose(at);
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else if (event.key.length === 1) typed(event.key);
    else return;
    event.stopPropagation();
    if (event.key !== "Tab") event.preventDefault();
    popup.querySelector(".current")?.scrollIntoView({ block: "nearest" });
  }

  function typed(letter) {
    const order = [...options.keys()].map((number) => (at + 1 + number) % options.length);
    const found = order.find((number) => options[number].label.toLowerCase().startsWith(letter.toLowerCase()));
    if (found !== undefined) move(found);
  }

  return root;
}

function emojiOf(option) {
  return option.emoji ? el("span", { class: "emoji", "aria-hidden": "true" }, option.emoji.id ? `:${option.emoji.name}:` : option.emoji.name) : null;
}
