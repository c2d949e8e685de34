"""Simulates an annotator: for every acquisition and seed, rounds of suggesting, labelling and training."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rcmvae_core.active_learning.round_trainer import RoundState, RoundTrainer
from rcmvae_core.active_learning.rounds import Round, RoundLog
from rcmvae_core.active_learning.settings import SimulationSettings, find_acquisitions
from rcmvae_core.plugin.resolved import ResolvedPart, ResolvedSpec
from rcmvae_core.training.events import Listener


def simulate(
    resolved: ResolvedSpec,
    settings: SimulationSettings,
    log: RoundLog,
    *,
    on_round: Callable[[Round], None],
    listen: Listener,
) -> None:
    """Run the acquisitions and seeds that the log does not have yet.

    Args:
        resolved: the checked spec.
        settings: the simulation.
        log: gets each round as soon as it is finished.
        on_round: called with each round.
        listen: called with every event of training.

    Raises:
        RcmvaeError: E302, E431 or E432 if the spec or its data do not fit the settings.
    """
    parts = find_acquisitions(resolved, settings.by)
    remaining = {
        seed: [by for by in settings.by if not log.completed(by, seed, settings.rounds)]
        for seed in resolved.seeds
    }
    if not any(remaining.values()):
        return
    trainer = RoundTrainer(resolved, settings, listen)
    for seed, names in remaining.items():
        if not names:
            continue
        start = trainer.start(seed)
        for by in names:
            for result in _rounds(trainer, start, parts[by], settings.rounds):
                log.append(result)
                on_round(result)


def _rounds(
    trainer: RoundTrainer, current: RoundState, acquisition: ResolvedPart, rounds: int
) -> Iterator[Round]:
    """Yield the state before the first round and the result of every round.

    Args:
        trainer: trains the rounds.
        current: the state before the first round.
        acquisition: chooses the inputs.
        rounds: the number of rounds.

    Yields:
        The results.
    """
    for number in range(rounds + 1):
        if number:
            indices = trainer.suggest(current, acquisition, number)
            current = trainer.label(current, indices)
        yield Round(acquisition.name, current.seed, number, len(current.labelled), current.accuracy)
