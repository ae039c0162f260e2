// Elements made by hand: text always becomes a text node, never markup.

/**
 * Make an element. `on` names handlers by event, `data` the data attributes; other entries are attributes
 * (true: present, false or null: absent). Children are nodes, texts, or lists of them; null is nothing.
 */
export function el(tag, { on = {}, data = {}, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries(data)) node.dataset[name] = value;
  for (const [name, handler] of Object.entries(on)) node.addEventListener(name, handler);
  node.append(...flat(children));
  return node;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Put these children in the place of those an element has. */
export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

let numbers = 0;

/** An id no other element has. */
export function freshId(name) {
  numbers += 1;
  return `${name}-${numbers}`;
}

/** Put a popover beside an element, below it where there is room, else above it. */
export function place(popover, anchor) {
  const box = anchor.getBoundingClientRect();
  const margin = 8;
  const below = window.innerHeight - box.bottom - margin;
  const above = box.top - margin;
  const down = below >= Math.min(popover.scrollHeight, 220) || below >= above;
  const style = popover.style;
  style.maxHeight = `${Math.max(80, Math.min(360, down ? below : above))}px`;
  style.minWidth = `${Math.min(box.width, window.innerWidth - 2 * margin)}px`;
  style.maxWidth = `${window.innerWidth - 2 * margin}px`;
  const width = popover.offsetWidth;
  style.left = `${Math.max(margin, Math.min(box.left, window.innerWidth - width - margin))}px`;
  style.top = down ? `${box.bottom + 4}px` : "auto";
  style.bottom = down ? "auto" : `${window.innerHeight - box.top + 4}px`;
}
