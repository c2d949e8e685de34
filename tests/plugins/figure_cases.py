"""Data of every unusual kind of run, for the tests of figures."""

import numpy as np
from rcmvae_plugins.figures import PLUGINS

from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.protocols.figure import Plot, ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays

BY_NAME = {plugin.name: plugin for plugin in PLUGINS}
NASTY = (
    r"$\frac{",
    "snake_case_$x$",
    "<b>bold</b>",
    "a name that goes on and on & on",
    "猫",
    "",
    "a\nb",
    "%s {0}",
)


def bundle(*, n=40, channels=4, dim=2, classes=4, shape=(8, 8, 1), kept=7, samples=5, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, max(classes, 1), n)
    tau = rng.dirichlet(np.full(classes, 0.3), channels) if classes else np.zeros((channels, 0))
    responsibilities = rng.dirichlet(np.full(channels, 0.2), n)
    return ReportArrays(
        inputs=rng.uniform(size=(min(kept, n), *shape)),
        reconstructions=rng.uniform(size=(min(kept, n), *shape)),
        samples=rng.uniform(size=(channels, samples, *shape)),
        labels=labels,
        probabilities=responsibilities @ tau,
        responsibilities=responsibilities,
        latents=rng.normal(size=(n, dim)),
        negative_log_likelihood=rng.uniform(size=n),
        kl_latent=rng.uniform(size=n),
        tau=tau,
        log_pi=np.log(rng.dirichlet(np.ones(channels))),
        class_names=tuple(f"name {index}" for index in range(classes)),
    )


def history(seeds=2, epochs=5):
    return tuple(
        {"seed": s, "epoch": e, "step": 9 * e, "train/total": 9.0 - e + s, "train/kl_z": 0.5 * e}
        | ({"validation/total": 10.0 - e, "validation/accuracy": 0.1 * e} if e % 2 == 0 else {})
        for s in range(seeds)
        for e in range(epochs)
    )


def data(arrays=None, rows=None):
    return ReportData(bundle() if arrays is None else arrays, history() if rows is None else rows, {})


def result(name, arrays, **settings):
    """Return what a figure returns."""
    plugin = BY_NAME[name]
    return load_object(plugin.impl)(load_object(plugin.params)(**settings), arrays)


def build(name, arrays, **settings):
    """Return the figure alone; or why there is none."""
    built = result(name, arrays, **settings)
    return built.figure if isinstance(built, Plot) else built


def with_nan(arrays, *names):
    broken = {name: getattr(arrays, name).astype(float).copy() for name in names}
    for array in broken.values():
        array[0] = np.nan
    return arrays._replace(**broken)


FLOATS = ("inputs", "reconstructions", "samples", "probabilities", "responsibilities", "latents", "tau")
WHOLE = {name: np.full_like(getattr(bundle(), name), np.nan) for name in FLOATS}
EVERY = {
    "plain": data(),
    "one channel": data(bundle(channels=1)),
    "hundred channels": data(bundle(channels=100, n=300)),
    "hundred of each": data(bundle(classes=100, channels=100, n=300)),
    "one input": data(bundle(n=1)),
    "one of everything": data(bundle(n=1, channels=1, dim=1, classes=1, kept=1, samples=1)),
    "some nan": data(with_nan(bundle(), *FLOATS)),
    "all nan": data(bundle()._replace(**WHOLE)),
    "infinite prior": data(bundle()._replace(log_pi=np.array([0.0, *[-np.inf] * 3]))),
}
LABELLED = (
    "latent_scatter",
    "channel_samples",
    "tau_heatmap",
    "confusion",
    "reliability",
    "risk_coverage",
)
LABELS = {
    "two classes": data(bundle(classes=2)),
    "hundred classes": data(bundle(classes=100, n=300)),
    "no classifier": data(bundle(classes=0)),
    "nasty names": data(bundle(classes=8)._replace(class_names=NASTY)),
    "unknown labels": data(bundle()._replace(labels=np.full(40, -1))),
    "some unknown labels": data(bundle()._replace(labels=np.arange(40) % 5 - 1)),
    "missing names": data(bundle()._replace(class_names=())),
}
PICTURES = {
    "colour": data(bundle(shape=(6, 9, 3))),
    "two colours": data(bundle(shape=(6, 9, 2))),
    "features": data(bundle(shape=(13,))),
    "one feature": data(bundle(shape=(1,))),
    "many features": data(bundle(shape=(700,))),
    "some nan in features": data(with_nan(bundle(shape=(13,)), *FLOATS)),
    "nothing kept": data(bundle(kept=0, samples=0)),
}
CURVES = {
    "no history": data(rows=()),
    "no terms": data(rows=({"seed": 0, "epoch": 0, "step": 1},)),
    "one epoch": data(rows=history(1, 1)),
    "nan in history": data(rows=({"seed": 0, "epoch": 0, "step": 1, "train/total": np.nan},)),
    "infinity in history": data(
        rows=({"seed": 0, "epoch": 0, "step": 1, "train/total": np.inf}, *history(1)[1:])
    ),
    "term with a dollar": data(rows=({"seed": 0, "epoch": 0, "step": 1, "train/$a_": 1.0},)),
}
LATENTS = {
    "one dimension": data(bundle(dim=1)),
    "eight dimensions": data(bundle(dim=8)),
    "single precision": data(bundle()._replace(latents=bundle(dim=4).latents.astype(np.float32))),
    "collapsed latents": data(bundle(dim=5)._replace(latents=np.zeros((40, 5)))),
}
CASES = EVERY | LABELS | PICTURES | CURVES | LATENTS


def picture(axes):
    return np.asarray(axes.images[0].get_array())
