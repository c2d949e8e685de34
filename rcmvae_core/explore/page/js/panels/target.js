// What the next label belongs to: the entry of the queue, the selection, a channel's core, or the open input.

const providers = new WeakMap();

/**
 * Lets a panel take the labels that keys and class buttons give, while it is open.
 * @param {object} state
 * @param {{what: function(): string|null, label: function(number): void, request: function(): object}|null} provider `what`
 *   names it; null where it has none
 */
export const provide = (state, provider) => (provider ? providers.set(state, provider) : providers.delete(state));

/**
 * Returns what the next label belongs to.
 * @param {object} state
 * @param {{channel: number, share: number}|null} core the chosen core, if one is chosen
 * @returns {{kind: "queue"|"core"|"selection"|"input"|"none", words: string, request?: object, provider?: object}}
 */
export function targetOf(state, core = null) {
  const { selected, focused, model } = state.values;
  if (core) return {
    kind: "core",
    words: `the core of channel ${core.channel}`,
    request: { core: { ...core, model }, how: "lasso" },
  };
  const provider = providers.get(state), words = provider?.what();
  if (words) return { kind: "queue", words, provider, request: provider.request() };
  if (selected.length) {
    const many = selected.length > 1;
    return {
      kind: "selection", words: many
        ? `the ${selected.length.toLocaleString("en-US")} selected inputs`
        : `the selected input ${selected[0]}`,
      request: { indices: selected, how: many ? "lasso" : "click" },
    };
  }
  if (focused >= 0) return { kind: "input", words: `input ${focused}`, request: { indices: [focused], how: "click" } };
  return { kind: "none", words: "" };
}
