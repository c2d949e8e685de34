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
  const v = state.values.session.instance;
  const words = await api.get(path);
  if (words.reason) throw new Error(`${titleOf(state, words.name)} draws no map: ${words.reason}.`);
  const [map, planes, channel] = await Promise.all([
    api.column(`${path}/map`, { v }), api.column(`${path}/channels`, { v }), api.column(`models/${model}/columns/channel`, { v }),
  ]);
  performance.mark("rcmvae-positions-arrived");
  return {
    words, map: map.array, planes: planes.array, channel: channel.array,
    members: membersOf(channel.array, state.values.session.channels),
    extents: { map: extentOf(map.array), plane: extentOf(planes.array) },
  };
}

/** Returns the title of a projection. @param {Object} state @param {string} name */
export const titleOf = (state, name) => state.values.session.projections.find((each) => each.name === name)?.title ?? name;

/**
 * Returns the projection to begin with: the first that has a map of all inputs.
 * @param {Object} api @param {number} model @param {Array<{name: string}>} projections
 */
export async function firstProjection(api, model, projections) {
  for (const { name } of projections) {
    const words = await api.get(`models/${model}/projections/${name}`);
    if (!words.reason && !words.map.reason) return name;
  }
  return projections[0]?.name ?? "";
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
