"""The locator agrees with tomli: it has the same paths, and spans whose text is the same keys and values."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
import tomli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rcmvae_core.errors import Span
from rcmvae_core.spec.locate import Location, Path, key_extents, locate

from .toml_cases import CASES
from .toml_writer import Writer

SLOWDOWN = 8  # how many times tomli's own time (it is compiled) a large document may take


class Text:
    """A document that returns the text of a span; it counts lines independently of the locator."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.text = text
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a position, which must be in its line or right behind the line's text."""
        assert 1 <= line <= len(self.lines)
        assert 1 <= column <= len(self.lines[line - 1].removesuffix("\r")) + 1
        return self.starts[line - 1] + column - 1

    def extent(self, span: Span) -> tuple[int, int]:
        """The offsets of a span's start and end."""
        start, end = self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)
        assert start < end
        return start, end

    def at(self, span: Span) -> str:
        """Return the text of a span."""
        start, end = self.extent(span)
        return self.text[start:end]


def walk(data: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield every path but the root with its value, without recursion, since data may be deep."""
    todo: list[tuple[Path, Any]] = [((), data)]
    while todo:
        path, value = todo.pop()
        if path:
            yield path, value
        if isinstance(value, dict):
            todo.extend(((*path, name), member) for name, member in value.items())
        elif isinstance(value, list):
            todo.extend(((*path, index), member) for index, member in enumerate(value))


def key_parts(written: str) -> tuple[str, ...]:
    """Return the parts of a dotted key, as tomli reads it."""
    parts: list[str] = []
    table: Any = tomli.loads(f"{written} = 0")
    while table != 0:
        ((name, table),) = table.items()
        parts.append(name)
    return tuple(parts)


def check_value(path: Path, value: object, written: str) -> None:
    """Assert that the text at a value's span is the value or, for a table or array made by keys, its name."""
    if isinstance(value, dict | list) and written[0] not in "[{":
        names = tuple(part for part in path if isinstance(part, str))
        assert key_parts(written) in (names, names[-1:])
    else:  # compared as text: nan is not equal to itself, -0.0 is equal to 0.0, and True to 1
        assert repr(tomli.loads(f"x = {written}")["x"]) == repr(value)


def check(text: str) -> None:
    """Assert that each path has spans whose text is the key and the value, and that spans are in order."""
    document = Text(text)
    data = dict(walk(tomli.loads(text)))
    located = locate(text)
    assert set(located) == set(data)
    scalars = [path for path, value in data.items() if not isinstance(value, dict | list)]
    assert len({located[path].value for path in scalars}) == len(scalars)
    for path, value in data.items():
        check_value(path, value, document.at(located[path].value))
        check_order(document, located, path)
        if isinstance(path[-1], str):
            assert key_parts(document.at(located[path].key)) == path[-1:]


def check_order(document: Text, located: dict[Path, Location], path: Path) -> None:
    """Assert that a key is before its value, a member inside its container, an element behind the previous one."""
    key, value = (document.extent(span) for span in located[path])
    written = document.at(located[path].value)
    if isinstance(path[-1], str) and written[0] in "[{":
        assert key[1] < value[0]
    parent = located.get(path[:-1])
    if parent and document.at(parent.value)[0] in "[{":
        start, end = document.extent(parent.value)
        assert start < key[0]
        assert value[1] < end
    if isinstance(path[-1], int) and path[-1] > 0:
        before = located[(*path[:-1], path[-1] - 1)]
        assert document.extent(before.value)[1] < value[0]


@pytest.mark.parametrize("text", CASES.values(), ids=CASES.keys())
def test_agrees_with_tomli(text: str) -> None:
    check(text)


@pytest.mark.parametrize("text", CASES.values(), ids=CASES.keys())
def test_newlines_of_windows_move_nothing(text: str) -> None:
    if "\r" not in text:
        assert locate(text.replace("\n", "\r\n")) == locate(text)


def spans(text: str, *path: str | int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the spans of a path's key and value as (line, column, end line, end column)."""
    key, value = locate(text)[path]
    return (
        (key.line, key.column, key.end_line, key.end_column),
        (value.line, value.column, value.end_line, value.end_column),
    )


@pytest.mark.parametrize(
    ("text", "path", "key", "value"),
    [
        ("seed = 42", ("seed",), (1, 1, 1, 5), (1, 8, 1, 10)),
        ("seed=42 # x", ("seed",), (1, 1, 1, 5), (1, 6, 1, 8)),
        ("\n\t seed = 42", ("seed",), (2, 3, 2, 7), (2, 10, 2, 12)),
        ("a = 1\r\nbc = 2\r\n", ("bc",), (2, 1, 2, 3), (2, 6, 2, 7)),
        ('a = """\r\nx\r\n"""\r\n', ("a",), (1, 1, 1, 2), (1, 5, 3, 4)),
        ('a = """\nx"""""\nb = 1', ("a",), (1, 1, 1, 2), (1, 5, 2, 7)),
        ('a = """\nx"""""\nb = 1', ("b",), (3, 1, 3, 2), (3, 5, 3, 6)),
        ('"🎲" = "🎲🎲"', ("🎲",), (1, 1, 1, 4), (1, 7, 1, 11)),
        ('"e\u0301" = "e\u0301"', ("e\u0301",), (1, 1, 1, 5), (1, 8, 1, 12)),
        ("a = '\u2028' # \u0085\nb = 1", ("b",), (2, 1, 2, 2), (2, 5, 2, 6)),
        ("a = 2001-02-03 04:05", ("a",), (1, 1, 1, 2), (1, 5, 1, 21)),
        ("a = 2001-02-03 ", ("a",), (1, 1, 1, 2), (1, 5, 1, 15)),
        ("a = [1, 22 ,\n 333]", ("a",), (1, 1, 1, 2), (1, 5, 2, 6)),
        ("a = [1, 22 ,\n 333]", ("a", 1), (1, 9, 1, 11), (1, 9, 1, 11)),
        ("a = [1, 22 ,\n 333]", ("a", 2), (2, 2, 2, 5), (2, 2, 2, 5)),
        ("a = [[], [\n]]", ("a", 1), (1, 10, 2, 2), (1, 10, 2, 2)),
        ("a = { b.c = 1 }", ("a",), (1, 1, 1, 2), (1, 5, 1, 16)),
        ("a = { b.c = 1 }", ("a", "b"), (1, 7, 1, 8), (1, 7, 1, 8)),
        ("a = { b.c = 1 }", ("a", "b", "c"), (1, 9, 1, 10), (1, 13, 1, 14)),
        ("ab . cd = 1\nab.e = 2", ("ab",), (1, 1, 1, 3), (1, 1, 1, 3)),
        ("ab . cd = 1\nab.e = 2", ("ab", "cd"), (1, 6, 1, 8), (1, 11, 1, 12)),
        ("[ aa . b ]", ("aa",), (1, 3, 1, 5), (1, 3, 1, 5)),
        ("[ aa . b ]", ("aa", "b"), (1, 8, 1, 9), (1, 3, 1, 9)),
        ("[a.b]\n[a] # late", ("a",), (2, 2, 2, 3), (2, 2, 2, 3)),
        ("[a.b]\n[a] # late", ("a", "b"), (1, 4, 1, 5), (1, 2, 1, 5)),
        ("[[a.b]]\n[[a.b]]", ("a",), (1, 3, 1, 4), (1, 3, 1, 4)),
        ("[[a.b]]\n[[a.b]]", ("a", "b"), (1, 5, 1, 6), (1, 3, 1, 6)),
        ("[[a.b]]\n[[a.b]]", ("a", "b", 0), (1, 5, 1, 6), (1, 3, 1, 6)),
        ("[[a.b]]\n[[a.b]]", ("a", "b", 1), (2, 5, 2, 6), (2, 3, 2, 6)),
        ("[[a]]\n[[a]]\n[a.b]\nc = 1", ("a", 1, "b"), (3, 4, 3, 5), (3, 2, 3, 5)),
        ("[[a]]\n[[a]]\n[a.b]\nc = 1", ("a", 1, "b", "c"), (4, 1, 4, 2), (4, 5, 4, 6)),
    ],
)
def test_exact_positions(text: str, path: Path, key: tuple[int, ...], value: tuple[int, ...]) -> None:
    assert spans(text, *path) == (key, value)


def test_paths_come_in_the_order_of_the_document() -> None:
    text = "b = [{c = 1}, 2]\na.d = 3\n[[e]]\nf = 4\n"
    assert list(locate(text)) == [
        ("b",), ("b", 0), ("b", 0, "c"), ("b", 1), ("a",), ("a", "d"), ("e",), ("e", 0), ("e", 0, "f"),
    ]  # fmt: skip


HOSTILE = {
    "open arrays": "a = " + "[" * 200_000,
    "open tables": "a = " + "{a = " * 50_000,
    "a key without end": "a." * 200_000,
    "a header without end": "[" + "a." * 200_000,
    "an open string": 'a = """' + '\\"""' * 50_000,
    "an open literal string": "a = '''" + "''\n" * 50_000,
    "an open array of comments": "a = [" + "#\n" * 100_000,
    "an escape out of range": '"\\UFFFFFFFF" = 1\n"\\U00FFFFFF" = 1',
    "the wrong bracket": "[[a]\nb = 1",
    "no value": "a = ",
    "no key": "= 1",
    "a byte order mark": "\ufeffa = 1",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_not_toml_ends_in_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|a path of more than|chr\(\)"):
        locate(text)


def test_an_error_tells_its_line() -> None:
    with pytest.raises(ValueError, match=r"^line 3: expected a value$"):
        locate("a = 1\r\n\r\nb = ]\r\n")


ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=-7, minutes=-30)), timezone(timedelta(hours=1))])
NAMES = st.sampled_from(["a", "b", "c-d", "1", ""]) | st.text(st.characters(codec="utf-8"), max_size=4)
STRINGS = st.text(st.sampled_from("ab \t\n\r\"'\\#[]{},=.\x00é🎲\u0301\u2028"), max_size=12)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats() | st.booleans()
MOMENTS = (st.times() | st.datetimes(timezones=ZONES)).map(lambda moment: moment.replace(fold=0))
SCALARS = STRINGS | NUMBERS | st.dates() | MOMENTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(NAMES, inner, max_size=4),
        st.lists(st.dictionaries(NAMES, inner, max_size=3), max_size=3),
    ),
    max_leaves=12,
)
DATA = st.dictionaries(NAMES, VALUES, max_size=5)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(DATA, st.integers(0, 2**32))
def test_any_data_written_in_any_way(data: dict[str, Any], seed: int) -> None:
    text = Writer(seed).document(data)
    assert leaves(tomli.loads(text)) == leaves(data)  # the writer itself is right
    check(text)


def leaves(data: dict[str, Any]) -> list[str]:
    """Return every scalar, empty table and empty array with its path, sorted."""
    return sorted(repr(item) for item in walk(data) if not (item[1] and isinstance(item[1], dict | list)))


EDITS = st.lists(
    st.tuples(
        st.integers(0, 400),  # where
        st.integers(0, 3),  # how many characters go
        st.text(
            st.sampled_from("\"\"\"'''[[]]{},.=#\\\n\r\t a1-:_x\u2028"), max_size=3
        ),  # what comes instead
    ),
    min_size=1,
    max_size=4,
)
SHORT_CASES = st.sampled_from([text for text in CASES.values() if len(text) <= 400])


@settings(max_examples=400)
@given(SHORT_CASES, EDITS)
def test_edited_documents_are_located_or_refused(text: str, edits: list[tuple[int, int, str]]) -> None:
    for where, gone, new in edits:
        at = where % (len(text) + 1)
        text = text[:at] + new + text[at + gone :]
    try:
        tomli.loads(text)
    except ValueError:
        with suppress(ValueError):
            locate(text)
    else:
        check(text)


SECTION = """
[[layer]]  # the {n}th
name = "layer {n}"
sizes = [{n}, 2, 3]
options = {{ rate = 1e-3, fast = true }}
adam.decay = 0.5
started = 2001-02-03 04:05:06
[layer.prior."{n}"]
text = '''
some text, as it stands
'''
"""


def measure(body: str) -> str:
    """Run a program and return its output: the type checks of a test run make the locator many times slower."""
    program = f"""
import time
import tomli
from rcmvae_core.spec.locate import locate

SECTION = {SECTION!r}


def seconds(work, text):
    def once():
        start = time.process_time()
        work(text)
        return time.process_time() - start

    return min(once(), once())


{body}
"""
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def test_a_megabyte_takes_a_small_multiple_of_the_time_of_tomli() -> None:
    ratio = measure("""
text = "".join(SECTION.format(n=n) for n in range(5_000))
assert len(text) > 1_000_000
print(seconds(locate, text) / seconds(tomli.loads, text))
""")
    assert float(ratio) < SLOWDOWN


def test_time_grows_no_faster_than_the_text() -> None:
    ratio = measure("""
part = "".join(SECTION.format(n=n) for n in range(250))
print(seconds(locate, part * 8) / seconds(locate, part))
""")
    assert float(ratio) < 3 * 8


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_every_place_where_a_key_is_written(text):
    written = key_extents(text)
    for path, extents in written.items():
        for start, end in extents:
            assert list(tomli.loads(f"{text[start:end]} = 0")) == [path[-1]]
    finder = Text(text)
    for path, location in locate(text).items():
        if isinstance(path[-1], str):
            assert finder.extent(location.key) in written[path]


def test_a_table_may_be_written_many_times():
    text = "[a.b]\nx.y = 1\nx.z = 2\n[a.b.c]\n[a]\nd = { e.f = 1, e.g = 2 }\n"
    counts = {".".join(map(str, path)): len(extents) for path, extents in key_extents(text).items()}
    assert counts == {
        "a": 3, "a.b": 2, "a.b.x": 2, "a.b.x.y": 1, "a.b.x.z": 1, "a.b.c": 1, "a.d": 1, "a.d.e": 2, "a.d.e.f": 1, "a.d.e.g": 1,
    }  # fmt: skip
