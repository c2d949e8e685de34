"""Trains each spec in a folder of its own, unless that has the results already."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.experiments.data_files import Files
from tests.benchmarks.experiments.questions import FOLDER

_STAGES, _EPOCHS = (0, 10, 20, 30), 50
"""Where channels are unlocked, of so many epochs."""


def command(spec: str, out: Path, settings: Sequence[str]) -> list[str]:
    """Return the arguments of `rcmvae` that train a spec, or resume it.

    Args:
        spec: below `experiments/`, without the ending.
        out: the run directory.
        settings: `--set` arguments.

    Example:
        >>> command("07-geometric/circle", Path("runs/circle"), ["train.epochs=5"])[2:]
        ['--out', 'runs/circle', '--resume', '--set', 'train.epochs=5']
    """
    path = str((FOLDER / f"{spec}.toml").relative_to(FOLDER.parent))
    return ["run", path, "--out", str(out), "--resume", *(a for s in settings for a in ("--set", s))]


def run_folder(folder: Path, spec: str) -> Path:
    """Return the run directory of a spec."""
    return folder / spec.replace("/", "-")


def is_done(out: Path) -> bool:
    """Return whether a run directory has all its results."""
    try:
        state = json.loads((out / "status.json").read_text(encoding="utf-8"))["state"]
    except (OSError, ValueError, KeyError):
        return False
    return state == "done" and (out / "summary.json").is_file()


def settings_of(spec: str, files: Files, epochs: int | None, settings: Sequence[str]) -> list[str]:
    """Return the `--set` arguments of a spec: its data, the number of epochs, and those that were passed.

    With another number of epochs, channels are unlocked at the same shares of them. The run of the source has one seed,
    and binary digits no channels that Gumbel noise chooses: what is passed for these does not go to them.

    Args:
        spec: below `experiments/`, without the ending.
        files: the data.
        epochs: of every spec; None for its own.
        settings: passed for every spec.
    """
    own = [] if epochs is None else [f"train.epochs={epochs}"]
    if spec.startswith("06-"):
        kept = [setting for setting in settings if not setting.startswith("routing.gumbel")]
        return [f"data.npz.path={_quoted(files.binary)}", *own, *kept]
    if files.grey is not None:
        names = {"path": str(files.grey), "labels": "y", "test_inputs": "test", "test_labels": "test_y"}
        own += [f"data.npz.{name}={json.dumps(value)}" for name, value in names.items()]
        own.append('data.npz.form="image"')
    if spec.endswith("/unlock") and epochs is not None:
        stages = [max(at * epochs // _EPOCHS, stage) for stage, at in enumerate(_STAGES)]
        own.append(f"curriculum.channels.at_epoch={stages}")
    return [*own, *(_without_seeds(settings) if spec.endswith("/source") else settings)]


def _quoted(path: Path) -> str:
    return json.dumps(str(path))


def _without_seeds(settings: Sequence[str]) -> list[str]:
    return [setting for setting in settings if not setting.startswith("seeds")]


def train(spec: str, folder: Path, settings: Sequence[str]) -> None:
    """Train a spec, unless its results are there.

    Raises:
        CalledProcessError: if the command fails; it has said why.
    """
    out = run_folder(folder, spec)
    if is_done(out):
        return
    arguments = command(spec, out, settings)
    subprocess.run([sys.executable, "-m", "rcmvae_core", *arguments], cwd=FOLDER.parent, check=True)
