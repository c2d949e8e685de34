// Which key gives which class.

/** The keys that classes take, in this order; other small letters belong to maps and panels. */
export const CLASS_KEYS = [..."1234567890", ..."begjkwyz", ..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/**
 * Gives each class a key: its name where that is a free key, otherwise the first free one.
 * @param {Array<{id: number, name: string}>} classes the active ones
 * @returns {Map<number, string>} key by class id; classes after the last key have none
 */
export function keysOf(classes) {
  const byId = new Map(), free = new Set(CLASS_KEYS);
  for (const { id, name } of classes) if (free.delete(name)) byId.set(id, name);
  for (const { id } of classes) {
    if (byId.has(id)) continue;
    const [key] = free;
    if (!key) break;
    free.delete(key);
    byId.set(id, key);
  }
  return byId;
}
