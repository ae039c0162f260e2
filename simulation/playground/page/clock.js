// The present as the stand-in knows it, and moments in words.

let ahead = 0;
let standing = null;

/** Take the server's moment; a frozen world's clock goes on only when it says so. */
export function setClock(now, frozen) {
  const moment = Date.parse(now);
  ahead = moment - Date.now();
  standing = frozen ? moment : null;
}

/** Milliseconds since 1970. */
export function now() {
  return standing ?? Date.now() + ahead;
}

const SPANS = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago or ahead a moment is, in words. */
export function relative(moment, locale) {
  const seconds = (moment - now()) / 1000;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "always" });
  for (const [unit, size] of SPANS) {
    if (Math.abs(seconds) >= size || unit === "second") return words.format(Math.round(seconds / size), unit);
  }
  return "";
}

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};

/** A moment in one of Discord's styles of time-stamps. */
export function written(moment, style, locale) {
  if (style === "R") return relative(moment, locale);
  return new Intl.DateTimeFormat(locale, STYLES[style] ?? STYLES.f).format(moment);
}

/** When a message was written: the time alone on the same day. */
export function stamp(moment, locale) {
  const sameDay = new Date(moment).toDateString() === new Date(now()).toDateString();
  return written(moment, sameDay ? "t" : "s", locale);
}

/** Keep every relative time on the page true. */
export function keepTrue(root) {
  setInterval(() => {
    for (const node of root.querySelectorAll("time[data-relative]")) {
      const words = relative(Number(node.dataset.relative), node.dataset.locale);
      if (node.textContent !== words) node.textContent = words;
    }
  }, 1000);
}
