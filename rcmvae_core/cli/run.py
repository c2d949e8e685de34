"""Train what a spec describes; the last line of the output names the report."""

from __future__ import annotations

import argparse
import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rcmvae_core.cli.common import add_spec, read
from rcmvae_core.cli.output import complain
from rcmvae_core.cli.perform import add_team, meet, perform
from rcmvae_core.errors import Diagnostic, RcmvaeError

if TYPE_CHECKING:
    from rcmvae_core.training.plan import Plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_spec(parser)
    parser.add_argument(
        "--seed", type=int, metavar="N", help="train this seed alone; the same as --set seeds=[N]"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the run directory (default: runs/NAME-DATE-TIME)"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run that --out holds, if it is one of this spec; where it holds none, begin it",
    )
    parser.add_argument(
        "--locked",
        nargs="?",
        const="",
        metavar="LOCK",
        help="refuse to train unless versions and files of all it depends on are those of this lock file "
        "(default: run.lock.toml beside the spec); write it behind SPEC",
    )
    add_team(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="print the plan with shapes and counts; train nothing"
    )
    parser.add_argument("--json", action="store_true", help="print events as lines of JSON on stdout")


def main(options: argparse.Namespace) -> int:
    """Resolve, then train."""
    if options.resume and options.out is None:
        message = "`--resume` needs the run to go on with"
        raise RcmvaeError([Diagnostic("E410", message, help=["name its folder with --out DIR"])])
    settings = list(options.settings)
    if options.seed is not None:
        settings.append(f"seeds=[{options.seed}]")
    if options.distributed and options.out is None:
        message = "several processes need one run directory"
        raise RcmvaeError([Diagnostic("E404", message, help=["give every process the same --out DIR"])])
    resolved, registry = read(options.spec, settings)
    complain(resolved.warnings, "github" if options.format == "github" else "text")
    if options.locked is not None:
        from rcmvae_core import locked  # noqa: PLC0415

        locked.check(resolved, Path(options.locked or options.spec.with_name("run.lock.toml")))
    meet(options)
    # Everything below imports JAX, which a faulty spec need not wait for.
    from rcmvae_core.cli import progress  # noqa: PLC0415
    from rcmvae_core.experiment import Request, default_folder  # noqa: PLC0415
    from rcmvae_core.training.plan import plan  # noqa: PLC0415
    from rcmvae_core.training.prepare import prepare  # noqa: PLC0415

    gc.enable()
    if options.dry_run:
        planned = plan(prepare(resolved))
        print(json.dumps(progress.as_json(planned)) if options.json else table(planned))
        return 0
    out = options.out or default_folder(resolved.name)
    return perform(Request(resolved, registry, out, resume=options.resume), as_json=options.json)


def table(planned: Plan) -> str:
    """A plan for people: sizes, then each part's arrays."""
    seeds, labels = ", ".join(map(str, planned.seeds)), f"{planned.labels} with labels"
    lines = [
        f"{planned.name}: seeds {seeds}; {planned.epochs} epochs of {planned.steps_per_epoch} steps",
        f"inputs {shape(planned.input_shape)}: {planned.training} train ({labels}), {planned.validation} validation, {planned.test} test",
        "",
    ]
    for part in planned.weights:
        lines.append(f"{part.part:<40}{'':>20}{part.size:>12,}")
        lines += [f"  {name:<38}{shape(size):>20}" for name, size in part.arrays.items()]
    lines += [f"{'all parameters':<60}{planned.parameters:>12,}", ""]
    lines += [
        f"likelihood of a batch: {name or 'values'} {shape(size)}"
        for name, size in planned.likelihood.items()
    ]
    return "\n".join(lines)


def shape(size: tuple[int, ...]) -> str:
    """A shape as people write it."""
    return " x ".join(map(str, size)) or "scalar"
