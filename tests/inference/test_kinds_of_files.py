"""Every command refuses what is no regular file at once, whichever of its arguments or parameters names it."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from tests.inference.test_data_fuzz import BASE
from tests.runtime.test_user_files import KINDS
from tests.support.commands import QUICKSTART

DATA = {
    "table": 'path = "{}"',
    "npz": 'path = "{}"',
    "npy": 'inputs = "{}"',
    "npy labels": 'inputs = "x.npy"\nlabels = "{}"',
    "image_folder": 'path = "{}"',
    "image_folder labels": 'path = "."\nlabels = "{}"',
    "table test": 'path = "x.csv"\ntest_path = "{}"',
}
COMMANDS = {
    "validate": "validate {x}.toml",
    "run": "run {x}.toml",
    "fill": "fill {x}.toml",
    "diff": "diff {quickstart} {x}.toml",
    "explain": "explain {x}.toml latent.dim",
    "extends": "validate extends.toml",
    "migrate": "migrate {x}.yaml",
    "migrate toml": "migrate {x}.toml",
    "locked": "run {quickstart} --locked --lock-file {x}.lock",
    "new spec csv": "new spec --from {x}.csv",
    "new spec npz": "new spec --from {x}.npz",
    "new spec npy": "new spec --from {x}.npy",
    **{
        f"predict {end}": f"predict {{run}} {{x}}.{end} -o out.csv"
        for end in ("csv", "npz", "npy", "gz", "png", "parquet")
    },
    "predict labels": "predict {run} x.npy --labels {x}.npy -o out.csv",
    "evaluate": "evaluate {run} --against {x}.npy",
    "import csv": "label {run} import {x}.csv",
    "import jsonl": "label {run} import {x}.jsonl",
    "store": "label {run} show --store {x}.sqlite",
    "store of a writer": "label {run} add three --store {x}.sqlite",
    "suggest": "suggest {run} --store {x}.sqlite",
    "learn": "learn {run} --store {x}.sqlite",
    **{name: f"validate --data data-{index}.toml" for index, name in enumerate(DATA)},
}
SUFFIXES = ("toml", "yaml", "lock", "csv", "npz", "npy", "gz", "png", "parquet", "jsonl", "sqlite")
ALLOWED = {
    # A folder is data of its own, and a data set of images may be one.
    ("a folder", "image_folder"), ("a folder", "predict csv"), ("a folder", "predict npz"), ("a folder", "predict npy"),
    ("a folder", "predict gz"), ("a folder", "predict png"), ("a folder", "predict parquet"), ("a folder", "evaluate"),
}  # fmt: skip


def cases() -> Iterator[object]:
    """Yield each command with each kind; those that load a run with a pipe alone, unless tests may take long."""
    for name, command in COMMANDS.items():
        for kind in KINDS:
            marks = [pytest.mark.long] if "{run}" in command and kind != "a named pipe" else []
            yield pytest.param(name, kind, marks=marks, id=f"{name}-{kind}")


CASES = list(cases())


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Generator[Path]:
    import numpy as np

    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.zeros((4, 8, 8, 1), np.uint8))
    Path("x.csv").write_text("a,b\n1,2\n3,4\n")
    Path("extends.toml").write_text('extends = ["odd.toml"]\n')
    for index, (name, values) in enumerate(DATA.items()):
        plugin, _, part = name.partition(" ")
        suffix = {"table": "csv", "npz": "npz", "npy": "npy"}.get(plugin, "csv" if part else "png")
        text = f"{BASE}[data.{plugin}]\n{values.format(f'odd.{suffix}')}\n"
        Path(f"data-{index}.toml").write_text(text)

    def late(*_: object) -> None:
        raise TimeoutError("it waits")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(30)
    yield tmp_path
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_what_is_no_file_is_refused(folder, run, capfd, name, kind):
    for suffix in SUFFIXES:
        KINDS[kind](folder / f"odd.{suffix}")
    before = sorted(folder.iterdir())
    code = main(COMMANDS[name].format(x="odd", run=run, quickstart=QUICKSTART).split())
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    assert code == (1 if "error[E611]" in err else 2), err
    assert "error[E" in out + err
    if (kind, name) not in ALLOWED:
        assert f"is {kind}, not a file" in err or kind == "a folder" or "is not a folder" in err, err
    assert sorted(folder.iterdir()) == before


def test_a_long_path_is_missing(folder, run, capfd):
    long = "x" * 5000
    for command in ("predict {run} {x}.csv -o out.csv", "new spec --from {x}.csv", "validate {x}.toml",
                    "label {run} import {x}.csv", "label {run} assign 3 --as 1 --store {x}", "suggest {run} --store {x}",
                    "evaluate {run} --against {x}.csv", "predict {run} {x}*.csv -o out.csv"):  # fmt: skip
        assert main(command.format(x=long, run=run).split()) in (1, 2)
        message = capfd.readouterr().err
        assert "error[E" in message
        assert "Traceback" not in message


def test_a_decompressed_copy_is_not_named(folder, run, capfd):
    import gzip

    Path("wrong.npy.gz").write_bytes(gzip.compress(b"no array"))
    assert main(["predict", str(run), "wrong.npy.gz", "-o", "out.csv"]) == 2
    err = capfd.readouterr().err
    assert "`wrong.npy.gz`: is neither a .npy nor an IDX file" in err
    assert "/unpacked/" not in err
