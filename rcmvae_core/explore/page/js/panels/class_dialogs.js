// Adds, renames, merges and retires classes, and says before what will happen.
import { activeClasses } from "../widgets/panel.js";
import { ask, choose, confirm } from "../widgets/dialogs.js";
import { counted } from "../widgets/numbers.js";

const taken = (classes, own) => (name) => (
  classes.some((each) => each.name === name && each.id !== own) ? `A class ${name} exists already.` : ""
);

/**
 * Adds a class.
 * @param {object} context
 * @param {string} proposed its name, which may be changed
 */
export async function addClass({ state, actions }, proposed = "") {
  const name = await ask({
    title: "Add a class", label: "Name", value: proposed, action: "Add", check: taken(state.values.classes, -1),
    sentences: ["The class can be given at once. The model learns it when you train on."],
  });
  if (name !== null) await actions.changeClasses("classes", { name });
}

/**
 * Offers what can be done with a class.
 * @param {{id: number, name: string, count: number}} one
 * @param {object} context
 */
export async function changeClass(one, context) {
  const others = activeClasses(context.state.values.classes).filter((each) => each.id !== one.id);
  const options = [
    ["rename", "Rename it"],
    ...(others.length ? [["merge", "Merge it into another class"]] : []),
    ["retire", "Retire it"],
  ];
  const how = await choose(
    {
      title: `Class ${one.name}`,
      label: "What to do",
      options,
      action: "Continue",
      sentences: [`It has ${counted(one.count, "label")}.`],
    }
  );
  if (how) await { rename, merge, retire }[how](one, others, context);
}

async function rename({ id, name }, _others, { state, actions }) {
  const next = await ask({
    title: `Rename class ${name}`, label: "New name", value: name, action: "Rename", check: taken(state.values.classes, id),
    sentences: ["Its labels stay as they are. Undo brings the old name back."],
  });
  if (next !== null && next !== name) await actions.changeClasses(`classes/${id}/rename`, { name: next });
}

async function merge({ id, name, count }, others, { actions }) {
  const into = await choose({
    title: `Merge class ${name}`, label: "Into", action: "Merge", danger: true, options: others.map(
      (each) => [String(each.id), each.name]
    ),
    sentences: [
      `${counted(count, "label")} of ${name} will belong to the class you choose, and ${name} can no longer be given.`,
      "Undo separates the two again.",
    ],
  });
  if (into !== null) await actions.changeClasses(`classes/${id}/merge`, { into: Number(into) });
}

async function retire({ id, name, count }, _others, { actions }) {
  const sure = await confirm({
    title: `Retire class ${name}?`, action: "Retire", danger: true,
    sentences: [
      `${name} can no longer be given${count ? `, and its ${counted(count, "label")} are removed` : ""}.`,
      "Undo brings the class and its labels back.",
    ],
  });
  if (sure) await actions.changeClasses(`classes/${id}/retire`, {});
}
