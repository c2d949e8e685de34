"""A step with many channels against one with few, both decoding two: cost follows M, not K."""

from __future__ import annotations

from tests.benchmarks.engine import epochs, steps_of, synthetic
from tests.benchmarks.results import Result, a_step, at_most, in_turns, quotient
from tests.benchmarks.specs import BATCH

IMAGES, ROUNDS, FEW, MANY, TOP_M = 6_400, 11, 10, 100, 2


def measure() -> list[Result]:
    """Time both in turns."""
    prepared = {
        f"K={channels}": synthetic(
            IMAGES, settings=[f"latent.channels={channels}", f"routing.soft.top_m={TOP_M}"]
        )
        for channels in (FEW, MANY)
    }
    seconds = in_turns({name: epochs(one) for name, one in prepared.items()}, ROUNDS)
    many, few = f"K={MANY}", f"K={FEW}"
    ratio, spread = quotient(seconds[many], seconds[few])
    steps = steps_of(prepared[few])
    return [
        Result(
            f"training step, top_m={TOP_M}, K={MANY} against K={FEW}, batch {BATCH}: time",
            a_step(seconds[many], steps),
            f"K={FEW} {a_step(seconds[few], steps)}",
            ratio,
            at_most(1.5),
            spread,
        )
    ]
