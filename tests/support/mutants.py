"""Changes files as disks, syncing programs and editors do, and as nobody would: by structure where a file has one."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ODD: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 2.5, 10**9, 2**63, 10**30, -(10**400), "ten", "", "\u0000", "../../outside", "/etc/passwd",
    "x" * 10_000, [], {}, [[]], {"a": 1}, [1] * 1000, float("nan"), float("inf"), 1e308, -1e-320, "1", "\ud800", "float32",
)  # fmt: skip
_ODD_TOML = (
    "1", "-1", "0", "1e400", "nan", "true", '"tanh"', '"x"', "[]", "{}", "1000000000", "9223372036854775807", "[0, 0]", "[[1]]", '""',
    '"../outside"', "2.5", "1979-05-27", "[1000000000]", "[[[[[[[[[[1]]]]]]]]]]",
)  # fmt: skip
_DEEP = 100_000


def mutate(path: Path, rng: random.Random) -> str:
    """Change a file in place.

    Args:
        path: the file.
        rng: chooses the change.

    Returns:
        What was done.
    """
    choices: list[Callable[[Path, random.Random], str]] = [_bytes, _whole]
    structured = {
        ".json": _json,
        ".jsonl": _lines,
        ".toml": _toml,
        ".safetensors": _safetensors,
        ".npz": _npz,
    }
    if path.suffix in structured:
        choices += [structured[path.suffix]] * 6
    return rng.choice(choices)(path, rng)


def _whole(path: Path, rng: random.Random) -> str:
    """Replace the file by something else."""
    change = rng.choice(
        ["empty", "deep list", "deep table", "list", "number", "removed", "folder", "pipe", "loop", "utf-16"]
    )
    texts = {
        "empty": b"", "deep list": b"[" * _DEEP, "deep table": b'{"a":' * _DEEP, "list": b"[]", "number": b"17",
        "utf-16": path.read_bytes()[:2000].decode("latin-1").encode("utf-16"),
    }  # fmt: skip
    path.unlink()
    if change == "folder":
        path.mkdir()
    elif change == "pipe":
        os.mkfifo(path)
    elif change == "loop":
        path.symlink_to(path.name)
    elif change != "removed":
        path.write_bytes(texts[change])
    return change


def _bytes(path: Path, rng: random.Random) -> str:
    """Truncate the file, flip bits, or insert or repeat bytes."""
    content = bytearray(path.read_bytes())
    at = rng.randrange(max(1, len(content)))
    change = rng.choice(["truncated", "flipped", "flipped", "flipped", "inserted", "repeated", "zeros"])
    if change == "truncated":
        del content[at:]
    elif change == "flipped":
        for _ in range(rng.choice([1, 1, 3])):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    elif change == "inserted":
        content[at:at] = rng.choice([b"\xff\xfe", b"\0", b"{", b"]", b"9" * 5000, b"\n\n"])
    elif change == "repeated":
        content += content[at:]
    else:
        content[at : at + 64] = bytes(min(64, len(content) - at))
    path.write_bytes(content)
    return f"{change} at {at}"


def _json(path: Path, rng: random.Random) -> str:
    values = json.loads(path.read_text())
    what = change_values(values, rng)
    path.write_text(json.dumps(values))
    return what


def change_values(values: Any, rng: random.Random) -> str:
    """Change one place of plain values: remove, rename, repeat or replace it."""
    places = list(_places(values))
    container, key, name = rng.choice(places)
    change = rng.choice(["removed", "renamed", "replaced", "replaced", "replaced", "nudged", "doubled"])
    if change == "removed":
        del container[key]
    elif change == "renamed" and isinstance(container, dict):
        container[f"{key}x"] = container.pop(key)
    elif change == "nudged" and isinstance(container[key], int | float):
        container[key] += rng.choice([-1, 1, 0.5, 1e6])
    elif change == "doubled" and isinstance(container[key], list):
        container[key] *= 2
    else:
        container[key] = value = rng.choice(ODD)
        return f"{name} = {str(value)[:40]!r}"
    return f"{change} {name}"


def _places(values: Any, name: str = "") -> Any:
    keys = values if isinstance(values, dict) else range(len(values)) if isinstance(values, list) else ()
    for key in list(keys):
        yield values, key, f"{name}.{key}"
        yield from _places(values[key], f"{name}.{key}")


def _lines(path: Path, rng: random.Random) -> str:
    lines = path.read_text().splitlines()
    number = rng.randrange(len(lines))
    values = json.loads(lines[number])
    what = change_values(values, rng)
    lines[number] = json.dumps(values)
    path.write_text("\n".join(lines) + rng.choice(["", "\n"]))
    return f"line {number}: {what}"


def _toml(path: Path, rng: random.Random) -> str:
    lines = path.read_text().splitlines()
    at = rng.choice([number for number, line in enumerate(lines) if line.strip()])
    before = lines[at]
    change = rng.choice(["removed", "repeated", "value", "value", "value", "word"])
    if change == "removed":
        del lines[at]
    elif change == "repeated":
        lines.insert(at, before)
    elif change == "value" and " = " in before:
        lines[at] = f"{before.split(' = ')[0]} = {rng.choice(_ODD_TOML)}"
    else:
        lines[at] = re.sub(r"[a-z]{4,}", lambda match: match[0][::-1], before, count=1)
    path.write_text("\n".join(lines) + "\n")
    return f"{change}: {before[:60]}"


def _safetensors(path: Path, rng: random.Random) -> str:
    """Change the header, or numbers."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    change = rng.choice(["header", "header", "length", "not finite", "large"])
    if change == "length":
        path.write_bytes(struct.pack("<Q", rng.choice([0, 2**63, 2**35, length - 1])) + content[8:])
        return change
    if change == "not finite":
        numbers = np.frombuffer(content[8 + length :], np.uint8).copy()
        numbers[rng.randrange(0, len(numbers) - 4, 4) :][:4] = np.array([np.nan], np.float32).view(np.uint8)
        path.write_bytes(content[: 8 + length] + numbers.tobytes())
        return change
    header = json.loads(content[8 : 8 + length])
    if change == "large":
        name = rng.choice(list(header))
        header[name] |= {"shape": [2**33], "data_offsets": [0, 2**35]}
        what = f"{name} is large"
    else:
        what = change_values(header, rng)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])
    return f"header: {what}"


def _npz(path: Path, rng: random.Random) -> str:
    """Change an array."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    name = rng.choice(list(arrays))
    array = arrays[name]
    change = rng.choice(
        ["removed", "not finite", "other type", "shorter", "scalar", "strings", "huge header"]
    )
    if change == "huge header":
        content = path.read_bytes()
        found = re.search(rb"'shape': \([0-9, ]+\)", content)
        if found is not None:
            new = b"'shape': (" + b"9" * (len(found[0]) - 12) + b",)"
            content = content[: found.start()] + new[: len(found[0])] + content[found.end() :]
        path.write_bytes(content)
        return change
    if change == "removed":
        del arrays[name]
    else:
        arrays[name] = {
            "not finite": np.full_like(array, np.inf) if array.dtype.kind == "f" else array,
            "other type": np.array(array.tolist(), np.complex64) if array.dtype.kind in "fi" else array[:0],
            "shorter": array[:-1] if array.ndim else array[None],
            "scalar": np.float32(1),
            "strings": np.array(["a", "b"]),
        }[change]
    compressed = rng.random() < 0.5
    with path.open("wb") as file:
        (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return f"{change} {name}"


def reset(folder: Path, pristine: Path) -> None:
    """Make a folder a copy of another one."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(pristine, folder, symlinks=True)
