// Numbers as text: three significant digits, and counts with their noun.

/**
 * A number with three significant digits.
 * @param {number|null} value
 * @param {string} unit behind it
 * @returns {string}
 */
export function number(value, unit = "") {
  if (value === null || value === undefined || Number.isNaN(value)) return "unknown";
  return `${digits(value)}${unit ? ` ${unit}` : ""}`;
}

/** A cell of a table. @param {number|string|null} value null or empty where it is missing @returns {string} */
export function cellText(value) {
  if (value === null || value === "") return "missing";
  return typeof value === "number" ? number(value) : value;
}

function digits(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2).replace("e+", "e").replace("-", "−").replace("e-", "e−");
  if (Number.isInteger(value)) return count(value);
  if (size >= 1000) return count(Math.round(value));
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

/** A whole number with separators of thousands. @param {number} value @returns {string} */
export const count = (value) => value.toLocaleString("en-US").replace("-", "−");

/** A count and its noun. @param {number} value @param {string} noun @param {string} nouns @returns {string} */
export const counted = (value, noun, nouns = `${noun}s`) => `${count(value)} ${value === 1 ? noun : nouns}`;

/**
 * A share in per cent, which is 0% and 100% only where it is exactly that.
 * @param {number|null} share
 * @returns {string}
 */
export function percent(share) {
  if (share === null || share === undefined || Number.isNaN(share)) return "unknown";
  // Sums of shares may miss 0 by a rounding.
  if (share <= 0) return "0%";
  if (share < 0.0005) return "< 0.1%";
  if (share < 1 && share > 0.9995) return "> 99.9%";
  return `${Number((100 * share).toPrecision(3))}%`;
}

/** A moment as the reader's clock shows it. @param {string|number} time ISO 8601, or seconds since 1970 @returns {string} */
export function moment(time) {
  const date = new Date(typeof time === "number" ? 1000 * time : time);
  if (Number.isNaN(date.getTime())) return String(time);
  const today = date.toDateString() === new Date().toDateString();
  return today
    ? date.toLocaleTimeString("en-GB")
    : date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** Names as a list in a sentence. @param {Array<string>} names @param {number} most how many are named @returns {string} */
export function listed(names, most = 5) {
  if (names.length === 0) return "none";
  if (names.length === 1) return names[0];
  if (names.length > most) return `${names.slice(0, most).join(", ")} and ${count(names.length - most)} more`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
