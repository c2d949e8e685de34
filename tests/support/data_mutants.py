"""Makes data files of every format with something wrong in them, from a random generator, so that each can be made again."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import math
import struct
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from PIL import Image

NUMBERS = (
    0,
    1,
    -1,
    127,
    255,
    256,
    2**15,
    2**16,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**40,
    2**63 - 1,
    2**63,
    2**64,
    10**30,
)
CELLS = (
    "", " ", "NaN", "inf", "-1e999", "1e308", "9" * 400, "1_000", "0x10", "1,5", '"', '"x', "a\nb", "\0", "\ufeff", "é",
    "\U0001f600", "2020-02-30", "2020-01-01T25:00", "9999-12-31T23:59:59+14:00", "0001-01-01", "0001-01-01T00:00+14:00",
    "=1+1", "-", "true", "?", "None", "x" * 3000, "\u202e", "1" * 5000, "٣", "1\r2", "-1", "nan ", "1e400",
)  # fmt: skip
NAMES = (
    "x",
    "y",
    "x.npy",
    "x",
    "../x.npy",
    "a" * 3000 + ".npy",
    "",
    "\u202e.npy",
    "y.npy",
    "é.npy",
    "x\n.npy",
    "/x.npy",
)
DTYPES = (
    "|u1", "<f8", ">f4", "<u2", "<i8", "|b1", "<U3", "<U0", "|S4", "|O", "<c16", "<M8[ns]", "|V0", "|V8", "<U1000000000",
    "x", "", "<f2", [("a", "<f4"), ("b", "|u1")], [("a", "<f4", (3,))], "<m8[D]", ("<f4", (2, 2)), 7, None,
)  # fmt: skip


def bytes_changed(random: Random, content: bytes) -> bytes:
    """Return bytes with one change that knows no format."""
    if not content:
        return random.randbytes(random.randrange(40))
    at, length = random.randrange(len(content)), random.choice((1, 1, 2, 4, 8, 64))
    head, part, tail = content[:at], content[at : at + length], content[at + length :]
    number = random.choice(NUMBERS) % 2**64
    return random.choice(
        (
            lambda: head,
            lambda: head + bytes([part[0] ^ 1 << random.randrange(8)]) + part[1:] + tail,
            lambda: head + random.randbytes(length) + tail,
            lambda: head + tail,
            lambda: head + part * random.randrange(2, 9) + tail,
            lambda: head + bytes(length) + tail,
            lambda: head + b"\xff" * length + tail,
            lambda: head + struct.pack(random.choice("<>") + "Q", number)[: random.choice((2, 4, 8))] + tail,
            lambda: content + content[at:],
            lambda: content + random.randbytes(9),
        )
    )()


def text_changed(random: Random, text: str, separator: str = ",") -> str:
    """Return the text of a table with one change of a cell, a row, a column or a sign."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    cells = lines[at].split(separator)
    column = random.randrange(len(cells))

    def in_every_line(change: Callable[[list[str]], list[str]]) -> str:
        return "\n".join(separator.join(change(line.split(separator))) for line in lines)

    def with_cell(value: str) -> str:
        changed = [*cells[:column], value, *cells[column + 1 :]]
        return "\n".join([*lines[:at], separator.join(changed), *lines[at + 1 :]])

    return random.choice(
        (
            lambda: with_cell(random.choice(CELLS)),
            lambda: with_cell(str(random.choice(NUMBERS))),
            lambda: with_cell(random.choice(CELLS)),
            lambda: in_every_line(lambda row: [*row[:column], *row[column + 1 :]]),
            lambda: in_every_line(lambda row: [*row, row[column % len(row)]]),
            lambda: in_every_line(lambda row: [*row[:column], random.choice(CELLS), *row[column + 1 :]]),
            lambda: "\n".join(lines[:at] + lines[at + 1 :]),
            lambda: "\n".join([*lines[: at + 1], *lines[at:]]),
            lambda: text.replace(separator, random.choice(";|\t ,:")),
            lambda: text.replace("\n", random.choice(("\r\n", "\r", "\n\n", "\0"))),
            lambda: text[: random.randrange(len(text) + 1)],
            lambda: lines[0],
            lambda: random.choice(CELLS) + text,
            lambda: text + random.choice(CELLS),
        )
    )()


def table_text(random: Random, separator: str = ",") -> bytes:
    rows = [["a", "b", "when", "kind", "label"]]
    rows += [
        [f"{i * 1.5}", f"{i % 3}", f"2024-01-{i % 28 + 1:02}", "rgb"[i % 3], ["no", "yes"][i % 2]]
        for i in range(24)
    ]
    text = "\n".join(separator.join(row) for row in rows) + "\n"
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        text = text_changed(random, text, separator)
    content = text.encode(random.choice(("utf-8",) * 9 + ("utf-16",)), "surrogatepass")
    return bytes_changed(random, content) if random.random() < 0.3 else content


def gzipped(random: Random, content: bytes) -> bytes:
    packed = gzip.compress(content, mtime=0)
    return random.choice(
        (
            lambda: packed,
            lambda: bytes_changed(random, packed),
            lambda: packed + packed,
            lambda: packed + b"\0" * 20,
            lambda: gzip.compress(packed),
            lambda: bz2.compress(content),
            lambda: zlib.compress(content),
            lambda: gzip.compress(content * 300, mtime=0),
            lambda: gzip.compress(content + bytes(2**25), mtime=0),
        )
    )()


def npy_bytes(random: Random, array: np.ndarray) -> bytes:
    shape: Any = array.shape
    header: dict[str, Any] = {"descr": array.dtype.str, "fortran_order": False, "shape": shape}
    match random.randrange(8):
        case 0:
            axis = random.randrange(len(shape))
            new = random.choice((*NUMBERS, -7, 2.5, True, "3", None, 10**400))
            header["shape"] = (*shape[:axis], new, *shape[axis + 1 :])
        case 1:
            header["shape"] = random.choice(
                ((), (0,), (1,) * 70, [3], 3, "x", ((3,),), (2**62, 2**62), (0, 2**60))
            )
        case 2:
            header["descr"] = random.choice(DTYPES)
        case 3:
            header["fortran_order"] = random.choice((True, 1, "yes", None))
        case 4:
            header = {**header, "more": 1} if random.random() < 0.5 else {"shape": shape}
    text = repr(header)
    if random.random() < 0.1:
        text = random.choice(
            ("(" * 3000, "{'a': " * 500, "1" * 9000, "__import__('os')", "", "\0", "{}" + " " * 20000)
        )
    encoded = text.encode("utf-8", "replace")
    encoded += b" " * (-(len(encoded) + 11) % 64) + b"\n"
    version = random.choice((b"\x01\x00",) * 6 + (b"\x02\x00", b"\x03\x00", b"\x09\x00"))
    size = (
        struct.pack("<H", len(encoded) % 2**16) if version == b"\x01\x00" else struct.pack("<I", len(encoded))
    )
    content = b"\x93NUMPY" + version + size + encoded + array.tobytes()
    return bytes_changed(random, content) if random.random() < 0.4 else content


def arrays(random: Random) -> tuple[np.ndarray, np.ndarray]:
    inputs = np.arange(24 * 16).reshape(24, 16) % 17
    kind = random.choice(("u1", "f4", "f8", "u2", "i8"))
    values: np.ndarray = inputs.astype(kind)
    if kind in ("f4", "f8") and random.random() < 0.3:
        values[random.randrange(24), random.randrange(16)] = random.choice(
            (math.nan, math.inf, -1e308, 1e308)
        )
    labels = np.array(["cat", "dog"])[np.arange(24) % 2] if random.random() < 0.3 else np.arange(24) % 3
    if random.random() < 0.3 and labels.dtype.kind == "i":
        labels = labels.astype(random.choice(("i1", "u8", "f8", "b1", "f2")))
    return values, labels


def npz_bytes(random: Random) -> bytes:
    file = io.BytesIO()
    inputs, labels = arrays(random)
    method = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(file, "w", method) as archive:
        members = [("x.npy", npy_bytes(random, inputs)), ("y.npy", npy_bytes(random, labels))]
        if random.random() < 0.3:
            members.append((random.choice(NAMES) or "z", npy_bytes(random, inputs)))
        if random.random() < 0.1:
            zeros = np.zeros((2**24, 1), np.uint8)
            members[0] = ("x.npy", npy_bytes(random, zeros))
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    content = file.getvalue()
    for _ in range(random.choice((0, 1, 1, 2))):
        content = bytes_changed(random, content)
    return content


def idx_bytes(random: Random) -> bytes:
    inputs = np.arange(24 * 16, dtype=np.uint8).reshape(24, 4, 4)
    shape = [
        random.choice((*NUMBERS[:11], 24)) % 2**32 if random.random() < 0.2 else axis for axis in inputs.shape
    ]
    content = struct.pack(">4B3I", 0, 0, random.choice((8, 8, 8, 13)), 3, *shape) + inputs.tobytes()
    return bytes_changed(random, content) if random.random() < 0.6 else content


FORMATS = (
    "PNG",
    "JPEG",
    "GIF",
    "BMP",
    "TIFF",
    "WEBP",
    "PPM",
    "TGA",
    "ICO",
    "JPEG2000",
    "PCX",
    "SGI",
    "IM",
    "XBM",
    "DDS",
    "QOI",
)


def image_bytes(random: Random) -> bytes:
    kind = random.choice(FORMATS)
    mode = {"XBM": "1", "QOI": "RGB"}.get(kind, random.choice(("L", "RGB")))
    image = Image.frombytes("RGB", (16, 12), random.randbytes(16 * 12 * 3)).convert(mode)
    file = io.BytesIO()
    frames = (
        {"save_all": True, "append_images": [image]}
        if kind in ("GIF", "TIFF") and random.random() < 0.3
        else {}
    )
    image.save(file, kind, **frames)
    content = file.getvalue()
    if kind == "PNG" and random.random() < 0.5:
        return png_changed(random, content)
    for _ in range(random.choice((0, 1, 2, 4))):
        content = bytes_changed(random, content)
    return (
        content
        if random.random() < 0.95
        else b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
    )


def png_changed(random: Random, content: bytes) -> bytes:
    """Return a PNG with a changed chunk whose checksum is right."""
    chunks, at = list[tuple[bytes, bytes]](), 8
    while at < len(content):
        length = struct.unpack(">I", content[at : at + 4])[0]
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += length + 12
    index = random.randrange(len(chunks))
    name, body = chunks[index]
    chunks[index] = (name, bytes_changed(random, body))
    if random.random() < 0.3:
        more = random.choice(
            (
                (b"zTXt", b"k\0\0" + zlib.compress(bytes(2**22))),
                (b"eXIf", random.randbytes(30)),
                (b"iCCP", b"a\0\0x"),
            )
        )
        chunks.insert(1, more)
    packed = (struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in chunks)
    return content[:8] + b"".join(packed)


def json_changed(random: Random, value: Any) -> Any:
    """Return a JSON value with one change of a key, a type or a number."""
    odd = (None, True, "", "x", -1, 2.5, 1e308, math.nan, [], {}, [[]], "\ud800", "x" * 2000, *NUMBERS)
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(list(value))
        rest = {k: v for k, v in value.items() if k != key}
        return random.choice(
            (
                rest,
                {**value, "more": 1},
                {**value, key: json_changed(random, value[key])},
                {**value, key: random.choice(odd)},
            )
        )
    return random.choice(odd)


def json_lines(random: Random, values: list[Any]) -> bytes:
    changed = list(values)
    for _ in range(random.choice((0, 1, 1, 2))):
        at = random.randrange(len(changed))
        changed[at] = json_changed(random, changed[at])
    lines = [json.dumps(value) for value in changed]
    if random.random() < 0.2:
        at = random.randrange(len(lines))
        lines[at] = random.choice(
            ("[" * 20_000, '{"a":' * 20_000, "1" * 5000, "", "nul", '{"a": 1, "a": 2}', "\0")
        )
    if random.random() < 0.1:
        random.shuffle(lines)
    content = ("\n".join(lines) + "\n").encode()
    return bytes_changed(random, content) if random.random() < 0.3 else content
