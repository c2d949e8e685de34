/** Coordinates of a model's inputs under a projection, and the members of each channel. */

import { extentOf } from "./viewport.js";

/**
 * Fetches where everything is drawn.
 * @param {Object} context @param {number} model @param {string} projection
 * @returns {Promise<Object>} words (the reply on the projection), map, planes (Float32Array, x and y in turn), channel (of each
 *   input), members (Int32Array by channel), extents {map, plane}
 */
export async function fetchPositions({ api, state }, model, projection) {
  const path = `models/${model}/projections/${projection}`;
  const words = await api.get(path);
  if (words.reason) throw new Error(words.reason);
  const [map, planes, channel] = await Promise.all([
    api.column(`${path}/map`), api.column(`${path}/channels`), api.column(`models/${model}/columns/channel`),
  ]);
  performance.mark("rcmvae-positions-arrived");
  return {
    words, map: map.array, planes: planes.array, channel: channel.array,
    members: membersOf(channel.array, state.values.session.channels),
    extents: { map: extentOf(map.array), plane: extentOf(planes.array) },
  };
}

/** Returns the inputs of each channel, ascending. @param {ArrayLike<number>} channel @param {number} channels */
export function membersOf(channel, channels) {
  const counts = new Int32Array(channels);
  for (let i = 0; i < channel.length; i++) if (channel[i] >= 0) counts[channel[i]]++;
  const members = Array.from(counts, (count) => new Int32Array(count));
  const next = new Int32Array(channels);
  for (let i = 0; i < channel.length; i++) if (channel[i] >= 0) members[channel[i]][next[channel[i]]++] = i;
  return members;
}
