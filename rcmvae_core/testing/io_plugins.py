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
from rcmvae_core.plugin.protocols.figure import NotApplicable, Plot
from rcmvae_core.testing.plugin_case import PluginCase
from rcmvae_core.testing.report import CheckFailed, CheckSkipped
from rcmvae_core.testing.report_data import report_data

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


def check_figure(case: PluginCase) -> None:
    """Check that a figure can be drawn or says why not, is the same each time, and changes no settings or data."""
    import matplotlib as mpl  # noqa: PLC0415 - only a figure needs it

    from rcmvae_core.report.drawing import report_style  # noqa: PLC0415

    make: Callable[..., Any] = load_object(case.part.registered.plugin.impl)
    without_classes = (
        () if "classifier.tau" in case.part.capabilities().requires else (report_data(classes=0),)
    )
    drawn = False
    for data in (report_data(), report_data(channels=1), report_data(dim=1, count=2), *without_classes):
        before, copied = dict(mpl.rcParams), copy.deepcopy(data)
        with report_style():
            styled = dict(mpl.rcParams)
            # To draw takes long, so that one of the bundles shows whether two drawings are alike.
            results = [make(case.part.params, data) for _ in range(1 if drawn else 2)]
            changed = [name for name, value in styled.items() if mpl.rcParams[name] != value]
        if changed or dict(mpl.rcParams) != before:
            raise CheckFailed(f"it changes settings of matplotlib: {', '.join(changed)}")
        if len({_drawing(result) for result in results}) > 1:
            raise CheckFailed("drawn twice, it gives different images")
        drawn = True
        for name, value in copied.arrays._asdict().items():
            if not np.array_equal(np.asarray(value), np.asarray(getattr(data.arrays, name))):
                raise CheckFailed(f"it changes the array `{name}`, which other figures use")


def _drawing(result: object) -> bytes | str:
    """Return the image of a figure, or the reason why there is none."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only a figure needs it

    from rcmvae_core.report.drawing import draw  # noqa: PLC0415

    if isinstance(result, NotApplicable):
        if not result.reason.strip():
            raise CheckFailed("`NotApplicable` must give a reason")
        return result.reason
    if isinstance(result, Plot):
        lengths = {name: len(column) for name, column in result.table.items()}
        if len(set(lengths.values())) > 1:
            sizes = ", ".join(f"`{name}` {length}" for name, length in lengths.items())
            raise CheckFailed(f"the columns of its table must be equally long, got {sizes}")
        result = result.figure
    if not isinstance(result, Figure):
        raise CheckFailed(
            "a figure must be a matplotlib `Figure`, a `Plot` or `NotApplicable`, "
            f"got a `{type(result).__name__}`"
        )
    return draw(result)


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
