"""Arrays of a whole model, with pictures and with latents by channel, for the tests of figures that show them."""

import numpy as np

from rcmvae_core.plugin.protocols import ReportData

from .figure_cases import bundle

PICTURES = (
    "reconstructions",
    "channel_reconstructions",
    "channel_samples",
    "class_samples",
    "traversals",
    "pseudo_inputs",
    "sigma_maps",
    "sigma_extremes",
    "hardest",
    "most_unusual",
)
LATENTS = ("latent_scatter", "latent_map", "prior_centres")
STEPS = 5


def model(*, n=60, channels=4, dim=2, classes=4, shape=(8, 8, 1), kept=12, shared=False, seed=0):
    """Return arrays that are all random."""
    rng = np.random.default_rng(seed)
    arrays = bundle(n=n, channels=channels, dim=dim, classes=classes, shape=shape, kept=kept, seed=seed)
    decoded, axes, count = min(channels, 6), min(dim, 2), len(arrays.inputs)
    members = np.arange(0, n, 2)
    by_channel = (len(members), 1 if shared else channels, dim)

    def pictures(*leading):
        return rng.uniform(size=(*leading, *shape))

    return arrays._replace(
        shown=np.sort(rng.permutation(n)[:count]),
        sigma=rng.uniform(0.1, 0.4, n),
        squared_error=rng.uniform(size=n),
        scores=rng.uniform(size=(n, 2)),
        score_names=("label", "elbo"),
        score_thresholds=np.array([0.8, 0.9]),
        selected_reconstructions=pictures(count),
        alternative_reconstructions=pictures(count if channels > 1 else 0),
        sigma_maps=pictures(count) * 0.3 + 0.05,
        decoded_channels=np.argsort(-arrays.responsibilities.mean(axis=0), kind="stable")[:decoded],
        channel_reconstructions=pictures(min(5, count), decoded),
        traversals=pictures(decoded, axes, STEPS),
        traversal_values=np.linspace(-2, 2, STEPS) + rng.uniform(size=(decoded, axes, 1)),
        class_samples=pictures(classes, 5),
        members=members,
        channel_means=rng.normal(size=by_channel),
        channel_log_vars=rng.normal(size=by_channel) - 2,
        prior_means=rng.normal(size=(channels, dim)),
        pseudo_inputs=pictures(channels),
        decoded_pseudo_inputs=pictures(channels),
    )


def run(arrays):
    return ReportData(arrays, (), {})


def floats(arrays):
    return {k: v for k, v in arrays._asdict().items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}


def with_nan_rows(arrays):
    """Return the arrays with NaN in the first row of each array."""
    broken = {name: value.copy() for name, value in floats(arrays).items() if len(value)}
    for value in broken.values():
        value[0] = np.nan
    return arrays._replace(**broken)


EVERY = {
    "plain": model(),
    "one channel": model(channels=1),
    "no labels": model(classes=0)._replace(labels=np.full(60, -1)),
    "200 classes": model(classes=200, n=400),
    "200 channels": model(channels=200, n=400),
    "nan rows": with_nan_rows(model()),
    "all nan": model()._replace(**{k: np.full_like(v, np.nan) for k, v in floats(model()).items()}),
    "long names": model()._replace(class_names=("x" * 300, "<script>", "$\\frac{", "\u732b" * 300)),
    "one input": model(n=1, kept=1),
    "old": bundle(),
}
SHAPES = {
    "colour": model(shape=(6, 9, 3)),
    "features": model(shape=(13,)),
    "one feature": model(shape=(1,)),
    "series": model(shape=(120,)),
    "without pictures": model(kept=0),
}
DIMENSIONS = {
    "shared": model(shared=True),
    "one dimension": model(dim=1),
    "one shared dimension": model(dim=1, shared=True),
    "three dimensions": model(dim=3),
    "eight shared dimensions": model(dim=8, shared=True),
    "nan rows of eight dimensions": with_nan_rows(model(dim=8)),
    "eight dimensions of one input": model(dim=8, n=1, kept=1),
}
CASES = EVERY | SHAPES | DIMENSIONS
TABLE = [
    *((name, case) for name in PICTURES + LATENTS for case in EVERY),
    *((name, case) for name in PICTURES for case in SHAPES),
    *((name, case) for name in LATENTS for case in DIMENSIONS),
    ("traversals", "one dimension"),
    ("traversals", "three dimensions"),
]
