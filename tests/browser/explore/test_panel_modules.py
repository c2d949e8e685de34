"""Functions of the panels that need no server, in a real Chromium."""

from __future__ import annotations

import pytest

from tests.browser.explore.served_page import in_page

pytestmark = pytest.mark.browser

NUMBERS = """async () => {
  const { number, percent, counted, listed } = await import("/js/widgets/numbers.js");
  return [number(0.123456), number(70000), number(-0.00001234), number(12345.6), number(null), percent(0.9999), percent(1), percent(-1e-9),
    percent(0.000001), percent(0.12345), counted(1, "input"), counted(2000, "class", "classes"), listed(["a", "b", "c"]), listed(["a", "b", "c"], 2)];
}"""
KEYS = """async (names) => {
  const { keysOf } = await import("/js/widgets/class_keys.js");
  return [...keysOf(names.map((name, id) => ({ id, name })))].sort((a, b) => a[0] - b[0]).map(([, key]) => key);
}"""
FOCUS = """async () => {
  const { fill, h, sync } = await import("/js/widgets/dom.js");
  const root = h("div"), list = h("ul");
  document.body.append(root, list);
  const draw = (text) => fill(root, h("input", { type: "text", value: text, data: { focus: "name" } }), h("p", { text }));
  draw("one");
  root.firstChild.focus();
  root.firstChild.value = "typed";
  root.firstChild.setSelectionRange(2, 3);
  draw("<b>two</b>");
  const kept = [document.activeElement === root.firstChild, root.firstChild.value, root.firstChild.selectionStart, root.querySelectorAll("b").length];
  const show = (items) => sync(list, items, { key: (each) => each, create: (each) => h("li", { tabIndex: 0, text: each }) });
  show(["a", "b", "c"]);
  list.children[1].focus();
  show(["d", "a", "b"]);
  return [...kept, document.activeElement.textContent, list.textContent];
}"""


def test_numbers_have_three_digits_and_units(browse) -> None:
    assert browse(in_page, NUMBERS) == [
        "0.123", "70,000", "−1.23e−5", "12,346", "unknown", "> 99.9%", "100%", "0%",
        "< 0.1%", "12.3%", "1 input", "2,000 classes", "a, b and c", "a, b and 1 more",
    ]  # fmt: skip


def test_a_class_named_like_a_key_has_it(browse) -> None:
    assert browse(in_page, KEYS, ["0", "1", "rose", "b"]) == ["0", "1", "2", "b"]


def test_a_key_belongs_to_one_class_of_many(browse) -> None:
    keys = browse(in_page, KEYS, [f"species {i}" for i in range(200)])
    assert len(keys) == len(set(keys)) == 44
    assert not set(keys) & set("vlrdfnpxasuiqtmoch")


def test_focus_and_caret_are_kept_where_a_list_is_drawn_again(browse) -> None:
    assert browse(in_page, FOCUS) == [True, "typed", 2, 0, "b", "dab"]
