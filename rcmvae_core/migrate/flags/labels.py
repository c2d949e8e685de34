"""Flags of how labels attach to channels."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.migrate.flag import Flag, Flags, Lost, Outcome, Put, Say, Write, given, put, when
from rcmvae_core.migrate.values import boolean, number


def _tau(flags: Flags) -> Iterator[Outcome]:
    if flags["use_tau_classifier"]:
        yield Put("classifier.tau")
        yield Put("loss.labels.supervised")
        yield Say(
            "W501",
            "the old system silently fell back to a classifier head when tau was missing; here p(y|x) comes from tau, "
            "always",
        )
        if not flags.gives("label_weight"):
            yield Say(
                "W503",
                "no flag says how much labels weigh: `loss.labels.weight` is 1, which is little beside a summed "
                "reconstruction",
                ("try weight = 50.0 below [loss.labels]",),
            )
    elif flags.gives("use_tau_classifier") or flags["num_labeled"]:
        why = "without tau the old system trained a classifier head on z, and there is none here"
        help_ = ("for predictions write `use_tau_classifier: true`",)
        if flags.gives("use_tau_classifier"):
            yield Lost(why, help_)
        else:
            yield Say("W501", f"`use_tau_classifier` is absent: {why}", help_)


def _for_tau(flag: str, path: str) -> Write:
    return when(
        lambda flags: flags["use_tau_classifier"], flag, put(flag, path), "it is for use_tau_classifier: true"
    )


FLAGS = (
    Flag(
        "use_tau_classifier",
        boolean,
        _tau,
        "`[classifier.tau]` and `[loss.labels.supervised]`",
        default=False,
        home="train",
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
        when(
            lambda flags: flags["use_tau_classifier"],
            "label_weight",
            given("label_weight", lambda weight: Put("loss.labels.weight", weight)),
            "there is no classifier without tau",
        ),
        "`loss.labels.weight`",
    ),
)
