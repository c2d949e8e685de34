"""Any content of any file of a run directory or an export ends in a result or a diagnostic: fuzzed, in this process.

`RCMVAE_MUTANTS` is the number of mutants of the long version. What is compiled is shared by all mutants: models are kept by
their spec and sizes, because compiling is no part of what is tested and takes a hundred times as long as the rest.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcmvae_core.cli.actions import evaluate, evaluate_figures
from rcmvae_core.cli.main import main
from rcmvae_core.experiment import results
from rcmvae_core.experiment import run as run_module
from rcmvae_core.inference import export, load, restore
from rcmvae_core.inference.sampler import Sampler
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.file_hashes import file_hashes
from rcmvae_core.rundir import lockfile, trained_with, verify_lock
from rcmvae_core.spec.write import document, dumps
from rcmvae_core.training import setup
from tests.support.mutants import mutate, reset
from tests.support.small_training import TINY

MOST_SECONDS = 8.0
MOST_MEMORY = 2 * 2**20
"""KiB of memory that the process may grow by while it reads mutants."""
STEP = "checkpoints/seed-0/step-000000040"
MODEL = ("predict", "sample", "suggest", "evaluate", "export", "load")
FILES: dict[str, tuple[str, ...]] = {
    "run/spec.toml": (*MODEL, "learn", "resume"),
    "run/model.json": (*MODEL, "learn", "resume"),
    "run/run.lock.toml": ("load", "resume", "predict"),
    "run/status.json": ("resume",),
    "run/summary.json": ("resume", "figures"),
    "run/metrics.jsonl": ("resume again", "figures"),
    "run/diagnostics/seed-0.npz": ("figures",),
    "run/reference.npz": ("predict", "suggest", "evaluate", "export"),
    "run/calibration.npz": ("predict", "evaluate", "export"),
    "run/origin.json": ("resume again",),
    "run/trackers.json": ("resume again",),
    f"run/{STEP}.json": (*MODEL, "resume again", "warm start"),
    f"run/{STEP}/arrays.safetensors": ("load", "predict", "resume again", "warm start"),
    "export/config.json": ("load", "predict", "sample"),
    "export/model.toml": ("load", "predict"),
    "export/model.safetensors": ("load", "predict"),
    "export/model.stablehlo": ("load",),
    "export/reference.npz": ("predict",),
    "export/calibration.npz": ("predict",),
}
"""The commands that read each file."""
WORDS: dict[str, tuple[str, ...]] = {
    "predict": ("predict", "{folder}", "x.npy", "-o", "out.csv"),
    "sample": ("sample", "{folder}", "-n", "3", "-o", "out"),
    "suggest": ("suggest", "{folder}", "-n", "3"),
    "evaluate": ("evaluate", "{folder}"),
    "figures": ("evaluate", "{folder}", "--figure", "loss_curves", "-o", "out"),
    "export": ("export", "{folder}", "-o", "exported"),
    "learn": ("learn", "{folder}", "--epochs", "1", "-o", "learned"),
    "warm start": ("learn", "{folder}", "--warm-start", "--epochs", "1", "-o", "learned"),
    "resume": ("resume", "{folder}"),
    "resume again": ("resume", "{folder}"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, its export and inputs; `resume` finds all records that it can read."""
    folder = tmp_path_factory.mktemp("fuzzed")
    (folder / "tiny.toml").write_bytes(TINY + b"[score.unexplained]\n[calibrator.temperature]\n")
    out = folder / "pristine" / "run"
    settings = [
        word
        for value in ("train.epochs=2", "figure.loss_curves={}", "metric.nll={}")
        for word in ("--set", value)
    ]
    assert main(["run", str(folder / "tiny.toml"), *settings, "--out", str(out)]) == 0
    assert main(["export", str(out), "-o", str(folder / "pristine" / "export")]) == 0
    (out / "trackers.json").write_text('{"format": 2, "ids": {"mlflow": "a"}}')
    (out / "origin.json").write_text(f'{{"format": 1, "run": "{out}", "steps": {{"0": 40}}}}')
    for name in ("figures", "tensorboard"):
        shutil.rmtree(out / name)
    (out / "report.html").unlink()
    np.save(folder / "pristine" / "x.npy", np.zeros((3, 8, 8, 1), np.uint8))
    return folder


@pytest.fixture
def shared_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share what was built and compiled for the same spec and sizes."""
    registry, memory = discover(), dict[Any, Any]()

    def remembered(function: Callable[..., Any], key: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **named: Any) -> Any:
            name = (function, key(*words))
            if name not in memory:
                if len(memory) > 200:
                    memory.clear()
                memory[name] = function(*words, **named), words
            return memory[name][0]

        return call

    def spec(resolved: Any, *others: Any) -> str:
        return dumps(document(resolved, registry.kinds)) + repr(others)

    build = remembered(load.build_model, spec)
    blank = remembered(restore.blank_state, lambda model, info: (id(model), repr(info)))
    hashes = remembered(file_hashes, lambda names: tuple(sorted(names)))
    for module in (load, export):
        monkeypatch.setattr(module, "build_model", build)
        monkeypatch.setattr(module, "blank_state", blank)
    for module in (trained_with, lockfile, verify_lock, export):
        monkeypatch.setattr(module, "file_hashes", hashes)
    monkeypatch.setattr(export, "serialize_program", lambda _: b"program")
    for module in (evaluate, evaluate_figures):
        monkeypatch.setattr(module, "draw", lambda *_: b"figure")
    monkeypatch.setattr(run_module, "prepare", remembered(setup.prepare, spec))
    monkeypatch.setattr(run_module, "compile_programs", remembered(run_module.compile_programs, id))
    monkeypatch.setattr(results, "write_report", lambda *_, **__: Path("report.html"))
    programs = ((TrainedModel, "describe"), (TrainedModel, "_predict_resampled"), (Sampler, "_decode_draws"))
    for class_, name in programs:
        program = remembered(vars(class_)[name].func, lambda owner: id(owner.model))
        monkeypatch.setattr(class_, name, property(program))


class HangError(BaseException):
    """A command takes too long; no `Exception`, which might be reported as a diagnostic."""


class Report:
    """What the mutants led to."""

    def __init__(self) -> None:
        self.counts, self.problems, self.slowest = Counter[str](), list[str](), 0.0


def run_mutants(home: Path, number: int, seed: int) -> Report:
    """Run commands on mutants.

    Args:
        home: as of the fixture.
        number: of mutants.
        seed: of their choice.
    """
    rng, report, work = random.Random(seed), Report(), home / "work"
    pairs = [(file, command) for file, commands in FILES.items() for command in commands]
    for index in range(number):
        file, command = pairs[index % len(pairs)] if number >= len(pairs) else rng.choice(pairs)
        reset(work, home / "pristine")
        what = mutate(work / file, rng)
        if rng.random() < 0.2 and (work / file).is_file() and (work / file).stat().st_size:
            with contextlib.suppress(Exception):  # what is no JSON any more cannot be changed as JSON
                what += f", {mutate(work / file, rng)}"
        if file.endswith("arrays.safetensors") and (work / file).is_file() and rng.random() < 0.5:
            _seal(work / file)
            what += ", with its hash"
        before = _listing(home)
        for option in ((), ("--allow-edited",)) if command != "figures" else ((),):
            outcome, seconds = _call(work, work / file.split("/")[0], command, option)
            report.slowest = max(report.slowest, seconds)
            report.counts[outcome.split(":")[0]] += 1
            if outcome.startswith("problem"):
                report.problems.append(f"{file} ({what}), {command} {option}: {outcome}")
                break
        if _listing(home) != before:
            report.problems.append(f"{file} ({what}), {command}: wrote outside")
    return report


def _seal(path: Path) -> None:
    """Write the size and the hash of a checkpoint's arrays to its record, as if they had been saved so."""
    record = path.parent.with_suffix(".json")
    content = path.read_bytes()
    values = json.loads(record.read_text())
    values["files"][path.name] = [len(content), hashlib.blake2b(content).hexdigest()[:32]]
    record.write_text(json.dumps(values))


def _listing(home: Path) -> list[tuple[str, int]]:
    """Return the files beside the folder that commands may write to."""
    others = [path for path in home.rglob("*") if "work" not in path.relative_to(home).parts[:1]]
    return sorted((str(path), path.stat().st_mtime_ns) for path in others)


def _call(
    work: Path, folder: Path, command: str, options: tuple[str, ...], hangs_after: int = 20
) -> tuple[str, float]:
    """Run a command.

    Args:
        work: the working directory.
        folder: the run directory or the export.
        command: of `WORDS`, or `load`.
        options: more words.
        hangs_after: seconds, on a clock.

    Returns:
        How it ended, a code or a problem, and its seconds of this process: others may be busy.
    """
    for name in ("out", "exported", "learned"):
        shutil.rmtree(work / name, ignore_errors=True)
    if command == "resume again":
        (folder / "status.json").write_text('{"state": "interrupted"}')
    log = work / "output.txt"
    started = time.process_time()
    signal.signal(signal.SIGALRM, _interrupt)
    signal.alarm(hangs_after)
    try:
        with (
            log.open("w") as output,
            contextlib.chdir(work),
            contextlib.redirect_stderr(output),
            contextlib.redirect_stdout(output),
        ):
            code = _load(folder, options) if command == "load" else main(_words(folder, command, options))
    except BaseException:  # noqa: BLE001 - whatever it is, a user would see it
        return f"problem: {traceback.format_exc()[-1500:]}", 0.0
    finally:
        signal.alarm(0)
        gc.enable()
    text = log.read_text()
    if code not in (0, 1, 2) or (code and "error[" not in text and command != "load"):
        return f"problem: exit {code} {text[-1500:]}", 0.0
    return str(code), time.process_time() - started


def _interrupt(*_: object) -> None:
    raise HangError


def _words(folder: Path, command: str, options: tuple[str, ...]) -> list[str]:
    return [word.format(folder=folder.name) for word in WORDS[command]] + list(options)


def _load(folder: Path, options: tuple[str, ...]) -> int:
    from rcmvae_core.errors import RcmvaeError

    try:
        load.load(folder, warn=lambda _: None, allow_edited=bool(options))
    except RcmvaeError as error:
        return error.exit_code
    return 0


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python warnings of a command are no errors, and learning ends before training."""
    import warnings

    monkeypatch.setattr("rcmvae_core.cli.actions.learn.train", lambda *_: 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check(home: Path, number: int, seed: int) -> None:
    """Run mutants, and report every problem; every command first runs once on what is intact, which compiles it."""
    intact = {(file.split("/")[0], command) for file, commands in FILES.items() for command in commands}
    for folder, command in sorted(intact):
        reset(home / "work", home / "pristine")
        outcome, _ = _call(home / "work", home / "work" / folder, command, (), hangs_after=120)
        assert outcome == "0", (folder, command)
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    report = run_mutants(home, number, seed)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    rate = number / (time.monotonic() - start)
    print(
        f"{number} mutants, {rate:.1f} a second, slowest {report.slowest:.1f} s, {grown} KiB: {report.counts}"
    )
    assert not report.problems, f"{len(report.problems)} problems:\n" + "\n\n".join(report.problems[:20])
    assert report.slowest < MOST_SECONDS
    assert grown < MOST_MEMORY


@pytest.mark.usefixtures("shared_programs", "quiet")
def test_some_mutants(home: Path) -> None:
    check(home, sum(map(len, FILES.values())), seed=1)


@pytest.mark.long
@pytest.mark.usefixtures("shared_programs", "quiet")
def test_many_mutants(home: Path) -> None:
    check(home, int(os.environ.get("RCMVAE_MUTANTS", "20000")), seed=int(os.environ.get("RCMVAE_SEED", "2")))
