"""Every acquisition and seed, round after round."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rcmvae_core.active.bench import Bench, Listen, Moment
from rcmvae_core.active.plan import Plan, acquisitions
from rcmvae_core.active.rounds import Ledger, Round
from rcmvae_core.resolve import Part, ResolvedSpec


def simulate(
    resolved: ResolvedSpec, plan: Plan, ledger: Ledger, *, tell: Callable[[Round], None], listen: Listen
) -> None:
    """Run what the ledger has not yet.

    Args:
        resolved: the checked spec.
        plan: what is simulated.
        ledger: keeps each round as soon as it is finished.
        tell: told of each round.
        listen: told of every epoch and warning.

    Raises:
        RcmvaeError: E302, E431 or E432 if the spec or its data cannot give what the plan asks for.
    """
    parts = acquisitions(resolved, plan.by)
    left = {seed: [by for by in plan.by if not ledger.of(by, seed, plan.rounds)] for seed in resolved.seeds}
    if not any(left.values()):
        return
    bench = Bench(resolved, plan, listen)
    for seed in [seed for seed in left if left[seed]]:
        begun = bench.begin(seed)
        for by in left[seed]:
            for one in _rounds(bench, begun, parts[by], plan.rounds):
                ledger.add(one)
                tell(one)


def _rounds(bench: Bench, moment: Moment, by: Part, rounds: int) -> Iterator[Round]:
    """The beginning, and what each answer adds to it."""
    for number in range(rounds + 1):
        if number:
            moment = bench.answer(moment, bench.ask(moment, by, number))
        yield Round(by.name, moment.seed, number, len(moment.labelled), moment.accuracy)
