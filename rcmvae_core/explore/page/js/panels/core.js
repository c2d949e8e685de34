// A channel's core in the page: its inputs with the clearest position, by what the columns say.

/**
 * The share of a channel's inputs that it is most certain of.
 * @param {object} context
 * @param {number} channel
 * @param {number} share from 0 to 1
 * @returns {Promise<number[]>} indices
 */
export async function coreOf({ actions }, channel, share) {
  const [{ array: channels }, { array: certain }] = await Promise.all([actions.column("channel"), actions.column("confidence")]);
  const own = [];
  for (let i = 0; i < channels.length; i++) if (channels[i] === channel) own.push(i);
  if (share >= 1) return own;
  own.sort((a, b) => certain[b] - certain[a]);
  return own.slice(0, Math.max(1, Math.round(share * own.length)));
}
