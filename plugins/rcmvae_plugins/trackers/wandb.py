"""Tracks runs with Weights & Biases: a group, with a run per seed.

Seeds have the same metric names, so that the charts of a group show their mean and spread. A run per seed is needed
because the step of a run is the training step, which must not decrease.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import attrs

from rcmvae_core.plugin.protocols import TrackedRun, Tracker
from rcmvae_plugins.trackers._flatten import flatten_results
from rcmvae_plugins.trackers._packages import import_package, stdout_to_stderr, unusable
from rcmvae_plugins.trackers._reachable import require_answer
from rcmvae_plugins.trackers.params import WandbParams

_EXIT = {"done": 0, "failed": 1, "interrupted": 255}
_FINISH_SECONDS = 30.0
"""The timeout for sending a run at its end; afterwards its files are kept, and `wandb sync` sends them."""


def wandb(params: WandbParams, run: TrackedRun) -> Tracker:
    """Start a group of runs in Weights & Biases, or resume the previous one.

    It never prompts for a login: mode `online` needs an earlier one.

    Args:
        params: the project, and whether to send the runs.
        run: the run to track.

    Returns:
        A Tracker whose id is the prefix of the ids of the seeds' runs.

    Raises:
        RcmvaeError: E309 if the package is missing, or if mode is `online` without a login or an answer.
    """
    if params.mode == "disabled":
        return Tracker(run.previous or "disabled", lambda *_: None, lambda *_: None)
    settings = {} if params.mode == "online" else {"WANDB_ERROR_REPORTING": "false"}
    module = import_package("wandb", "wandb", settings)
    with stdout_to_stderr():
        session = module.setup(settings=module.Settings(mode=params.mode, show_info=False))
        if params.mode == "online":
            _check_login(module)
            help_ = 'check WANDB_BASE_URL; mode = "offline" needs no server'
            require_answer("wandb", session.settings.base_url, help_)
    tracked = _TrackedSeeds(module, params, run, run.previous or secrets.token_hex(4))
    return Tracker(tracked.id, tracked.epoch, tracked.finish)


def _check_login(module: Any) -> None:
    try:
        reason = "" if module.login(prompt=False, verify=False) else "not logged in"
    except module.Error as error:
        reason = str(error)
    if reason:
        raise unusable(
            f"tracker `wandb` cannot send: {reason}",
            'run `wandb login` or set WANDB_API_KEY; mode = "offline" needs neither',
        )


@attrs.define
class _TrackedSeeds:
    """The open runs of the seeds, and the seed in training."""

    module: Any
    params: WandbParams
    run: TrackedRun
    id: str
    seed_runs: dict[int, Any] = attrs.field(factory=dict[int, Any])
    current: int | None = None

    def epoch(self, seed: int, epoch: int, step: int, metrics: Mapping[str, float]) -> None:
        """Log an epoch, as of a `Tracker`.

        Args:
            seed: the seed in training.
            epoch: the number of completed epochs.
            step: the number of completed steps.
            metrics: by name.
        """
        with stdout_to_stderr():
            seed_run, self.current = self._seed_run(seed), seed
            # An epoch that is trained again after a crash may already have been sent.
            if step >= seed_run.step:
                seed_run.log({"epoch": epoch, **metrics}, step=step, commit=True)

    def finish(self, state: str, summary: Mapping[str, Any] | None) -> None:
        """End the runs, as of a `Tracker`."""
        with stdout_to_stderr():
            for entry in summary["seeds"] if summary else ():
                self._seed_run(entry["seed"]).summary.update(flatten_results(entry))
            for seed, seed_run in self.seed_runs.items():
                # Seeds are trained one after another: all but the last are complete.
                seed_run.finish(exit_code=_EXIT[state] if seed == self.current else 0)

    def _seed_run(self, seed: int) -> Any:
        if seed not in self.seed_runs:
            self.seed_runs[seed] = self._start(seed)
        return self.seed_runs[seed]

    def _start(self, seed: int) -> Any:
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
                silent=True,  # its process prints to the real stdout, which cannot be redirected here
            ),
        )
