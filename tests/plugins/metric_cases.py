"""Arrays with planted values, for the tests of metrics."""

import numpy as np
from rcmvae_plugins.metrics import PLUGINS

from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.protocols import NotApplicable, ReportArrays, ReportData

BY_NAME = {plugin.name: plugin for plugin in PLUGINS}


def planted(**arrays) -> ReportData:
    """Data of a run with these arrays alone."""
    given = {"labels": np.zeros(0, int), "probabilities": np.zeros((0, 0)), "class_names": ()} | arrays
    return ReportData(ReportArrays(**given), (), {})


def measured(name: str, data: ReportData, **settings):
    plugin = BY_NAME[name]
    return load_object(plugin.impl)(load_object(plugin.params)(**settings), data)


def reason(name: str, data: ReportData) -> str:
    result = measured(name, data)
    assert isinstance(result, NotApplicable), result
    return result.reason


def one_hot(channels, count: int) -> np.ndarray:
    """q(c|x) of inputs that are of one channel each."""
    return np.eye(count, dtype=np.float32)[np.asarray(channels)]


def clustered(channels, labels, count: int | None = None) -> ReportData:
    """Inputs of known channels and classes."""
    labels = np.asarray(labels)
    responsibilities = one_hot(channels, count or max(channels) + 1)
    return planted(labels=labels, probabilities=np.zeros((len(labels), 0)), responsibilities=responsibilities)
