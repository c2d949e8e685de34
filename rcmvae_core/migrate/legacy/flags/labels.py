"""Translate the flags of labels and the classifier."""

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
    Warn,
    copy_to,
    if_set,
    only_if,
)
from rcmvae_core.migrate.legacy.values import boolean, number


def _tau(flags: FlagValues) -> Iterator[Outcome]:
    if predicts_labels(flags):
        yield SetValue("classifier.tau")
        yield SetValue("loss.labels.supervised")
        yield Warn(
            "W501",
            "the old system silently fell back to a classifier head when tau was missing; here p(y|x) always comes from "
            "tau",
        )
        if not flags.is_set("label_weight"):
            yield Warn(
                "W503",
                "`label_weight` is absent: `loss.labels.weight` is 1, which is small compared with a reconstruction summed "
                "over pixels",
                ("try weight = 50.0 below [loss.labels]",),
            )
    elif flags.is_set("use_tau_classifier") or flags["num_labeled"]:
        why = "without tau the old system trained a classifier head on z, which does not exist any more"
        help_ = ("for predictions write `use_tau_classifier: true`",)
        if flags.is_set("use_tau_classifier"):
            yield Unsupported(why, help_)
        else:
            yield Warn("W501", f"`use_tau_classifier` is absent: {why}", help_)


def _for_tau(flag: str, path: str) -> Translate:
    return only_if(
        predicts_labels,
        flag,
        copy_to(flag, path),
        "only used with use_tau_classifier: true",
    )


FLAGS = (
    Flag(
        "use_tau_classifier",
        boolean,
        _tau,
        "`[classifier.tau]` and `[loss.labels.supervised]`",
        default=False,
        table="train",
    ),
    Flag(
        "tau_smoothing_alpha",
        number,
        _for_tau("tau_smoothing_alpha", "classifier.tau.alpha"),
        "`classifier.tau.alpha`",
        default=1.0,
    ),
    Flag(
        "label_weight",
        number,
        only_if(
            predicts_labels,
            "label_weight",
            if_set("label_weight", lambda weight: SetValue("loss.labels.weight", weight)),
            "only used with use_tau_classifier: true",
        ),
        "`loss.labels.weight`",
    ),
)
