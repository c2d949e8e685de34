"""Writes data as TOML in all ways that TOML allows."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any


class Writer:
    """Writes each document in another way: every choice that TOML leaves is drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self.lot = random.Random(seed)
        self.newlines = self.lot.choice([["\n"], ["\r\n"], ["\n", "\r\n"]])

    def document(self, data: dict[str, Any]) -> str:
        """A whole document."""
        body, sections = self.split((), data)
        self.lot.shuffle(sections)
        text = self.lines(body) + "".join(sections)
        return text.rstrip("\r\n") if self.often(0.2) else text

    def split(self, names: tuple[str, ...], table: dict[str, Any]) -> tuple[list[str], list[str]]:
        """A table as the statements of its body and the sections that follow it."""
        body: list[str] = []
        sections: list[str] = []
        for name, value in table.items():
            header = self.often(0.6)
            if header and isinstance(value, dict):
                sections.append(self.section((*names, name), value))
            elif header and isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
                sections.append("".join(self.element((*names, name), v) for v in value))
            else:
                body.extend(self.pairs((name,), value))
        self.lot.shuffle(body)
        return body, sections

    def section(self, names: tuple[str, ...], table: dict[str, Any]) -> str:
        """A table and those below it: its own header comes first or last, or not at all if it need not."""
        body, sections = self.split(names, table)
        if body or not sections or self.often(0.5):
            own = self.header("[", names, "]") + self.lines(body)
            sections.insert(self.lot.choice([0, len(sections)]), own)
        return "".join(sections)

    def element(self, names: tuple[str, ...], table: dict[str, Any]) -> str:
        """An element of an array of tables, and the tables below it."""
        body, sections = self.split(names, table)
        return self.header("[[", names, "]]") + self.lines(body) + "".join(sections)

    def header(self, opening: str, names: tuple[str, ...], closing: str) -> str:
        return self.lines([f"{opening}{self.space()}{self.key(names)}{self.space()}{closing}"])

    def lines(self, statements: list[str]) -> str:
        return "".join(
            self.lot.choice(["", "", "", f"{self.blank()}{self.newline()}"])
            + f"{self.space()}{statement}{self.space()}"
            + self.lot.choice(["", "", '# [x] = "'])
            + self.newline()
            for statement in statements
        )

    def pairs(self, names: tuple[str, ...], value: object) -> list[str]:
        """One pair, or for a table the pairs of its dotted keys."""
        if isinstance(value, dict) and value and self.often(0.6):
            return [pair for name, member in value.items() for pair in self.pairs((*names, name), member)]
        return [f"{self.key(names)}{self.space()}={self.space()}{self.value(value)}"]

    def key(self, names: tuple[str, ...]) -> str:
        return f"{self.space()}.{self.space()}".join(map(self.key_part, names))

    def key_part(self, name: str) -> str:
        ways = [self.basic(name)]
        if name.isascii() and name.replace("-", "a").replace("_", "a").isalnum():
            ways.append(name)
        if "'" not in name and name.isprintable():
            ways.append(f"'{name}'")
        return self.lot.choice(ways)

    def value(self, value: object) -> str:
        """A value on the right of `=` or in an array."""
        if isinstance(value, dict):
            pairs = [pair for name, member in value.items() for pair in self.pairs((name,), member)]
            return self.enclosed("{", pairs, "}")
        if isinstance(value, list):
            return self.enclosed("[", [self.value(member) for member in value], "]")
        return _SCALARS[type(value)](self, value)

    def enclosed(self, opening: str, members: list[str], closing: str) -> str:
        comma = f"{self.blank()},"
        inner = "".join(f"{self.blank()}{member}{comma}" for member in members)
        return opening + (inner if self.often(0.3) else inner.removesuffix(comma)) + self.blank() + closing

    def integer(self, value: int) -> str:
        ways = [f"{value:d}", f"{value:_d}"]
        return self.lot.choice(ways if value < 0 else [*ways, f"0x{value:x}", f"0o{value:o}", f"0b{value:b}"])

    def moment(self, value: datetime) -> str:
        text = value.isoformat(self.lot.choice("T t"))
        return text.replace("+00:00", self.lot.choice(["Z", "z", "+00:00"]))

    def string(self, value: str) -> str:
        ways = [self.basic(value), self.multi_basic(value)]
        if value.replace("\n", "").replace("\t", "").isprintable():
            if "'" not in value and "\n" not in value:
                ways.append(f"'{value}'")
            if "'''" not in value:
                ways.append(f"'''{self.first_newline(value)}{value.replace(chr(10), self.newline())}'''")
        return self.lot.choice(ways)

    def basic(self, value: str) -> str:
        return '"' + "".join(self.character(c, raw=c != '"' and c.isprintable()) for c in value) + '"'

    def multi_basic(self, value: str) -> str:
        written = ""
        for c in value:
            if c not in " \t\n" and self.often(
                0.1
            ):  # a continuation would take white space of the value with it
                written += "\\" + self.space() + self.newline() + self.space()
            raw = c.isprintable() and not (c == '"' and written.endswith('""'))
            written += self.newline() if c == "\n" else self.character(c, raw=raw)
        return f'"""{self.first_newline(value)}{written}"""'

    def character(self, c: str, *, raw: bool) -> str:
        if raw and c != "\\" and self.often(0.9):
            return c
        code = ord(c)
        ways = [f"\\U{code:08x}"]
        ways += [f"\\u{code:04X}"] if code <= 0xFFFF else []
        ways += [f"\\x{code:02x}"] if code <= 0xFF else []
        ways += [f"\\{c}"] if c in '"\\' else []
        return self.lot.choice(ways)

    def first_newline(self, value: str) -> str:
        """A newline right behind the opening quotes, which is not of the string."""
        return self.newline() if value.startswith("\n") or self.often(0.3) else ""

    def newline(self) -> str:
        return self.lot.choice(self.newlines)

    def space(self) -> str:
        return self.lot.choice(["", "", " ", " ", "\t", " \t "])

    def blank(self) -> str:
        """What may stand around the members of an array or inline table."""
        newline = self.newline()
        return self.lot.choice(
            ["", "", " ", "\t", newline, f" # ] }} , '{newline} ", f"{newline}{newline}  "]
        )

    def often(self, share: float) -> bool:
        return self.lot.random() < share


_SCALARS: dict[type, Callable[[Writer, Any], str]] = {
    bool: lambda _, value: str(value).lower(),
    int: Writer.integer,
    float: lambda _, value: repr(value),
    str: Writer.string,
    datetime: Writer.moment,
    date: lambda _, value: value.isoformat(),
    time: lambda _, value: value.isoformat(),
}
