/** Moves points from where they are to where they belong. */

const DURATION = 600;

/** Returns the points at share t of the way. @param {Float32Array} from @param {Float32Array} to @param {Float32Array} into */
export function between(from, to, t, into) {
  const eased = t * t * (3 - 2 * t);
  for (let place = 0; place < to.length; place++) into[place] = from[place] + eased * (to[place] - from[place]);
  return into;
}

/** Returns whether the person wants less motion. */
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Calls `show(t)` with t from 0 to 1 over 600 ms, once a frame; at once with 1 where less motion is wanted.
 * @param {function(number): void} show
 * @returns {function(): void} ends it early
 */
export function animate(show) {
  if (isStill()) {
    show(1);
    return () => undefined;
  }
  const start = performance.now();
  let handle = requestAnimationFrame(function step(now) {
    const t = Math.max(0, Math.min(1, (now - start) / DURATION));
    if (t < 1) handle = requestAnimationFrame(step);
    show(t);
  });
  return () => cancelAnimationFrame(handle);
}
