/** Sets of inputs as masks. Pure functions. */

/** Returns a mask with 1 at the indices. @param {ArrayLike<number>} indices @param {number} count */
export function maskOf(indices, count) {
  const mask = new Uint8Array(count);
  for (let place = 0; place < indices.length; place++) mask[indices[place]] = 1;
  return mask;
}

/** Returns the indices where the mask is 1, ascending. @param {Uint8Array} mask */
export function indicesOf(mask) {
  let count = 0;
  for (let i = 0; i < mask.length; i++) count += mask[i] ? 1 : 0;
  const indices = new Int32Array(count);
  for (let i = 0, place = 0; i < mask.length; i++) if (mask[i]) indices[place++] = i;
  return indices;
}

/**
 * Returns a new selection from the one before and what was chosen.
 * @param {Uint8Array} before @param {Uint8Array} chosen @param {"replace"|"add"|"subtract"} mode
 */
export function combine(before, chosen, mode) {
  if (mode === "replace") return chosen.slice();
  const after = before.slice();
  for (let i = 0; i < after.length; i++) if (chosen[i]) after[i] = mode === "add" ? 1 : 0;
  return after;
}

/** Returns how the modifier keys of an event change a selection. @param {{shiftKey: boolean, altKey: boolean}} event */
export function modeOf(event) {
  if (event.altKey) return "subtract";
  return event.shiftKey ? "add" : "replace";
}
