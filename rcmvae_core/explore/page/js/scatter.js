/**
 * One plot: points drawn by the processor into a buffer of pixels, and a canvas above them for what follows the pointer.
 * Without WebGL there is no limit to the number of plots, and drawing is as fast where no graphics card helps.
 */

import { drawOverlay } from "./overlay.js";
import { buildFrame } from "./plot_frame.js";
import { byLayer, draw, DIMMED, NORMAL } from "./raster.js";
import { sizeFor } from "./glyphs.js";
import { toPixel } from "./colours.js";
import { palette } from "./palette.js";
import { gridOf } from "./spatial_index.js";
import { drawUnder } from "./under.js";
import { fitted, resized, toData } from "./viewport.js";

const SLOW = 22;
const FEW = 1 / 8;

const isFew = (count, all) => count < FEW * all;

/** A plot of the map of all inputs or of one channel's plane. */
export class Scatter {
  /**
   * @param {"map"|number} which @param {Object} context
   * @param {function(Object): void} askToDraw from frames.js
   */
  constructor(which, context, askToDraw) {
    Object.assign(this, { which, context, askToDraw, ...buildFrame(which) });
    this.isVisible = false;
    this.isFit = true;
    this.view = null;
    this.size = null;
    this.points = new Float32Array(0);
    this.members = null;
    this.layers = null;
    this.style = null;
    this.grid = null;
    this.pixels = null;
    this.drawn = null;
    this.lastDraw = 0;
    this.draws = 0;
    this.path = null;
    this.cursor = null;
    this.decodes = null;
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.stage);
  }

  /** Takes new coordinates; the grid for finding points is made when it is first needed. */
  setPoints({ points, members, extent, equal, axes, invertible, isMoving = false, reason = null }) {
    Object.assign(this, { points, members, extent, equal, invertible, isMoving, grid: null, layers: null });
    [this.axisX.textContent, this.axisY.textContent] = axes;
    this.reason.textContent = reason ?? "";
    this.figure.classList.toggle("has-reason", Boolean(reason));
    if (this.isFit) this.fit();
    else this.changed();
  }

  /** Takes new colours, shapes and layers. */
  setStyle(style) {
    if (this.style?.layer !== style.layer) this.layers = null;
    this.style = style;
    this.changed();
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    const ratio = devicePixelRatio || 1;
    const size = { width: Math.round(width * ratio), height: Math.round(height * ratio), ratio };
    if (this.size && this.size.width === size.width && this.size.height === size.height) return;
    const before = this.size;
    this.size = size;
    this.pixels = null;
    if (before && this.view && !this.isFit) {
      this.view = resized(this.view, before, size);
      this.changed();
    } else this.fit();
  }

  /** Shows everything. */
  fit() {
    if (!this.size || !this.extent) return;
    this.isFit = true;
    this.view = fitted(this.extent, this.size.width, this.size.height, this.equal);
    this.fitScale = Math.abs(this.view.sx);
    this.changed();
  }

  /** Shows another part. @param {import("./viewport.js").Viewport} view */
  look(view) {
    if (!view) return;
    this.view = view;
    this.isFit = false;
    this.changed(true);
  }

  changed(isGesture = false) {
    this.isGesture = isGesture;
    this.askToDraw(this);
  }

  /** Draws all layers; called by frames.js. */
  draw() {
    if (!this.isVisible || !this.size || !this.view || !this.style || !this.points.length) return;
    const isLate = this.isGesture && this.lastDraw > SLOW && this.drawn;
    if (isLate) this.moveBitmap();
    else this.drawPoints();
    drawUnder(this);
    this.drawOver();
  }

  drawPoints() {
    const start = performance.now();
    const { width, height } = this.size;
    this.prepare();
    this.pixels.fill(0);
    this.layers ??= byLayer(this.members, this.style.layer);
    const sizes = this.glyphSizes();
    const { outline, ground } = palette();
    const { starts } = this.layers;
    const stands = this.decodes || isFew(starts[NORMAL + 1] - starts[NORMAL], starts.at(-1));
    const halo = stands ? toPixel(ground) : 0;
    const options = { view: this.view, sizes, outline: toPixel(outline), halo };
    const counts = draw({ pixels: this.pixels, width, height }, this.points, this.layers, this.style, options);
    this.pen.putImageData(this.image, 0, 0);
    this.drawn = this.view;
    this.rate(performance.now() - start);
    performance.measure(`rcmvae-draw-${this.which}`, { start });
    this.report(counts);
  }

  /** Keeps how long drawing takes. The first drawings are slow while the engine compiles, and say nothing. */
  rate(milliseconds) {
    this.draws += 1;
    if (this.draws > 3) this.lastDraw = this.lastDraw ? 0.7 * this.lastDraw + 0.3 * milliseconds : milliseconds;
  }

  prepare() {
    if (this.pixels) return;
    const { width, height } = this.size;
    for (const canvas of [this.under, this.canvas, this.over]) [canvas.width, canvas.height] = [width, height];
    this.pen = this.canvas.getContext("2d");
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** Moves the last picture of the points, during a gesture that drawing cannot follow; then draws. */
  moveBitmap() {
    const factor = this.view.sx / this.drawn.sx;
    const { pen } = this;
    pen.clearRect(0, 0, this.size.width, this.size.height);
    this.copy ??= document.createElement("canvas");
    if (this.copyOf !== this.drawn) {
      [this.copy.width, this.copy.height] = [this.size.width, this.size.height];
      this.copy.getContext("2d").putImageData(this.image, 0, 0);
      this.copyOf = this.drawn;
    }
    pen.imageSmoothingEnabled = false;
    pen.setTransform(factor, 0, 0, factor, this.view.ox - this.drawn.ox * factor, this.view.oy - this.drawn.oy * factor);
    pen.drawImage(this.copy, 0, 0);
    pen.resetTransform();
    clearTimeout(this.late);
    this.late = setTimeout(() => this.changed(), 90);
  }

  glyphSizes() {
    const { width, height, ratio } = this.size;
    const zoom = Math.abs(this.view.sx) / this.fitScale;
    const { starts } = this.layers;
    const all = starts[starts.length - 1];
    const area = (width * height) / ratio ** 2;
    return Array.from({ length: starts.length - 1 }, (_, layer) => {
      const count = layer === DIMMED ? all : starts[layer + 1] - starts[layer];
      // Few points on top of many (the labelled ones, a selection) are drawn larger, or they would not be seen.
      const least = isFew(count, all) ? 6 : 0;
      return Math.round(Math.max(least, sizeFor(Math.max(count, all / 12), area, zoom)) * ratio);
    });
  }

  report(counts) {
    const all = this.members ? this.members.length : this.points.length / 2;
    const shown = this.reason.textContent ? 0 : counts[1] + counts[2] + counts[3];
    const dimmed = this.layers.starts[1];
    const outside = this.reason.textContent ? 0 : all - shown - counts[0];
    const format = (count) => count.toLocaleString("en");
    const more = [dimmed && `${format(dimmed)} dimmed`, outside && `${format(outside)} outside the view`].filter(Boolean);
    const text = [`${format(shown)} of ${format(all)} shown`, ...more].join(" · ");
    if (this.shown.textContent !== text) this.shown.textContent = text;
    this.onShown?.({ shown, all, dimmed, outside });
  }

  /** Returns whether an input is drawn here. @param {number} index */
  holds(index) {
    return this.which === "map" || this.channelOf?.[index] === this.which;
  }

  drawOver() {
    if (this.pixels) drawOverlay(this);
  }

  /** Returns the grid for finding points; null while they move. */
  index() {
    if (this.isMoving || !this.points.length) return null;
    this.grid ??= gridOf(this.points, this.members);
    return this.grid;
  }

  /** Returns the data coordinates of an event's place. @param {{clientX: number, clientY: number}} event */
  placeOf(event) {
    const box = this.stage.getBoundingClientRect();
    const { ratio } = this.size;
    return toData(this.view, (event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio);
  }
}
