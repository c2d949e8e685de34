"""Flags of training, and those that have no counterpart."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.flag import Flag, Flags, Idle, Lost, Outcome, Put, Write, given, put
from rcmvae_core.migrate.values import anything, choice, integer, number


def _optimizer(flags: Flags) -> str:
    return "train.optimizer.adamw" if flags["weight_decay"] > 0 else "train.optimizer.adam"


def _learning_rate(flags: Flags) -> Iterator[Outcome]:
    yield from put("learning_rate", f"{_optimizer(flags)}.learning_rate")(flags)


def _weight_decay(flags: Flags) -> Iterator[Outcome]:
    if flags["weight_decay"] > 0:
        yield from put("weight_decay", "train.optimizer.adamw.weight_decay")(flags)
    else:
        yield Put("train.optimizer.adam")


def _clip(flags: Flags) -> Iterator[Outcome]:
    if flags.nulls("grad_clip_norm"):
        yield Idle("null: gradients are not clipped")
    else:
        yield from put("grad_clip_norm", f"{_optimizer(flags)}.clip_norm")(flags)


def _lost_unless(idle: object, flag: str, why: str, *help_: str) -> Write:
    return given(flag, lambda value: Idle("not asked for") if value == idle else Lost(why, help_))


FLAGS = (
    Flag("max_epochs", integer, put("max_epochs", "train.epochs"), "`train.epochs`", default=300),
    Flag("batch_size", integer, put("batch_size", "train.batch_size"), "`train.batch_size`", default=128),
    Flag("learning_rate", number, _learning_rate, "`learning_rate` of the optimizer", default=1e-3),
    Flag(
        "weight_decay",
        number,
        _weight_decay,
        "`[train.optimizer.adamw]` with `weight_decay`; 0 is `[train.optimizer.adam]`",
        default=1e-4,
    ),
    Flag("grad_clip_norm", number, _clip, "`clip_norm` of the optimizer; `null` is none", default=1.0),
    Flag(
        "dropout_rate",
        number,
        _lost_unless(0, "dropout_rate", "the nets have no dropout", "`weight_decay` regularises too"),
        "nothing",
    ),
    Flag(
        "patience",
        integer,
        given(
            "patience",
            lambda _: Lost("early stopping is not part of this version, so all epochs are trained"),
        ),
        "nothing",
    ),
    Flag(
        "monitor_metric",
        anything,
        given("monitor_metric", lambda _: Idle("it was for early stopping")),
        "nothing",
    ),
    Flag(
        "classifier_type",
        choice("dense"),
        given(
            "classifier_type", lambda _: Idle("there is no classifier head: labels attach to channels by tau")
        ),
        "nothing",
    ),
    Flag(
        "mixture_history_log_every",
        integer,
        given(
            "mixture_history_log_every",
            lambda _: Idle("every evaluation is logged; see train.evaluate_every"),
        ),
        "nothing",
    ),
    Flag(
        "xla_flags",
        anything,
        given(
            "xla_flags",
            lambda _: Lost("a spec does not change the machine", ("set XLA_FLAGS for the command",)),
        ),
        "nothing; set `XLA_FLAGS`",
    ),
)
