"""Breaks specs in many ways, reproducibly from a seed."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import tomli
import tomli_w

Mutant = tuple[bytes, list[str]]  # a file's content and `--set` arguments
_Place = tuple[dict[str, Any], str]

SCHEDULED = b"""
[loss.kl_z]
weight.linear = { start = 0.0, end = 1.0, over = "10 epochs", delay = 5 }
[loss.kl_c]
weight.piecewise = { values = [0.0, 0.5, 1.0], at = [0, 100, "30 epochs"], interpolation = "linear" }
[loss.spread.weight]
cosine = { start = -1.0, end = -20.0, over = 1000 }
[figure.confusion]
"""
_PLUGINS = [
    "film",
    "none",
    "dense",
    "mixture",
    "standard",
    "gaussian",
    "kl_latent",
    "linear",
    "constant",
    "adam",
    "tau",
]
_WORDS = [
    "", " ", "a", "film", "é", "e\u0301", "通道", "🦊", "\u202eabc", "\u200b", "\x00", "a\x00b", "\x1b[31m", "a\nb", "a\r", "\ufeff",
    "..", ".", "-", "--set", "a.b", 'a"b', "a'b", "a\\b", "total", "accuracy", "weight", "extends", "prefer", "x" * 5_000,
    "30 epochs", "-1 epochs", "1e999 steps", "9" * 50 + " steps", "nan", "true", "%s", "{0}", "${HOME}", "`rm`", "</script>",
]  # fmt: skip
_NUMBERS = [
    0, -0.0, 1, -1, 0.5, 7.9, 1e308, -1e308, 5e-324, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**400,
    float("nan"), float("inf"), float("-inf"), True, False,
]  # fmt: skip
_BYTES = [
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n", b"\t", b"\\", b'"', b"'",
    b'"""', b"'''", b"[", b"]", b"[[", b"]]", b"{", b"}", b"=", b".", b",", b"#", b"\x0b", b"\x7f", "\u2028".encode(), "🦊".encode(),
    b"e" * 50, b"-", b"_", b"0x", b"1979-05-27T07:32:00Z",
]  # fmt: skip


class Mutator:
    """Breaks specs at random.

    Args:
        seed: the seed of all choices.
        bases: the specs to start from.
    """

    def __init__(self, seed: int, bases: list[bytes]) -> None:
        self.lot = random.Random(seed)
        self.bases = bases

    def mutant(self) -> Mutant:
        """Return a spec that is broken one to three times, with its arguments."""
        base = self.lot.choice(self.bases)
        how = self.lot.choices(
            [self.break_data, self.break_lines, self.break_bytes, self.break_numbers], [6, 2, 2, 1]
        )[0]
        for _ in range(self.lot.choice([1, 1, 1, 2, 3])):
            base = how(base)
        arguments = [self.argument() for _ in range(self.lot.choice([0, 0, 0, 0, 1, 2]))]
        return base, arguments

    def break_data(self, base: bytes) -> bytes:
        """Change types, names or structure of the tree."""
        try:
            data = tomli.loads(base.decode())
            for _ in range(self.lot.choice([1, 1, 2, 5])):
                self.lot.choice(self.changes())(data)
            return tomli_w.dumps(data).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError, LookupError):  # broken before, or emptied
            return self.break_bytes(base)

    def changes(self) -> list[Callable[[dict[str, Any]], None]]:
        return [
            self.retype,
            self.retype,
            self.rename,
            self.remove,
            self.add,
            self.wrap,
            self.swap,
            self.copy,
            self.bury,
            self.extend,
        ]

    def places(self, data: dict[str, Any]) -> Iterator[_Place]:
        for name, value in data.items():
            yield data, name
            if isinstance(value, dict):
                yield from self.places(value)

    def place(self, data: dict[str, Any]) -> _Place:
        return self.lot.choice(list(self.places(data)))

    def value(self, depth: int = 0) -> Any:
        """Return any TOML value."""
        simple = [
            self.lot.choice(_NUMBERS),
            self.lot.choice(_WORDS),
            date(1979, 5, 27),
            datetime(1979, 5, 27, tzinfo=UTC),
        ]
        if depth > 3:
            return self.lot.choice(simple)
        many = [self.value(depth + 1) for _ in range(self.lot.randrange(4))]
        return self.lot.choice([*simple, many, {str(self.name()): v for v in many}])

    def name(self) -> str:
        return self.lot.choice([*_WORDS, *_PLUGINS])

    def retype(self, data: dict[str, Any]) -> None:
        table, name = self.place(data)
        table[name] = self.value()

    def rename(self, data: dict[str, Any]) -> None:
        table, name = self.place(data)
        typo = name[:-1] + self.lot.choice(["", "x", "é", "\x00"])
        table[self.lot.choice([typo, self.name(), name.upper()])] = table.pop(name)

    def remove(self, data: dict[str, Any]) -> None:
        table, name = self.place(data)
        del table[name]

    def add(self, data: dict[str, Any]) -> None:
        tables = [data, *(t[n] for t, n in self.places(data) if isinstance(t[n], dict))]
        self.lot.choice(tables)[self.name()] = self.value()

    def wrap(self, data: dict[str, Any]) -> None:
        table, name = self.place(data)
        table[name] = self.lot.choice([[table[name]], {self.name(): table[name]}, [table[name]] * 2])

    def swap(self, data: dict[str, Any]) -> None:
        (one, a), (other, b) = self.place(data), self.place(data)
        one[a], other[b] = copy.deepcopy(other[b]), copy.deepcopy(one[a])

    def copy(self, data: dict[str, Any]) -> None:
        (one, a), (other, b) = self.place(data), self.place(data)
        other[self.lot.choice([a, b, self.name()])] = copy.deepcopy(one[a])

    def bury(self, data: dict[str, Any]) -> None:
        table, name = self.place(data)
        for _ in range(self.lot.choice([2, 10, 60])):
            table[name] = self.lot.choice([[table[name]], {"x": table[name]}])

    def extend(self, data: dict[str, Any]) -> None:
        garbage = [
            ["spec.toml"],
            ["missing.toml"],
            ["."],
            ["\x00"],
            [1],
            "base.toml",
            [[]],
            {"a": 1},
            ["/etc/hostname"],
            ["é" * 300],
        ]
        data["extends"] = self.lot.choice(garbage)

    def break_lines(self, base: bytes) -> bytes:
        """Duplicate, remove, swap or join lines."""
        lines = base.split(b"\n")
        i, j = self.lot.randrange(len(lines)), self.lot.randrange(len(lines))
        match self.lot.randrange(5):
            case 0:
                lines.insert(j, lines[i])
            case 1:
                del lines[i]
            case 2:
                lines[i], lines[j] = lines[j], lines[i]
            case 3:
                lines[i] = lines[i] + lines[j]
            case _:
                del lines[i : i + self.lot.randrange(1, 8)]
        return b"\n".join(lines)

    def break_bytes(self, base: bytes) -> bytes:
        """Insert, remove, duplicate or change bytes."""
        at = self.lot.randrange(len(base) + 1)
        width = self.lot.choice([1, 1, 3, 30, 300])
        piece = self.lot.choice([*_BYTES, bytes([self.lot.randrange(256)]), self.lot.choice(_WORDS).encode()])
        return self.lot.choice([
            base[:at] + piece * self.lot.choice([1, 1, 1, 2, 500]) + base[at:],
            base[:at] + base[at + width :],
            base[:at] + base[at : at + width] + base[at:],
            base[:at] + piece + base[at + len(piece) :],
            base[:at],
            base.decode("utf-8", "replace").encode(self.lot.choice(["utf-16", "utf-16-le", "latin-1", "utf-8-sig"]), "replace"),
            b"a = " + b"[" * 900 + b"]" * 900 + b"\n" + base,
            base.replace(b"\n", self.lot.choice([b"\r\n", b"\r", b"\n\n"])),
        ])  # fmt: skip

    def break_numbers(self, base: bytes) -> bytes:
        """Replace a digit by a number that is too long, too large or invalid."""
        digits = [i for i, byte in enumerate(base) if chr(byte).isdigit()]
        if not digits:
            return self.break_bytes(base)
        at = self.lot.choice(digits)
        instead = [
            b"9" * 5_000,
            b"9" * 30,
            b"nan",
            b"-inf",
            b"1e999",
            b"0x" + b"f" * 40,
            b"-5",
            b"07",
            b"1_0",
            b"1__0",
            b"0.1.2",
            b"true",
        ]
        return base[:at] + self.lot.choice(instead) + base[at + 1 :]

    def argument(self) -> str:
        """Return a `--set` argument, which is mostly invalid."""
        path = self.lot.choice([
            "train.epochs", "conditioner", "latent", "loss.kl_z.weight", "train.optimizer", "a.b.c", "encoder.dense.hidden",
            "figure", "loss", "extends", "", ".", "a..b", "[train]", '"', "train.'epochs", "train . epochs", "a" * 3000, "\x00", "é",
            ".".join("a" * 900),
        ])  # fmt: skip
        value = self.lot.choice([
            "5", "-5", "film", "nan", "true", "[1,", "{}", "{ a = 1 }", '"x', "'x'", "", " ", "1 # x", "5\nb = 6", "[" * 900, "é",
            "9" * 5000, "1979-05-27", "\x00", "\ud800", "film.gaussian", "[[a]]", '"""x"""',
        ])  # fmt: skip
        return self.lot.choice(
            [f"{path}={value}", f"{path} = {value}", path, f"={value}", f"{path}=={value}"]
        )
