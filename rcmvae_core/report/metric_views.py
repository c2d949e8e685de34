"""Says what the metrics of every run mean, and writes names and values of metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rcmvae_core.report.numbers import MISSING, format_number
from rcmvae_core.report.records import MetricView

_TITLES: Mapping[str, str] = {
    "negative_log_likelihood": "reconstruction NLL",
    "kl_latent": "KL(z)",
    "kl_channel": "KL(c)",
}
_ACRONYMS = frozenset(
    {"ari", "aupr", "auroc", "ece", "elbo", "f1", "fpr95", "kl", "mse", "nll", "nmi", "roc"}
)
STANDARD: Mapping[str, MetricView] = {
    "accuracy": MetricView("share of inputs whose class is predicted right", "%", "higher"),
    "balanced_accuracy": MetricView("mean over classes of the share that is predicted right", "%", "higher"),
    "macro_f1": MetricView("mean over classes of precision and recall in one", "", "higher"),
    "average_precision": MetricView("area under precision over recall", "", "higher"),
    "elbo": MetricView("lower bound of log p(x) per input", "nats", "higher"),
    "negative_log_likelihood": MetricView("error of the reconstruction per input", "nats", "lower"),
    "kl_latent": MetricView("information in the latent z per input", "nats"),
    "kl_channel": MetricView("information in the channel c per input", "nats"),
    "calibration_error": MetricView("mean gap between confidence and accuracy", "", "lower"),
}
"""The metrics that every run has on its validation and test data, the most important ones first."""
_UNKNOWN = MetricView("")
_LARGE = 1e6


def metric_title(name: str) -> str:
    """Return the heading of a metric.

    Example:
        >>> metric_title("active_channels"), metric_title("adaptive_ece"), metric_title("auroc/label")
        ('active channels', 'adaptive ECE', 'AUROC (label)')
    """
    plugin, _, value = name.partition("/")
    words = (word.upper() if word in _ACRONYMS else word for word in plugin.split("_"))
    title = _TITLES.get(plugin) or " ".join(words)
    return f"{title} ({value})" if value else title


def heading(name: str) -> str:
    """Return the heading of a figure or a metric.

    Example:
        >>> heading("channel_kl")
        'Channel KL'
    """
    title = metric_title(name)
    return title[:1].upper() + title[1:]


def metric_view(name: str, declared: Mapping[str, MetricView]) -> MetricView:
    """Return what is known about a metric; of one with several values, such as `auroc/label`, what its plugin says.

    Args:
        name: the metric.
        declared: the metrics of the spec, by the name of their plugin.
    """
    return STANDARD.get(name) or declared.get(name.partition("/")[0], _UNKNOWN)


def format_value(value: float | None, unit: str = "", deviation: float | None = None) -> str:
    """Format a value of a metric with as many digits as its size needs.

    Args:
        value: the value; None if it could not be computed.
        unit: of the metric; a share whose unit is `%` is multiplied by 100.
        deviation: the standard deviation over seeds.

    Example:
        >>> format_value(0.9325, "%", 0.005), format_value(-23.865, "nats"), format_value(0.93251)
        ('93.25 ± 0.50 %', '−23.86 nats', '0.933')
    """
    if value is None:
        return MISSING
    scale = 100.0 if unit == "%" else 1.0
    digits = _digits(value, unit, deviation)
    text = format_number(scale * value, digits)
    if deviation is not None and not math.isnan(deviation):
        text += f" ± {_format_deviation(scale * deviation, digits)}"
    return f"{text} {unit}".rstrip()


def _digits(value: float, unit: str, deviation: float | None) -> int:
    """Return the number of digits behind the point: none for a count, more for a share than for a large value."""
    if unit or not math.isfinite(value):
        return 2
    if value == round(value) and not deviation:
        return 0
    return next((digits for bound, digits in ((1.0, 2), (0.01, 3)) if abs(value) >= bound), 4)


def _format_deviation(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if 0 <= value < _LARGE else format_number(value, digits)
