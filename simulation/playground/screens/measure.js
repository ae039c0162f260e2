// Measures what is shown in an `element`: returns, in words, each text that is hard to read, cut off or covered.
// The body of a function; whoever runs it says before which element that is.
const root = element;
const LEAST_CONTRAST = 4.5;
const problems = [];

const colour = (text) => {
  const numbers = text.match(/[\d.]+/g).map(Number);
  return text.startsWith("color(") ? [...numbers.slice(0, 3).map((part) => part * 255), numbers[3] ?? 1] : [numbers[0], numbers[1], numbers[2], numbers[3] ?? 1];
};
const over = (upper, lower) => [0, 1, 2].map((part) => upper[part] * upper[3] + lower[part] * (1 - upper[3])).concat(1);
const light = ([red, green, blue]) => {
  const [r, g, b] = [red, green, blue].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [lower, higher] = [light(one), light(other)].sort((a, b) => a - b);
  return (higher + 0.05) / (lower + 0.05);
};

const ancestors = (node) => {
  const found = [];
  for (let at = node; at instanceof Element; at = at.parentElement) found.push(at);
  return found;
};
const ground = (of) => {
  let below = [255, 255, 255, 1];
  for (const at of ancestors(of).reverse()) below = over(colour(getComputedStyle(at).backgroundColor), below);
  return below;
};
// WCAG asks nothing of controls that cannot be used; what waits to be revealed is meant not to be read.
const exempt = (element) => element.closest("button:disabled, input:disabled, textarea:disabled, [aria-disabled=true], .spoiler:not(.revealed), .covered:not(.revealed)");
const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });

const told = (text) => JSON.stringify(text.trim().slice(0, 40));
const check = (element, style, text) => {
  if (!/[\p{L}\p{N}]/u.test(text) || exempt(element)) return;
  const below = ground(element);
  const ratio = contrast(over(colour(style.color), below), below);
  if (ratio < LEAST_CONTRAST) problems.push(`contrast ${ratio.toFixed(2)}: ${told(text)} ${style.color} on ${below.map(Math.round).slice(0, 3)}`);
};

const inside = (box, element, text) => {
  if (box.left < -1 || box.right > innerWidth + 1) problems.push(`beyond the window: ${told(text)}`);
  let scrolls = false;
  for (const at of ancestors(element)) {
    const { overflowX, overflowY } = getComputedStyle(at);
    const frame = at.getBoundingClientRect();
    if (overflowX !== "visible" && (box.left < frame.left - 1 || box.right > frame.right + 1)) problems.push(`cut at the side: ${told(text)} in ${at.className || at.tagName}`);
    // What can be scrolled to is not cut off.
    scrolls ||= overflowY === "auto" || overflowY === "scroll";
    if (!scrolls && overflowY !== "visible" && (box.top < frame.top - 1 || box.bottom > frame.bottom + 1)) problems.push(`cut above or below: ${told(text)} in ${at.className || at.tagName}`);
  }
};

const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
let texts = 0;
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || !seen(element) || element.closest("option, noscript")) continue;
  texts += 1;
  check(element, getComputedStyle(element), node.data);
  const range = document.createRange();
  range.selectNodeContents(node);
  for (const box of range.getClientRects()) if (box.width > 0) inside(box, element, node.data);
}
for (const field of root.querySelectorAll("input, textarea")) {
  if (!seen(field)) continue;
  if (field.placeholder && !field.value) check(field, getComputedStyle(field, "::placeholder"), field.placeholder);
  if (field.value && field.scrollWidth > field.clientWidth + 1) problems.push(`cut in a field: ${told(field.value)}`);
}
for (const element of root.querySelectorAll("*")) {
  if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== "visible" && seen(element) && element.clientWidth > 0) {
    problems.push(`wider than its frame by ${element.scrollWidth - element.clientWidth}: ${element.className || element.tagName}`);
  }
}
const controls = [...root.querySelectorAll("button, a, select, input, textarea")].filter((one) => seen(one) && !one.classList.contains("hidden-file"));
for (const [at, one] of controls.entries()) {
  const a = one.getBoundingClientRect();
  for (const other of controls.slice(at + 1)) {
    const b = other.getBoundingClientRect();
    const apart = a.right - 1 <= b.left || b.right - 1 <= a.left || a.bottom - 1 <= b.top || b.bottom - 1 <= a.top;
    if (!apart && !one.contains(other) && !other.contains(one)) problems.push(`one covers another: ${told(one.textContent || one.className)} ${told(other.textContent || other.className)}`);
  }
}
return { texts, problems: [...new Set(problems)] };
