// Draws inputs and decoded items: a picture, a line for a series, the first cells of a row of a table.
import { h, sync } from "./dom.js";
import { track } from "./bars.js";
import { sparkline } from "./line_chart.js";
import { cellsOf } from "../items.js";
import { cellText, number } from "./numbers.js";

const AT_ONCE = 256, CELLS = 5;

/**
 * Draws one item of a sheet of pictures.
 * @param {{bitmap: ImageBitmap, columns: number}} sheet
 * @param {number} place of the item in it, row-major
 * @param {{width: number, height: number}} size of a cell in the sheet
 * @param {string} label for screen readers
 * @returns {HTMLCanvasElement}
 */
export function picture({ bitmap, columns }, place, { width, height }, label) {
  const canvas = h("canvas", { class: "picture", width, height, role: "img", "aria-label": label });
  const [left, top] = [(place % columns) * width, Math.floor(place / columns) * height];
  canvas.getContext("2d").drawImage(bitmap, left, top, width, height, 0, 0, width, height);
  return canvas;
}

/**
 * Draws one item of a "decoded" reply.
 * @param {object} decoded of `api.decoded`
 * @param {number} place of the item
 * @param {object} inputs of the session
 * @param {string} label
 * @returns {Element}
 */
export function decodedItem(decoded, place, inputs, label) {
  if (decoded.bitmap) return picture(decoded, place, inputs.picture, label);
  return drawValues(decoded.values[place] ?? [], inputs, label, cellsOf(decoded, place));
}

/** How many items a decoded reply has. @param {object} decoded @returns {number} */
export const countOf = (decoded) => (decoded.bitmap ? decoded.columns * decoded.rows : decoded.values.length);

/**
 * Draws the values of a series as a line, and the first cells of a row of a table.
 * @param {number[]} values
 * @param {object} inputs of the session
 * @param {string} label
 * @param {Array<[string, number|string|null]>} cells of the row
 * @returns {Element}
 */
export function drawValues(values, inputs, label, cells = []) {
  if (inputs.kind === "series") return sparkline(values, inputs.shape, label);
  if (inputs.kind === "table") return row(cells, label);
  return raster(values, inputs, label);
}

function row(cells, label) {
  const first = cells.slice(0, cells.length === CELLS + 1 ? cells.length : CELLS);
  const left = cells.length - first.length;
  return h("div", { class: "largest", role: "group", "aria-label": label },
    h("dl", {}, first.map(([name, value]) => h("div", {}, h("dt", { text: name }), h("dd", { text: cellText(value) })))),
    left > 0 ? h("div", { class: "note", text: `and ${left} more` }) : null);
}

// Pictures that came as values, such as those of an upload.
function raster(values, { picture: { width, height } }, label) {
  const canvas = h("canvas", { class: "picture", width, height, role: "img", "aria-label": label });
  const pixels = new ImageData(width, height), channels = values.length / (width * height) >= 3 ? 3 : 1;
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = 255 * values[i * channels + (channels === 3 ? c : 0)];
    pixels.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

/**
 * Draws inputs of the data set into boxes that are on the page already.
 * @param {object} api
 * @param {object} inputs of the session
 * @param {Array<[number, HTMLElement]>} boxes index of an input and where it is drawn
 * @returns {Promise<void>}
 */
export async function drawInputs(api, inputs, boxes) {
  for (let start = 0; start < boxes.length; start += AT_ONCE) {
    const some = boxes.slice(start, start + AT_ONCE);
    const indices = some.map(([index]) => index).join(",");
    if (inputs.kind === "image") {
      const columns = Math.min(16, some.length);
      const sheet = await api.decoded("inputs/pictures", { indices, columns });
      some.forEach(
        ([index, box], place) => box.replaceChildren(
          picture({ ...sheet, columns }, place, inputs.picture, `Input ${index}`)
        )
      );
    } else {
      const reply = await api.get("inputs/values", { indices });
      some.forEach(([index, box], place) => box.replaceChildren(decodedItem(reply, place, inputs, `Input ${index}`)));
    }
  }
}

/**
 * A grid of thumbnails of inputs that open their input.
 * @param {object} context of the panel
 * @param {Array<{index: number, text?: string}>} entries
 * @param {string} label of the list
 * @returns {HTMLElement}
 */
export function thumbnails({ api, state, open }, entries, label) {
  const list = h("ul", { class: `thumbnails ${state.values.session.inputs.kind}`, "aria-label": label });
  const boxes = [];
  sync(list, entries, {
    key: (entry) => entry.index,
    create: ({ index, text }) => {
      const box = h("span", { class: "thumbnail-picture" });
      boxes.push([index, box]);
      return h("li", {}, h("button", {
        type: "button", class: "thumbnail", data: { focus: `${label} ${index}` },
        on: {
          click: () => open(index),
          pointerenter: () => state.set({ hovered: index }),
          pointerleave: () => state.set({ hovered: -1 }),
        },
      }, box, h("span", { class: "thumbnail-text", text: text ?? `${index}` })));
    },
  });
  drawInputs(api, state.values.session.inputs, boxes).catch(
    (error) => list.after(h("p", { class: "failure", text: error.message }))
  );
  return list;
}

/** The largest features of a table's input. @param {Array<{name: string, value: number, z: number}>} features @param {number} most */
export function featureTable(features, most = 12) {
  const largest = Math.max(...features.map((each) => Math.abs(each.z)), 1);
  return h("div", { class: "feature-bars" }, features.slice(0, most).map(({ name, value, z }) =>
    h("div", { class: "meter" }, h("span", { class: "meter-name", text: name }), track(Math.abs(z) / largest),
      h(
        "span",
        {
          class: "meter-value",
          text: `${cellText(value)}${z === null ? "" : ` (z ${number(z)})`}`,
        },
      ))));
}
