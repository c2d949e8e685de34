// A form from the properties of a JSON schema: numbers, booleans and choices.
import { h } from "./dom.js";
import { check, field, select } from "./controls.js";

/**
 * Builds the fields of parameters.
 * @param {Object<string, object>} properties of the schema
 * @param {object} values by name; changed in place as somebody types
 * @param {string} stem of the names for `fill`
 * @returns {Array<HTMLElement>}
 */
export function schemaFields(properties, values, stem) {
  return Object.entries(properties ?? {}).map(([name, rule]) => {
    if (!(name in values) && "default" in rule) values[name] = rule.default;
    return fieldOf(name, rule, values, `${stem} ${name}`);
  });
}

/** Returns what the fields hold: parameters that are empty are left out. @param {object} values */
export const given = (values) => Object.fromEntries(
  Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "")
);

function fieldOf(name, rule, values, focus) {
  const title = rule.title ?? name.replaceAll("_", " "), note = rule.description ?? "";
  const type = typeOf(rule), choices = rule.enum ?? rule.anyOf?.find((each) => each.enum)?.enum;
  const keep = (value) => { values[name] = value; };
  if (type === "boolean") return h(
    "div",
    { class: "field" },
    check(title, Boolean(values[name]), keep, focus),
    note ? h("p", { class: "note", text: note }) : null,
  );
  if (choices) {
    return field(title, select(choices.map((each) => [String(each), String(each)]), String(values[name] ?? choices[0]),
      (text) => keep(choices.find((each) => String(each) === text)), focus), note);
  }
  if (type === "number" || type === "integer") return field(
    title,
    numberInput(rule, type, values[name], keep, focus),
    note,
  );
  const input = h(
    "input",
    { type: "text", value: values[name] ?? "", data: { focus }, on: { change: () => keep(input.value) } },
  );
  return field(title, input, note);
}

function numberInput(rule, type, value, keep, focus) {
  const low = rule.minimum ?? rule.exclusiveMinimum, high = rule.maximum ?? rule.exclusiveMaximum;
  const input = h("input", {
    type: "number", step: type === "integer"
      ? "1"
      : "any", value: value ?? "", min: low ?? null, max: high ?? null, data: { focus },
    on: { change: () => keep(input.value === "" ? null : input.valueAsNumber) },
  });
  return input;
}

// A type may be a list, or one of several of which null is one.
function typeOf(rule) {
  const types = [rule.type ?? rule.anyOf?.map((each) => each.type) ?? []].flat(2).filter((each) => each !== "null");
  return types.includes("number") ? "number" : types[0];
}
