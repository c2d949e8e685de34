"""Train on from where a run ended, with the labels as they are now; a new class claims free channels."""

from __future__ import annotations

import argparse
import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING

from rcmvae_core.cli.common import add_format, add_settings, count, read, spec_of
from rcmvae_core.cli.output import complain
from rcmvae_core.cli.perform import perform
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.labels import LabelStore
from rcmvae_core.labels.items import identity
from rcmvae_core.labels.store_path import default_path

if TYPE_CHECKING:
    from rcmvae_core.resolve import ResolvedSpec


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run directory; it is left as it is")
    parser.add_argument("--epochs", type=count, default=10, metavar="N", help="how many more; else 10")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the new run directory (default: runs/NAME-DATE-TIME)"
    )
    parser.add_argument(
        "--store", type=Path, metavar="PATH", help="the label store; else the run's, or the one beside it"
    )
    add_settings(parser)
    parser.add_argument("--json", action="store_true", help="print events as lines of JSON on stdout")
    add_format(parser)


def main(options: argparse.Namespace) -> int:
    """Find the labels, then train."""
    run: Path = options.run
    spec = spec_of(run)
    if options.out is not None and options.out.resolve() == run.resolve():
        message = f"`{run}` is the run to go on from, and stays as it is"
        raise RcmvaeError([Diagnostic("E410", message, help=["choose another --out DIR"])])
    resolved, _ = read(spec, options.settings)
    from rcmvae_core.beginnings import Origin, last_records  # noqa: PLC0415
    from rcmvae_core.experiment import Request, default_folder  # noqa: PLC0415

    gc.enable()
    records = last_records(run, resolved.seeds)
    epochs = max(int(record.journal["epoch"]) for record in records.values()) + options.epochs
    settings = [f"train.epochs={epochs}", *options.settings, *_labels(run, resolved, options.store)]
    resolved, registry = read(spec, settings)
    complain(resolved.warnings, "github" if options.format == "github" else "text")
    origin = Origin(run.absolute(), {seed: record.step for seed, record in records.items()})
    request = Request(resolved, registry, options.out or default_folder(resolved.name), origin=origin)
    return perform(request, as_json=options.json)


def _labels(run: Path, resolved: ResolvedSpec, chosen: Path | None) -> list[str]:
    """Settings that name the label store and its last event; none where there is no store."""
    from rcmvae_core.training.dataset import load  # noqa: PLC0415

    part = resolved.one("data")
    data = identity(load(part))
    own = part.keys.label_store
    path = chosen or (Path(own) if own else default_path(run, part.name, data))
    if not path.is_file():
        if chosen is None and own is None:
            return []
        message = f"there is no label store `{path}`"
        raise RcmvaeError([Diagnostic("E302", message, help=["`rcmvae label RUN assign` makes one"])])
    with LabelStore(path, data) as store:
        complain(store.warnings)
        revision = store.revision
    return [f"data.label_store={json.dumps(str(path))}", f"data.label_revision={revision}"]
