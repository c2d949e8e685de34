"""Trackers get every epoch, and one that fails does not end the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.experiment.trackers import Trackers
from rcmvae_core.plugin.declaration import Distribution, Plugin, Registered
from rcmvae_core.plugin.protocols import TrackedRun, Tracker
from rcmvae_core.plugin.resolved import ResolvedPart

RUN = TrackedRun("name", Path("run"), {}, (0,), None)
calls: list[tuple[object, ...]] = []


def good(params, run):
    return Tracker(f"{params}-{run.previous}", lambda *a: calls.append(a), lambda *a: calls.append(a))


def breaks_later(params, run):
    def fail(*_):
        raise ConnectionError("no route\nto host")

    return Tracker("x", fail, fail)


def breaks_at_once(params, run):
    raise OSError("refused")


def needs_a_package(params, run):
    raise RcmvaeError([Diagnostic("E309", "needs a package")])


def part(name: str) -> ResolvedPart:
    plugin = Plugin("tracker", name, summary="A test's.", impl=f"{__name__}:{name}")
    return ResolvedPart(Registered(plugin, Distribution("tests", "1")), name)


@pytest.fixture(autouse=True)
def clear_calls() -> None:
    calls.clear()


def test_each_gets_every_epoch_and_keeps_its_id():
    trackers = Trackers((part("good"),), RUN, {"good": "before"}, pytest.fail)
    assert trackers.ids == {"good": "good-before"}
    trackers.epoch(0, 1, 10, {"train/total": 1.0})
    trackers.finish("done", {"a": 1})
    assert calls == [(0, 1, 10, {"train/total": 1.0}), ("done", {"a": 1})]


def test_one_that_fails_is_reported_once_and_the_others_continue():
    warnings = []
    trackers = Trackers(
        (part("breaks_later"), part("breaks_at_once"), part("good")), RUN, {}, warnings.append
    )
    for epoch in (1, 2):
        trackers.epoch(0, epoch, 10 * epoch, {})
    trackers.finish("done", None)
    assert [w.code for w in warnings] == ["W404", "W404"]
    assert "tracker `breaks_at_once` failed" in warnings[0].message
    assert (
        "tracker `breaks_later` failed and is not used any more: ConnectionError: no route"
        in warnings[1].message
    )
    assert len(calls) == 3


def test_one_that_cannot_start_for_a_reason_the_user_can_fix_ends_the_run():
    with pytest.raises(RcmvaeError, match="E309"):
        Trackers((part("needs_a_package"),), RUN, {}, pytest.fail)
