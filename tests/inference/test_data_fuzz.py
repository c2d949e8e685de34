"""Files of somebody else, in every format that is read, end in data or in a diagnostic: no traceback, no wait, no flood.

Each mutant is made from its number, so that one that fails can be made again: `check(format, number, folder)`.
"""

from __future__ import annotations

import importlib
import io
import json
import resource
import shutil
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rcmvae_core.cli.actions.new_from import _data_table
from rcmvae_core.data.fingerprint import fingerprint_inputs, item_ids
from rcmvae_core.data.inputs import read_all
from rcmvae_core.data.load import data_notes, load_split
from rcmvae_core.errors import RcmvaeError, SpecError
from rcmvae_core.experiment.survey import survey
from rcmvae_core.inference.data_files import open_dataset, true_names
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.labels import csv_exchange
from rcmvae_core.labels.items import Items
from rcmvae_core.labels.records import Identity, Provenance
from rcmvae_core.labels.store import MEMORY, LabelStore
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.runtime.data_limit import VARIABLE
from rcmvae_core.spec.resolve import resolve_plugin, resolve_text
from tests.support import data_mutants as mutants

SECONDS, LIMIT, GROWTH = 5, 2**24, 2**29
"""A mutant may take so long, so many bytes of data, and so many bytes of memory."""
BASE = """
rcmvae = ">=0.1"
name = "x"
[latent]
channels = 4
dim = 2
[encoder.dense]
[prior.mixture]
[routing.soft]
[conditioner.none]
[backbone.dense]
[head.gaussian]
[loss.reconstruction.reconstruction]
[train]
epochs = 1
batch_size = 4
[train.optimizer.adam]
[data]
validation_fraction = 0.1
"""
ITEMS = Items([f"{i:016x}" for i in range(24)], [f"{'ab'[i % 2]}/{i}.png" for i in range(24)])
DATA = Identity("0" * 32, ("cat", "dog"))


@cache
def part_of(table: str) -> ResolvedPart:
    try:
        return resolve_text(f"{BASE}{table}", "fuzz", discover()).one("data")
    except SpecError as error:
        raise AssertionError(f"the spec is not valid: {error}") from None


def load_as_a_run_does(table: str) -> None:
    """As `run` and `validate --data`, with the ids of `label`."""
    loaded = load_split(part_of(table))
    assert loaded.dataset.inputs.shape[0] == len(loaded.dataset.labels)
    read_all(loaded.dataset)
    data_notes(loaded.dataset, loaded.columns)
    assert len(item_ids(loaded.dataset)) == len(loaded.dataset.labels)
    fingerprint_inputs(loaded.dataset)


def open_to_predict(path: Path, shape: tuple[int, ...], **options: Any) -> None:
    context = BuildContext(shape, 9, 9, 2, 4, 2, 0, "shared", 1, 1)
    info = ModelInfo(context, ("cat", "dog"), 255.0, "uint8")
    with open_dataset(path, info, **options) as dataset:
        read_all(dataset)
        true_names(dataset, info.class_names)


def describe(path: Path) -> None:
    """As `new spec --from`."""
    ((name, values),) = _data_table(path, None, None).items()
    part, _ = resolve_plugin("data", name, values, discover())
    survey(load_object(part.registered.plugin.impl)(part.params))


Calls = list[Callable[[], object]]


def tables(random: Random, folder: Path, name: str, content: bytes) -> Calls:
    path = folder / name
    path.write_bytes(content)
    label = 'label = "label"\n' if random.random() < 0.7 else ""
    more = random.choice(("", "", "header = false\n", 'numbers = ["b"]\n', 'dates = ["when"]\n'))
    return [
        lambda: load_as_a_run_does(f'[data.table]\npath = "{path}"\n{label}{more}'),
        lambda: open_to_predict(path, (5,), labels=random.choice((None, "label"))),
        lambda: describe(path),
    ]


def csv_file(random: Random, folder: Path) -> Calls:
    return tables(random, folder, "x.csv", mutants.table_text(random))


def tsv_file(random: Random, folder: Path) -> Calls:
    return tables(random, folder, "x.tsv", mutants.table_text(random, "\t"))


def csv_gz(random: Random, folder: Path) -> Calls:
    return tables(random, folder, "x.csv.gz", mutants.gzipped(random, mutants.table_text(random)))


def parquet_file(random: Random, folder: Path) -> Calls:
    arrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    odd: tuple[Any, ...] = (
        [1, 2, None], [2**63 - 1, -(2**63), 0], ["a", "b", None], [b"\xff", b"", None], [[1], [2, 3], None],
        [{"x": 1}, {"x": 2}, None], [None] * 3, [1.5, float("nan"), float("inf")], [True, False, None],
        arrow.array([0, 2**62, -(2**62)], arrow.timestamp("us")), arrow.array([0, 1, 2], arrow.timestamp("ns", "UTC")),
        arrow.array([0, 99999999, -99999999], arrow.date32()), arrow.array(["a", "b", "a"]).dictionary_encode(),
        arrow.array([1, 2, 3], arrow.decimal128(38, 10)), arrow.array([1, 2, 3], arrow.duration("s")),
    )  # fmt: skip
    names = [
        random.choice(("a", "b", "label", "", "x" * 500, "\u202e", "a")) for _ in range(random.randrange(5))
    ]
    columns = [
        arrow.array(values) if isinstance(values, list) else values
        for values in random.choices(odd, k=len(names))
    ]
    table = arrow.Table.from_arrays(
        [arrow.concat_arrays([c] * 8) if len(c) == 3 else c for c in columns], names=names
    )
    file = io.BytesIO()
    parquet.write_table(table, file, compression=random.choice(("none", "snappy", "gzip", "zstd")))
    content = file.getvalue()
    for _ in range(random.choice((0, 0, 1, 2))):
        content = mutants.bytes_changed(random, content)
    return tables(random, folder, "x.parquet", content)


def npz_file(random: Random, folder: Path) -> Calls:
    path = folder / "x.npz"
    path.write_bytes(mutants.npz_bytes(random))
    labels = random.choice(("", 'labels = "y"\n'))
    form = random.choice(("features", "image"))
    return [
        lambda: load_as_a_run_does(f'[data.npz]\npath = "{path}"\nform = "{form}"\n{labels}'),
        lambda: open_to_predict(path, (16,), labels=random.choice((None, "y"))),
        lambda: describe(path),
    ]


def npy_file(random: Random, folder: Path) -> Calls:
    path, labels = folder / "x.npy", folder / "y.npy"
    inputs, classes = mutants.arrays(random)
    path.write_bytes(mutants.npy_bytes(random, inputs))
    labels.write_bytes(mutants.npy_bytes(random, classes))
    return [
        lambda: load_as_a_run_does(
            f'[data.npy]\ninputs = "{path}"\nlabels = "{labels}"\nform = "features"\n'
        ),
        lambda: open_to_predict(path, (16,), labels=random.choice((None, str(labels)))),
        lambda: describe(path),
    ]


def npy_gz(random: Random, folder: Path) -> Calls:
    path = folder / "x.npy.gz"
    path.write_bytes(mutants.gzipped(random, mutants.npy_bytes(random, mutants.arrays(random)[0])))
    return [lambda: open_to_predict(path, (16,))]


def idx_file(random: Random, folder: Path) -> Calls:
    path = folder / random.choice(("x-idx", "x.gz"))
    content = mutants.idx_bytes(random)
    path.write_bytes(mutants.gzipped(random, content) if path.suffix else content)
    return [
        lambda: load_as_a_run_does(f'[data.npy]\ninputs = "{path}"\n'),
        lambda: open_to_predict(path, (4, 4, 1)),
    ]


def image_files(random: Random, folder: Path) -> Calls:
    for name in ("a", "b"):
        (folder / name).mkdir()
        for number in range(3):
            (folder / name / f"{number}.{random.choice(('png', 'jpg', 'tif', 'gif'))}").write_bytes(
                mutants.image_bytes(random)
            )
    decode = random.choice(("once", "when used"))
    return [
        lambda: load_as_a_run_does(f'[data.image_folder]\npath = "{folder}"\ndecode = "{decode}"\n'),
        lambda: open_to_predict(folder, (8, 8, 1)),
        lambda: describe(folder),
    ]


def image_labels(random: Random, folder: Path) -> Calls:
    from PIL import Image

    for number in range(8):
        Image.new("L", (4, 4), number).save(folder / f"{number}.png")
    name = random.choice(("labels.csv", "labels.json", "labels.jsonl"))
    if name.endswith("csv"):
        text = "file,label\n" + "".join(f"{i}.png,{'ab'[i % 2]}\n" for i in range(8))
        content = mutants.text_changed(random, text).encode("utf-8", "surrogatepass")
        content = mutants.bytes_changed(random, content) if random.random() < 0.3 else content
    elif name.endswith("jsonl"):
        content = mutants.json_lines(random, [{"file": f"{i}.png", "label": "ab"[i % 2]} for i in range(8)])
    else:
        value: Any = {f"{i}.png": "ab"[i % 2] for i in range(8)}
        content = mutants.json_lines(random, [mutants.json_changed(random, value)])
    (folder / name).write_bytes(content)
    return [
        lambda: load_as_a_run_does(f'[data.image_folder]\npath = "{folder}"\nlabels = "{name}"\n'),
        lambda: open_to_predict(folder, (4, 4, 1), labels=name),
    ]


def label_csv(random: Random, folder: Path) -> Calls:
    key = random.choice(("item", "file", "index"))
    rows = [getattr(ITEMS, {"item": "ids", "file": "names"}.get(key, ""), range(24))[i] for i in range(24)]
    text = f"{key},label\n" + "".join(f"{row},{DATA.class_names[i % 2]}\n" for i, row in enumerate(rows))
    for _ in range(random.choice((1, 1, 2))):
        text = mutants.text_changed(random, text)
    content = text.encode("utf-8", "surrogatepass")
    path = folder / "labels.csv"
    path.write_bytes(mutants.bytes_changed(random, content) if random.random() < 0.3 else content)

    def assign() -> None:
        with LabelStore(MEMORY, DATA) as store:
            labels = csv_exchange.parse(path, ITEMS, store.classes())
            store.assign_each(labels, Provenance("ann", "import"))

    return [assign]


def label_history(random: Random, folder: Path) -> Calls:
    path, by = folder / "labels.jsonl", Provenance("ann", "click")
    with LabelStore(MEMORY, DATA) as store:
        store.assign(ITEMS.ids[:4], 0, by, request_id="one")
        store.add_class("bird", by)
        store.merge_classes(0, 2, by)
        store.undo(by)
        store.assign(["x"], 1, Provenance("m", "suggestion", "margin"))
        store.clear(["x"], by)
        store.export_events(path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_bytes(mutants.json_lines(random, lines))

    def replay() -> None:
        with LabelStore(MEMORY, DATA) as store:
            store.import_events(path)
            store.snapshot()
            store.log(None)

    return [replay]


FORMATS = {
    each.__name__: each
    for each in (
        csv_file, tsv_file, csv_gz, parquet_file, npz_file, npy_file, npy_gz, idx_file, image_files, image_labels,
        label_csv, label_history,
    )
}  # fmt: skip


@contextmanager
def time_limit() -> Generator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"it takes more than {SECONDS} s")

    # Processor time, which other work on the machine does not change, and a longer time for what only waits.
    timers = (
        (signal.SIGPROF, signal.ITIMER_PROF, SECONDS),
        (signal.SIGALRM, signal.ITIMER_REAL, 12 * SECONDS),
    )
    before = [signal.signal(number, stop) for number, _, _ in timers]
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


def check(name: str, number: int, folder: Path) -> str:
    """Read a mutant by every way to it.

    Returns:
        What is wrong with the result; empty if it is data or a diagnostic.
    """
    random = Random(f"{name} {number}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for call in FORMATS[name](random, folder):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            with time_limit():
                call()
        except RcmvaeError as error:
            if any(len(each.message) > 3000 for each in error.diagnostics):
                return f"{name} {number}: a message of {max(len(each.message) for each in error.diagnostics)} characters"
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return f"{name} {number}: {type(error).__name__}: {str(error)[:200]}"
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        if grown > GROWTH:
            return f"{name} {number}: the memory grew by {grown} bytes"
    return ""


@pytest.fixture
def limited(monkeypatch):
    """A limit of data, so that what is above it is small, and the number of pixels that it changes."""
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    monkeypatch.setenv(VARIABLE, str(LIMIT))


def fuzz(name: str, numbers: range, folder: Path) -> None:
    if name == "parquet_file":
        pytest.importorskip("pyarrow")
    problems = [problem for number in numbers if (problem := check(name, number, folder / "mutant"))]
    assert problems == []


@pytest.mark.usefixtures("limited")
@pytest.mark.filterwarnings("ignore")  # of NumPy and Pillow, about odd values
@pytest.mark.parametrize("name", FORMATS)
def test_mutants(name, tmp_path):
    fuzz(name, range(30), tmp_path)


@pytest.mark.long
@pytest.mark.usefixtures("limited")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FORMATS)
def test_twenty_thousand_mutants(name, tmp_path):
    fuzz(name, range(20_000 // len(FORMATS)), tmp_path)
