"""Simulate an annotator: rounds of suggest, label and continue, by one acquisition against another."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rcmvae_core.active.plan import Plan, acquisitions
from rcmvae_core.cli.common import add_spec, count, count_or_none, read
from rcmvae_core.cli.output import complain

if TYPE_CHECKING:
    from rcmvae_core.active.rounds import Round
    from rcmvae_core.registry import Registry
    from rcmvae_core.resolve import ResolvedSpec


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_spec(parser)
    parser.add_argument(
        "--by",
        action="append",
        metavar="NAME",
        help="an acquisition, as `rcmvae suggest` has them; may be repeated (default: entropy and random)",
    )
    for name, default, kind, what in (
        ("start", 20, count_or_none, "labels at the beginning, spread evenly over the classes; 0 for none"),
        ("batch", 20, count, "labels more in each round"),
        ("rounds", 9, count, "how often the annotator is asked"),
        ("epochs", 5, count, "epochs after each answer"),
    ):
        help_ = f"{what} (default: {default})"
        parser.add_argument(f"--{name}", type=kind, default=default, metavar="N", help=help_)
    parser.add_argument(
        "--first-epochs",
        type=count,
        metavar="N",
        help="epochs before the first question (default: those of the spec)",
    )
    parser.add_argument(
        "--anew",
        action="store_true",
        help="train a new model for --epochs after each answer, instead of going on with the one that asked",
    )
    parser.add_argument(
        "--target",
        type=_share,
        default=0.95,
        metavar="A",
        help="the accuracy whose price in labels is told (default: 0.95)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="where the results go; what it has of them already is not done again",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")


def main(options: argparse.Namespace) -> int:
    """Resolve, simulate, write and print."""
    resolved, registry = read(options.spec, options.settings)
    complain(resolved.warnings, "github" if options.format == "github" else "text")
    plan = Plan(
        by=tuple(dict.fromkeys(options.by or ("entropy", "random"))),
        start=options.start,
        batch=options.batch,
        rounds=options.rounds,
        first_epochs=options.first_epochs or resolved.train.epochs,
        epochs=options.epochs,
        anew=options.anew,
    )
    acquisitions(resolved, plan.by)
    from rcmvae_core.active.rounds import Ledger, summarise  # noqa: PLC0415
    from rcmvae_core.active.simulate import simulate  # noqa: PLC0415
    from rcmvae_core.compilation import use_cache  # noqa: PLC0415

    gc.enable()
    use_cache()
    ledger = Ledger(options.out, {"spec": _fingerprint(resolved, registry), **plan.how()})
    simulate(resolved, plan, ledger, tell=_teller(plan), listen=_listen)
    found = {"name": resolved.name, **summarise(plan, ledger, resolved.seeds, options.target)}
    _write(options.out, found)
    print(json.dumps(found, indent=2) if options.json else table(found))
    return 0


def _fingerprint(resolved: ResolvedSpec, registry: Registry) -> str:
    """Of the spec whatever its seeds are, for more of them may follow."""
    import hashlib  # noqa: PLC0415

    import attrs  # noqa: PLC0415

    from rcmvae_core.resolved_toml import document, dumps  # noqa: PLC0415

    text = dumps(document(attrs.evolve(resolved, seeds=(0,)), registry.kinds))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _teller(plan: Plan) -> Callable[[Round], None]:
    start = time.perf_counter()

    def tell(one: Round) -> None:
        seconds = time.perf_counter() - start
        where = f"seed {one.seed}  {one.by}  round {one.round}/{plan.rounds}"
        _say(f"{where}  {one.labels} labels  accuracy {one.accuracy:.4f}  {seconds:.1f} s")

    return tell


_EVERY = 10


def _listen(event: Any) -> None:
    """Warnings, and now and then an epoch."""
    from rcmvae_core.training.loop import Row, Warned  # noqa: PLC0415

    if isinstance(event, Warned):
        complain([event.diagnostic])
    elif isinstance(event, Row) and event.epoch % _EVERY == 0:
        _say(f"seed {event.seed}  epoch {event.epoch}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _write(folder: Path, found: dict[str, Any]) -> None:
    from rcmvae_core.active.curves import curves  # noqa: PLC0415
    from rcmvae_core.files import replace_file  # noqa: PLC0415
    from rcmvae_core.report.drawing import draw  # noqa: PLC0415

    replace_file(folder / "active.json", json.dumps(found, indent=2) + "\n")
    replace_file(folder / "curves.svg", draw(curves(found)).decode("utf-8"))
    _say(f"{folder / 'active.json'}\n{folder / 'curves.svg'}")


def table(found: dict[str, Any]) -> str:
    """A row for each round, a column for each acquisition; then what the target took."""
    columns = found["acquisitions"]
    first, *_ = columns.values()
    lines = [f"{'labels':>8}" + "".join(f"  {by:>17}" for by in columns)]
    for row, labels in enumerate(first["labels"]):
        cells = [f"{curve['mean'][row]:.4f} ± {curve['std'][row]:.4f}" for curve in columns.values()]
        lines.append(f"{labels:>8g}" + "".join(f"  {cell:>17}" for cell in cells))
    lines.append(f"{found['target']:>8g}" + "".join(f"  {_price(curve):>17}" for curve in columns.values()))
    return "\n".join(lines)


def _price(curve: dict[str, Any]) -> str:
    if curve["needed"] is None:
        return f"> {curve['labels'][-1]:g} labels"
    share = curve["needed_of_random"]
    return f"{curve['needed']:.4g} labels" + ("" if share is None else f", x{share:.2f}")


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError("expected an accuracy, above 0 and at most 1")
    return value
