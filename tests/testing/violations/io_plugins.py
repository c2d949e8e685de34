"""Plugins that read results or read and write files, and that violate their contract."""

from __future__ import annotations

import random
import time

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from rcmvae_core import Action, Dataset, NotApplicable, Plot
from tests.testing.violations.violation import violates


def _dataset(**changes):
    rng = np.random.default_rng(0)
    dataset = Dataset(
        rng.integers(0, 256, (20, 4, 4, 1), np.uint8), (np.arange(20) % 2).astype(np.int32), np.arange(15),
        np.arange(15, 20), ("a", "b"), 255.0,
    )  # fmt: skip
    return dataset._replace(**changes)


@violates("data", "contract", "another data set", provides=("data.image", "data.labels"))
def shuffles(params):
    """Another order each time."""
    order = np.array(random.SystemRandom().sample(range(20), 20))
    return _dataset(train=order[:15], test=order[15:])


@violates("data", "contract", "expected", provides=("data.features", "data.labels"))
def is_no_features(params):
    """Images that are declared as features."""
    return _dataset()


@violates("figure", "drawing", "must be a matplotlib `Figure`")
def draws_nothing(params, data):
    """None."""


@violates("figure", "drawing", "must be equally long, got `x` 2, `y` 1")
def shows_more_than_it_says(params, data):
    """Columns of different lengths."""
    return Plot(Figure(), {"x": [1, 2], "y": [3]})


@violates("figure", "drawing", "must give a reason")
def gives_no_reason(params, data):
    """No reason."""
    return NotApplicable("")


@violates("figure", "drawing", "gives different images")
def draws_at_random(params, data):
    """Another reason each time."""
    return NotApplicable(str(random.SystemRandom().random()))


@violates("figure", "drawing", "changes settings of matplotlib")
def changes_settings(params, data):
    """Changes global settings."""
    mpl.rcParams["lines.linewidth"] = mpl.rcParams["lines.linewidth"] + 1
    return Figure()


@violates("metric", "values", "expected a number, numbers by name or `NotApplicable`")
def measures_every_input(params, data):
    """An array."""
    return data.arrays.negative_log_likelihood


@violates("metric", "values", "for one channel: `divides_by_zero` is nan")
def divides_by_zero(params, data):
    """0 / 0 for one channel."""
    channels = data.arrays.responsibilities.shape[1]
    return float("nan") if channels == 1 else 1.0


@violates("metric", "values", "computed twice")
def measures_at_random(params, data):
    """A random number."""
    return random.SystemRandom().random()


@violates("metric", "values", "changes the array `probabilities`")
def sorts_the_arrays(params, data):
    """Changes an array."""
    data.arrays.probabilities.sort(axis=1)
    return 1.0


@violates("metric", "values", "other arrays change its values", provides=("metric.predictions",))
def reads_more_than_it_says(params, data):
    """Reads the latents."""
    return float(data.arrays.latents.size)


@violates("metric", "values", "gives no reason")
def never_applies(params, data):
    """No reason."""
    return NotApplicable("")


@violates(
    "metric", "values", "both the higher and the lower",
    provides=("metric.higher_is_better", "metric.lower_is_better"),
)  # fmt: skip
def has_two_directions(params, data):
    """One."""
    return 1.0


@violates("callback", "actions", "must return an `Action`")
def answers_with_a_word(params, context):
    """A word."""
    return lambda _: "stop"


@violates("callback", "actions", "decides otherwise")
def counts_its_calls(params, context):
    """Stops at its fourth call, whatever the epoch."""
    calls = []

    def callback(evaluated):
        calls.append(evaluated.epoch)
        return Action(stop=len(calls) > 3)

    return callback


@violates("callback", "actions", "weight factor of `kl_z` must be a finite number of at least 0, got -1")
def reverses_a_loss(params, context):
    """A negative factor."""
    return lambda _: Action(weight_factors={"kl_z": -1.0})


@violates("exporter", "files", "at least one file")
def writes_nothing(params, context):
    """No file."""
    return lambda *_: None


@violates("exporter", "files", "writes other files")
def writes_the_time(params, context):
    """The time."""

    def export(_, folder):
        (folder / "time").write_text(str(time.perf_counter_ns()))

    return export


@violates("exporter", "files", "must not change the model")
def rounds_the_arrays(params, context):
    """Changes an array."""

    def export(model, folder):
        for name, array in model.arrays.items():
            np.round(array, out=array)
            (folder / "names").write_text(name)

    return export
