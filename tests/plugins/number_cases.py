"""A run with everything that figures of numbers show, and unusual ones, for their tests."""

import numpy as np

from rcmvae_core.plugin.protocols.figure import ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays, Snapshot

from .figure_cases import bundle

EMPTY = ReportArrays(np.zeros(0, int), np.zeros((0, 0)), ())


def numbers(*, n=60, channels=4, dim=2, classes=4, seed=0):
    """Return arrays with σ, scores, and arrays by channel."""
    rng = np.random.default_rng(seed)
    members = np.arange(0, n, 2)
    by_channel = (len(members), channels)
    return bundle(n=n, channels=channels, dim=dim, classes=classes, seed=seed)._replace(
        sigma=rng.gamma(9, 0.02, n),
        squared_error=rng.gamma(9, 0.3, n),
        at_bound=rng.beta(1, 9, n),
        scores=rng.normal(size=(n, 2)),
        score_names=("first", "second"),
        score_thresholds=np.array([1.0, 1.2]),
        held_out_scores=rng.normal(1, 1, (30, 2)),
        members=members,
        selections=rng.dirichlet(np.full(channels, 0.3), len(members)),
        noisy_selections=rng.dirichlet(np.full(channels, 0.1), len(members)),
        channel_means=rng.normal(size=(*by_channel, dim)) * np.logspace(0, -3, dim),
        channel_kl=rng.gamma(2, 2, by_channel),
        embeddings=rng.normal(size=(channels, 6)),
        active=np.ones(channels, bool),
    )


def snapshot(epoch, *, channels=4, dim=2, classes=4, points=20):
    """Return a snapshot; at epoch e, the first e channels are active."""
    rng = np.random.default_rng(epoch)
    return Snapshot(
        epoch,
        usage=rng.dirichlet(np.ones(channels)),
        log_pi=np.log(rng.dirichlet(np.ones(channels))),
        active=np.arange(channels) < epoch,
        embeddings=rng.normal(size=(channels, 6)),
        tau=np.zeros((channels, classes)),
        latents=rng.normal(size=(points, dim)),
        channels=rng.integers(0, channels, points),
        labels=rng.integers(0, max(classes, 1), points) - (0 if classes else 1),
    )


def rows(*, seeds=2, epochs=6, weights=True):
    """Return a history in which the weight of `kl_z` grows, and two channels are unlocked."""

    def row(seed, epoch):
        values = {"train/kl_z": 4.0 + epoch, "train/reconstruction": 90.0 - epoch + seed}
        scale = {"weight/kl_z": epoch / epochs, "weight/reconstruction": 1.0} if weights else {}
        total = {"train/total": values["train/reconstruction"] + values["train/kl_z"] * epoch / epochs}
        unlocking = {"curriculum/active_channels": 2.0 + (epoch > 2) + (epoch > 4)}
        return {"seed": seed, "epoch": epoch, "step": 9 * epoch} | values | scale | total | unlocking

    return tuple(row(seed, epoch) for seed in range(seeds) for epoch in range(1, epochs + 1))


def run(arrays=None, *, history=None, snapshots=None, **sizes):
    """Return a run.

    Args:
        arrays: None for planted ones.
        history: None for that of `rows`.
        snapshots: None for four.
        sizes: of the planted arrays and snapshots.
    """
    arrays = numbers(**sizes) if arrays is None else arrays
    of_snapshot = {name: value for name, value in sizes.items() if name in {"channels", "dim", "classes"}}
    snapshots = tuple(snapshot(e, **of_snapshot) for e in (1, 2, 3, 4)) if snapshots is None else snapshots
    return ReportData(arrays, rows() if history is None else history, {}, 0, snapshots)


def with_nan_rows(data):
    """Return a run whose first rows, and first snapshot, are NaN."""

    def broken(record):
        changes = {}
        for name, value in record._asdict().items():
            if isinstance(value, np.ndarray) and value.size and np.issubdtype(value.dtype, np.floating):
                changes[name] = value.copy()
                changes[name][0] = np.nan
        return record._replace(**changes)

    return data._replace(
        arrays=broken(data.arrays), snapshots=(broken(data.snapshots[0]), *data.snapshots[1:])
    )


def all_nan(data):
    """Return a run whose every number is NaN."""

    def broken(record):
        floats = {
            name: np.full_like(value, np.nan)
            for name, value in record._asdict().items()
            if isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating)
        }
        return record._replace(**floats)

    snapshots = tuple(broken(each) for each in data.snapshots)
    history = tuple(
        {k: v if k in {"seed", "epoch", "step"} else np.nan for k, v in row.items()} for row in data.history
    )
    return data._replace(arrays=broken(data.arrays), snapshots=snapshots, history=history)


CASES = {
    "plain": run(),
    "single precision": run(
        ReportArrays(*(v.astype(np.float32) if getattr(v, "dtype", None) == np.float64 else v for v in numbers()))
    ),
    "one channel": run(channels=1),
    "one class": run(classes=1),
    "no classes": run(classes=0),
    "many of each": run(channels=200, classes=200, n=900),
    "many channels": run(channels=200),
    "many classes": run(classes=200, n=900),
    "one dimension": run(dim=1),
    "three dimensions": run(dim=3),
    "eight dimensions": run(dim=8),
    "one input": run(n=1),
    "unknown labels": run(numbers()._replace(labels=np.full(60, -1))),
    "long names": run(numbers()._replace(class_names=tuple(f"{y} " + 149 * "$x" for y in range(4)))),
    "nan rows": with_nan_rows(run()),
    "all nan": all_nan(run()),
    "nothing": ReportData(EMPTY, (), {}),
    "no snapshots": run(snapshots=()),
    "one snapshot": run(snapshots=(snapshot(1),)),
    "no weights": run(history=rows(weights=False)),
    "one epoch": run(history=rows(epochs=1)),
    "long terms": run(history=({"seed": 0, "epoch": 1, "step": 1, f"train/{300 * 'x'}": 1.0, "train/$a_": 2.0},)),
    "many terms": run(
        history=tuple(
            {"seed": 0, "epoch": e, "step": e, "train/total": 1.0}
            | {f"train/term {t}": float(t) for t in range(60)}
            | {f"weight/term {t}": 1.0 for t in range(60)}
            for e in range(3)
        )
    ),
    "infinite": run(
        numbers()._replace(scores=np.full((60, 2), np.inf), sigma=np.full(60, np.inf), log_pi=np.full(4, -np.inf))
    ),
    "constant": run(
        numbers()._replace(
            sigma=np.full(60, 0.1), squared_error=np.ones(60), scores=np.ones((60, 2)), channel_kl=np.zeros((30, 4)),
            channel_means=np.zeros((30, 4, 2)), embeddings=np.zeros((4, 6)),
        )
    ),
}  # fmt: skip
