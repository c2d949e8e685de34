"""Check data sets, figures and trackers, which read or write files."""

from __future__ import annotations

import copy
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rcmvae_core.data.dataset import dataset_violations, scale_method
from rcmvae_core.data.inputs import read_all
from rcmvae_core.data.load import encode_table
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.protocols import Action, Dataset, Evaluated, TrackedRun, Tracker
from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.testing.plugin_case import PluginCase
from rcmvae_core.testing.report import CheckFailed, CheckSkipped

_METRICS = {"train/total": 1.0, "validation/elbo": -1.0}


def check_data(case: PluginCase) -> None:
    """Check that a data set is valid, has what its tokens declare, and is the same each time."""
    first, second = _load(case), _load(case)
    tokens = tuple(t for t in ("data.image", "data.features", "data.labels") if case.provides(t))
    violations = dataset_violations(first, tokens)
    if violations:
        raise CheckFailed("; ".join(f"{message} ({help_})" for message, help_ in violations))
    if "data.labels" in tokens and not (np.asarray(first.labels) >= 0).any():
        raise CheckFailed("it provides `data.labels`, but every label is -1")
    rows = [read_all(encode_table(each, None)).tobytes() for each in (first, second)]
    same = rows[0] == rows[1] and all(
        np.array_equal(getattr(first, name), getattr(second, name)) for name in ("labels", "train", "test")
    )
    if not same:
        raise CheckFailed("loaded a second time, it is another data set")


def _load(case: PluginCase) -> Dataset:
    try:
        dataset = load_object(case.part.registered.plugin.impl)(case.part.params)
    except RcmvaeError as error:
        message = f"it cannot be loaded here: {error.diagnostics[0].message}"
        required = [name for name, field in fields(type(case.part.params)).items() if field.required]
        if required:  # it was loaded with an example of its type, or with a value of the author's
            settings = " ".join(f"--set {name}=..." for name in required)
            raise CheckFailed(f"{message}; give {settings}, or `values` of `check_plugin`") from None
        raise CheckSkipped(message) from None
    if not isinstance(dataset, Dataset):
        raise CheckFailed(f"data must be a `Dataset`, got a `{type(dataset).__name__}`")
    # As a run does, which scales features in units of their own by default.
    return dataset._replace(scaled=scale_method(case.part.keys, dataset) != "none")


def report_data(*, count: int = 30, channels: int = 3, dim: int = 2, classes: int = 4) -> ReportData:
    """Return random data for a figure.

    Args:
        count: number of held-out inputs.
        channels: number of channels.
        dim: size of a latent.
        classes: number of classes; 0 for a run without a classifier.
    """
    rng = np.random.default_rng(0)
    shape = (6, 5, 1)
    table = rng.dirichlet(np.ones(classes), channels) if classes else np.zeros((channels, 0))
    probabilities = rng.dirichlet(np.ones(classes), count) if classes else np.zeros((count, 0))
    arrays: dict[str, Any] = {
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
    report_arrays = ReportArrays(
        labels=rng.integers(0, max(1, classes), count) - (0 if classes else 1),
        class_names=tuple(f"class {n}" for n in range(classes)),
        **{name: array.astype(np.float32) for name, array in arrays.items()},  # pyright: ignore[reportArgumentType]
    )
    history = tuple({"seed": 0.0, "epoch": float(e), "step": 5.0 * e, **_METRICS} for e in (1, 2, 3))
    return ReportData(report_arrays, history, {})


def check_figure(case: PluginCase) -> None:
    """Check that a figure can be drawn for any model, is the same each time, and changes no settings or data."""
    import matplotlib as mpl  # noqa: PLC0415 - only a figure needs it
    from matplotlib.figure import Figure  # noqa: PLC0415

    from rcmvae_core.report.drawing import draw, report_style  # noqa: PLC0415

    make: Callable[..., Any] = load_object(case.part.registered.plugin.impl)
    without_classes = (
        () if "classifier.tau" in case.part.capabilities().requires else (report_data(classes=0),)
    )
    for data in (report_data(), report_data(channels=1), report_data(dim=1, count=2), *without_classes):
        before, copied = dict(mpl.rcParams), copy.deepcopy(data)
        with report_style():
            styled = dict(mpl.rcParams)
            figures = [make(case.part.params, data) for _ in range(2)]
            changed = [name for name, value in styled.items() if mpl.rcParams[name] != value]
        if changed or dict(mpl.rcParams) != before:
            raise CheckFailed(f"it changes settings of matplotlib: {', '.join(changed)}")
        if not all(isinstance(each, Figure) for each in figures):
            raise CheckFailed(f"a figure must be a matplotlib `Figure`, got a `{type(figures[0]).__name__}`")
        if draw(figures[0]) != draw(figures[1]):
            raise CheckFailed("drawn twice, it gives different images")
        for name, value in copied.arrays._asdict().items():
            if not np.array_equal(np.asarray(value), np.asarray(getattr(data.arrays, name))):
                raise CheckFailed(f"it changes the array `{name}`, which other figures use")


def check_tracker(case: PluginCase) -> None:
    """Check that a tracker can track a run to its end, and resume it under the same id."""
    make: Callable[..., Any] = load_object(case.part.registered.plugin.impl)
    with tempfile.TemporaryDirectory() as folder:
        run = TrackedRun(
            "checked", Path(folder).resolve() / "run", {"name": "checked", "seeds": [0]}, (0,), None
        )
        run.folder.mkdir()
        try:
            first = make(case.part.params, run)
        except RcmvaeError as error:
            raise CheckSkipped(f"it cannot start here: {error.diagnostics[0].message}") from None
        _track(first, 1)
        resumed = make(case.part.params, run._replace(previous=first.id))
        _track(resumed, 2)
        if resumed.id != first.id:
            raise CheckFailed(f"the id of a resumed run must stay `{first.id}`, got `{resumed.id}`")


def check_callback(case: PluginCase) -> None:
    """Check that a callback returns an action after every epoch, and decides by what it is given alone."""
    history = [
        {"seed": 0.0, "epoch": float(e), "step": 5.0 * e, **_METRICS, "train/total": 1 / e}
        for e in range(1, 6)
    ]
    epochs = [Evaluated(0, e, 5 * e, history[e - 1], tuple(history[:e])) for e in range(1, 6)]
    first, second = case.build(), case.build()
    actions = [first(evaluated) for evaluated in epochs]
    if not all(isinstance(action, Action) for action in actions):
        raise CheckFailed(f"a callback must return an `Action`, got a `{type(actions[0]).__name__}`")
    wrong = {
        label: factor
        for action in actions
        for label, factor in action.weight_factors.items()
        if not isinstance(factor, int | float) or not 0 <= factor < math.inf
    }
    if wrong:
        label, factor = next(iter(wrong.items()))
        raise CheckFailed(
            f"the weight factor of `{label}` must be a finite number of at least 0, got {factor!r}"
        )
    # As after a resumed run, which calls a new callback with the later epochs only.
    if [second(evaluated) for evaluated in epochs[3:]] != actions[3:]:
        raise CheckFailed(
            "built anew, it decides otherwise: it must decide by `history` and not by what it remembers"
        )


def _track(tracker: Any, epoch: int) -> None:
    """Track one epoch, and the end of the run."""
    if not isinstance(tracker, Tracker):
        raise CheckFailed(f"a tracker must be a `Tracker`, got a `{type(tracker).__name__}`")
    if not isinstance(tracker.id, str) or not tracker.id:
        raise CheckFailed(f"`id` must be a string that is not empty, got {tracker.id!r}")
    tracker.epoch(0, epoch, 5 * epoch, _METRICS)
    tracker.finish("interrupted" if epoch == 1 else "done", None)
