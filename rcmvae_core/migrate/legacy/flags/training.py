"""Translate the flags of training, and those without a counterpart."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.legacy.derived import predicts_labels
from rcmvae_core.migrate.legacy.flag import (
    Flag,
    FlagValues,
    Outcome,
    SetValue,
    Translate,
    Unsupported,
    Unused,
    Warn,
    copy_to,
    if_set,
)
from rcmvae_core.migrate.legacy.values import any_value, choice, integer, number


def _optimizer(flags: FlagValues) -> str:
    return "train.optimizer.adamw" if flags["weight_decay"] > 0 else "train.optimizer.adam"


def _learning_rate(flags: FlagValues) -> Iterator[Outcome]:
    yield from copy_to("learning_rate", f"{_optimizer(flags)}.learning_rate")(flags)


def _weight_decay(flags: FlagValues) -> Iterator[Outcome]:
    if flags["weight_decay"] > 0:
        yield from copy_to("weight_decay", "train.optimizer.adamw.weight_decay")(flags)
    else:
        yield SetValue("train.optimizer.adam")


def _clip(flags: FlagValues) -> Iterator[Outcome]:
    if flags.is_null("grad_clip_norm"):
        yield Unused("null: gradients are not clipped")
    else:
        yield from copy_to("grad_clip_norm", f"{_optimizer(flags)}.clip_norm")(flags)


def _patience(flags: FlagValues) -> Iterator[Outcome]:
    patience = flags["patience"]
    why = "" if flags.is_set("patience") else "the old default"
    if patience < 1:
        # The old system counted an epoch without improvement before it compared, so 0 and less stopped as 1 does.
        patience, why = 1, f"{patience} had the same effect"
    yield SetValue("train.patience", patience, why)
    yield SetValue("train.select", "best", "the old system kept the weights of the best epoch")
    if flags.is_set("patience") and not flags.is_set("monitor_metric"):
        yield _monitor_warning(flags)


def _old_metric(flags: FlagValues) -> str:
    """Return the metric that the old system monitored: `loss` or `classification_loss`."""
    if flags["monitor_metric"] == "auto":
        return "loss" if flags["num_labeled"] == 0 else "classification_loss"
    return flags["monitor_metric"]


def _monitor(flags: FlagValues) -> str:
    """Return the metric that is closest to the old one; accuracy needs a classifier."""
    return "accuracy" if _old_metric(flags) == "classification_loss" and predicts_labels(flags) else "elbo"


def _monitor_metric(flags: FlagValues) -> Iterator[Outcome]:
    why = "" if flags.is_set("monitor_metric") else f"the old default was {flags['monitor_metric']}"
    yield SetValue("train.monitor", _monitor(flags), why)
    if flags.is_set("monitor_metric"):
        yield _monitor_warning(flags)


def _monitor_warning(flags: FlagValues) -> Warn:
    if _monitor(flags) == "accuracy":
        message = (
            "early stopping monitored the classification loss of the validation data; `train.monitor` is their "
            "accuracy"
        )
        return Warn("W503", message, ('to monitor the likelihood write monitor = "elbo" below [train]',))
    if _old_metric(flags) == "loss":
        message = (
            "early stopping monitored the weighted loss of the validation data; `train.monitor` is their ELBO, whose "
            "terms have no weights"
        )
        return Warn("W503", message, ("to stop later increase patience below [train]",))
    message = (
        "early stopping monitored the classification loss of the validation data; without tau there is no classifier, "
        "and `train.monitor` is their ELBO"
    )
    return Warn("W503", message, ("to monitor the accuracy write `use_tau_classifier: true`",))


def _unsupported_unless(off: object, flag: str, why: str, *help_: str) -> Translate:
    """Return the translation of a flag without a counterpart, which had an effect unless it had one value.

    Args:
        off: the value without effect.
        flag: the flag.
        why: what is missing.
        help_: what to do.
    """
    return if_set(flag, lambda value: Unused("off") if value == off else Unsupported(why, help_))


FLAGS = (
    Flag("max_epochs", integer, copy_to("max_epochs", "train.epochs"), "`train.epochs`", default=300),
    Flag("batch_size", integer, copy_to("batch_size", "train.batch_size"), "`train.batch_size`", default=128),
    Flag("patience", integer, _patience, '`train.patience`, with `select = "best"`', default=50),
    Flag(
        "monitor_metric",
        choice("auto", "loss", "classification_loss"),
        _monitor_metric,
        '`train.monitor`: `"accuracy"` for the classification loss with tau, else `"elbo"`',
        default="classification_loss",
    ),
    Flag("learning_rate", number, _learning_rate, "`learning_rate` of the optimizer", default=1e-3),
    Flag(
        "weight_decay",
        number,
        _weight_decay,
        "`[train.optimizer.adamw]` with `weight_decay`; 0 is `[train.optimizer.adam]`",
        default=1e-4,
    ),
    Flag("grad_clip_norm", number, _clip, "`clip_norm` of the optimizer; `null` does not clip", default=1.0),
    Flag(
        "dropout_rate",
        number,
        _unsupported_unless(
            0, "dropout_rate", "the networks have no dropout", "`weight_decay` is another regulariser"
        ),
        "nothing",
    ),
    Flag(
        "classifier_type",
        choice("dense"),
        if_set(
            "classifier_type",
            lambda _: Unused("there is no classifier head; tau maps channels to labels"),
        ),
        "nothing",
    ),
    Flag(
        "mixture_history_log_every",
        integer,
        if_set(
            "mixture_history_log_every",
            lambda _: Unused("every evaluation is logged, see train.evaluate_every"),
        ),
        "nothing",
    ),
    Flag(
        "xla_flags",
        any_value,
        if_set(
            "xla_flags",
            lambda _: Unsupported(
                "a spec has no settings of the machine", ("set the environment variable XLA_FLAGS",)
            ),
        ),
        "nothing; set the environment variable `XLA_FLAGS`",
    ),
)
