"""Weights & Biases: a group for the whole, with a run for each seed.

Seeds share names of metrics, so that a group's charts show their mean and their spread, and a run's own step
is the training step, which never goes back as it would from one seed to the next.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import attrs

from rcmvae_core.protocols import TrackedRun, Tracker
from rcmvae_plugins.trackers.packages import apart, package, unusable
from rcmvae_plugins.trackers.params import WandbParams
from rcmvae_plugins.trackers.results import results

_EXIT = {"done": 0, "failed": 1, "interrupted": 255}
_FINISH_SECONDS = 30.0
"""Then a run is let go that cannot be sent; its files stay, and `wandb sync` sends them."""


def wandb(params: WandbParams, run: TrackedRun) -> Tracker:
    """Begin a group of runs in Weights & Biases, or go on with the one it had.

    Nothing is asked for: who wants `online` has logged in before.

    Args:
        params: where to, and whether to send at all.
        run: what is followed.

    Raises:
        RcmvaeError: E309 without the package, or without a login when `online`.
    """
    if params.mode == "disabled":
        return Tracker(run.previous or "disabled", lambda *_: None, lambda *_: None)
    settings = {} if params.mode == "online" else {"WANDB_ERROR_REPORTING": "false"}
    module = package("wandb", "wandb", settings)
    with apart():
        module.setup(settings=module.Settings(mode=params.mode, show_info=False))
        if params.mode == "online":
            _check_login(module)
    followed = _Followed(module, params, run, run.previous or secrets.token_hex(4))
    return Tracker(followed.id, followed.epoch, followed.finish)


def _check_login(module: Any) -> None:
    try:
        reason = "" if module.login(prompt=False, verify=False) else "no one is logged in"
    except module.Error as error:
        reason = str(error)
    if reason:
        raise unusable(
            f"tracker `wandb` cannot send: {reason}",
            'run `wandb login` or set WANDB_API_KEY; mode = "offline" needs neither',
        )


@attrs.define
class _Followed:
    """What is known while a run goes on: the open runs of its seeds, and which of them is being trained."""

    module: Any
    params: WandbParams
    run: TrackedRun
    id: str
    seeds: dict[int, Any] = attrs.field(factory=dict[int, Any])
    current: int | None = None

    def epoch(self, seed: int, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """As of a `Tracker`."""
        with apart():
            one, self.current = self._seed(seed), seed
            # An epoch that is trained again after a crash may have been sent before it.
            if step >= one.step:
                one.log({"epoch": epoch, **metrics}, step=step, commit=True)

    def finish(self, state: str, summary: Mapping[str, Any] | None) -> None:
        """As of a `Tracker`."""
        with apart():
            for entry in summary["seeds"] if summary else ():
                self._seed(entry["seed"]).summary.update(results(entry))
            for seed, one in self.seeds.items():
                # Seeds are trained one after another: all but the last were done.
                one.finish(exit_code=_EXIT[state] if seed == self.current else 0)

    def _seed(self, seed: int) -> Any:
        if seed not in self.seeds:
            self.seeds[seed] = self._open(seed)
        return self.seeds[seed]

    def _open(self, seed: int) -> Any:
        name = self.run.folder.name
        return self.module.init(
            project=self.params.project,
            entity=self.params.entity,
            group=self.params.group or name,
            name=f"{name}-seed-{seed}",
            id=f"{self.id}-{seed}",
            resume="allow" if self.params.mode == "online" else None,
            config={**self.run.spec, "seed": seed},
            dir=str(self.run.folder),
            mode=self.params.mode,
            settings=self.module.Settings(
                allow_val_change=True,
                console="off",
                finish_timeout=_FINISH_SECONDS,
                reinit="create_new",
                silent=True,  # its own process would print on stdout, which cannot be led elsewhere
            ),
        )
