/** Draws what has changed once a frame, and no longer than a frame allows. */

const BUDGET = 24;

/**
 * Creates a queue of things to draw. What does not fit into one frame is drawn in the next.
 * @returns {function({draw: function(): void}): void} asks for a plot to be drawn
 */
export function createFrames() {
  const dirty = new Set();
  let asked = false;

  function frame() {
    asked = false;
    const start = performance.now();
    for (const plot of dirty) {
      if (performance.now() - start > BUDGET) break;
      dirty.delete(plot);
      plot.draw();
    }
    if (dirty.size) ask();
  }

  function ask() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(frame);
  }

  return (plot) => {
    dirty.add(plot);
    ask();
  };
}

/** Returns a function that calls `fn` when it has not been called for `wait` milliseconds. */
export function settled(fn, wait) {
  let timer = 0;
  return (...words) => {
    clearTimeout(timer);
    timer = setTimeout(() => fn(...words), wait);
  };
}

/** Returns a function that sends only the latest of many requests: one is on its way, one may wait. */
export function latest(send) {
  let busy = false;
  let waiting = null;
  return async function ask(...words) {
    if (busy) {
      waiting = words;
      return;
    }
    busy = true;
    try {
      await send(...words);
    } finally {
      busy = false;
      if (waiting) {
        const next = waiting;
        waiting = null;
        ask(...next);
      }
    }
  };
}
