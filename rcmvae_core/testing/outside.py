"""Data, figures and trackers: what meets files, pictures and services."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rcmvae_core.declarations import load_object
from rcmvae_core.diagnostics import Diagnostics, ReportData
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.protocols import Dataset, TrackedRun, Tracker
from rcmvae_core.testing.report import Fault, Skip
from rcmvae_core.testing.subject import Subject
from rcmvae_core.training import dataset as loaded
from rcmvae_core.training.inputs import everything

_METRICS = {"train/total": 1.0, "validation/elbo": -1.0}


def data(subject: Subject) -> None:
    """A data set keeps its contract, its tokens are true, and it is the same twice."""
    first, again = _load(subject), _load(subject)
    tokens = tuple(t for t in ("data.image", "data.features", "data.labels") if subject.provides(t))
    told = loaded.faults(first, tokens)
    if told:
        raise Fault("; ".join(f"{message} ({help_})" for message, help_ in told))
    if "data.labels" in tokens and not (np.asarray(first.labels) >= 0).any():
        raise Fault("it provides `data.labels`, but every label is -1")
    one, two = everything(first), everything(again)
    same = one.tobytes() == two.tobytes() and all(
        np.array_equal(getattr(first, name), getattr(again, name)) for name in ("labels", "train", "test")
    )
    if not same:
        raise Fault("loaded a second time it is another data set")


def _load(subject: Subject) -> Dataset:
    try:
        found = load_object(subject.part.registered.plugin.impl)(subject.part.params)
    except RcmvaeError as error:
        raise Skip(f"it cannot be loaded here: {error.diagnostics[0].message}") from None
    if not isinstance(found, Dataset):
        raise Fault(f"data must be a `Dataset`, got a `{type(found).__name__}`")
    return found


def bundle(*, count: int = 30, channels: int = 3, dim: int = 2, classes: int = 4) -> ReportData:
    """What a figure reads, of a model that was never trained."""
    rng = np.random.default_rng(0)
    shape = (6, 5, 1)
    table = rng.dirichlet(np.ones(classes), channels) if classes else np.zeros((channels, 0))
    probabilities = rng.dirichlet(np.ones(classes), count) if classes else np.zeros((count, 0))
    arrays = {
        "inputs": rng.random((4, *shape)),
        "reconstructions": rng.random((4, *shape)),
        "samples": rng.random((channels, 3, *shape)),
        "probabilities": probabilities,
        "responsibilities": rng.dirichlet(np.ones(channels), count),
        "latents": rng.normal(size=(count, dim)),
        "negative_log_likelihood": rng.gamma(9.0, 2.0, count),
        "kl_latent": rng.gamma(2.0, 1.0, count),
        "tau": table,
        "log_pi": np.log(np.full(channels, 1 / channels)),
    }
    diagnostics = Diagnostics(
        labels=rng.integers(0, max(1, classes), count) - (0 if classes else 1),
        class_names=tuple(f"class {n}" for n in range(classes)),
        **{name: array.astype(np.float32) for name, array in arrays.items()},
    )
    history = tuple({"seed": 0.0, "epoch": float(e), "step": 5.0 * e, **_METRICS} for e in (1, 2, 3))
    return ReportData(diagnostics, history, {})


def figure(subject: Subject) -> None:
    """A figure is drawn from any model's bundle, the same twice, and leaves no trace."""
    import matplotlib as mpl  # noqa: PLC0415 - only a figure needs it
    from matplotlib.figure import Figure  # noqa: PLC0415

    from rcmvae_core.report import draw, inked  # noqa: PLC0415

    make: Callable[..., Any] = load_object(subject.part.registered.plugin.impl)
    without_classes = () if "classifier.tau" in subject.part.capabilities().requires else (bundle(classes=0),)
    for read in (bundle(), bundle(channels=1), bundle(dim=1, count=2), *without_classes):
        before, kept = dict(mpl.rcParams), copy.deepcopy(read)
        with inked():
            styled = dict(mpl.rcParams)
            drawn = [make(subject.part.params, read) for _ in range(2)]
            changed = [name for name, value in styled.items() if mpl.rcParams[name] != value]
        if changed or dict(mpl.rcParams) != before:
            raise Fault(f"it changes matplotlib's settings: {', '.join(changed)}")
        if not all(isinstance(one, Figure) for one in drawn):
            raise Fault(f"a figure must be a matplotlib `Figure`, got a `{type(drawn[0]).__name__}`")
        if draw(drawn[0]) != draw(drawn[1]):
            raise Fault("drawn twice it gives different pictures")
        for name, value in kept.diagnostics._asdict().items():
            if not np.array_equal(np.asarray(value), np.asarray(getattr(read.diagnostics, name))):
                raise Fault(f"it changes `{name}`, which other figures read")


def tracker(subject: Subject) -> None:
    """A tracker follows a run to its end, and goes on with it under the same name."""
    make: Callable[..., Any] = load_object(subject.part.registered.plugin.impl)
    with tempfile.TemporaryDirectory() as folder:
        run = TrackedRun(
            "checked", Path(folder).resolve() / "run", {"name": "checked", "seeds": [0]}, (0,), None
        )
        run.folder.mkdir()
        try:
            first = make(subject.part.params, run)
        except RcmvaeError as error:
            raise Skip(f"it cannot begin here: {error.diagnostics[0].message}") from None
        _follow(first, 1)
        again = make(subject.part.params, run._replace(previous=first.id))
        _follow(again, 2)
        if again.id != first.id:
            raise Fault(f"continued, the run is `{again.id}`, where it began as `{first.id}`")


def _follow(found: Any, epoch: int) -> None:
    if not isinstance(found, Tracker):
        raise Fault(f"a tracker must be a `Tracker`, got a `{type(found).__name__}`")
    if not isinstance(found.id, str) or not found.id:
        raise Fault(f"`id` must be a text that names the run, got {found.id!r}")
    found.epoch(0, epoch, 5 * epoch, _METRICS)
    found.finish("interrupted" if epoch == 1 else "done", None)
