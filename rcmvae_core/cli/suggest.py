"""Which inputs of a run's data to label next: those that the trained model learns most from."""

from __future__ import annotations

import argparse
import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rcmvae_core.cli.common import add_json, count
from rcmvae_core.cli.output import complain, printable

if TYPE_CHECKING:
    from rcmvae_core.inference.suggest import Suggested
    from rcmvae_core.protocols import Dataset
    from rcmvae_core.resolve import Part


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run directory")
    parser.add_argument(
        "-n", type=count, default=20, dest="count", metavar="N", help="how many (default: 20)"
    )
    parser.add_argument(
        "--by",
        default="entropy",
        metavar="NAME",
        help="an acquisition: entropy (the default), margin, bald, ood, diverse, typical, boundary, random, or another",
    )
    parser.add_argument(
        "--store",
        type=Path,
        metavar="PATH",
        help="the label store whose items are left out; else as `rcmvae label`",
    )
    parser.add_argument("--draw", type=int, default=0, metavar="N", help="seed of what is drawn (default: 0)")
    parser.add_argument("--seed", type=int, metavar="N", help="ask this seed of the run alone")
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    """Load, leave out what is labelled, choose, and print."""
    from rcmvae_core.compilation import use_cache  # noqa: PLC0415
    from rcmvae_core.inference.load import load  # noqa: PLC0415
    from rcmvae_core.inference.suggest import acquisition, open_indices, suggest  # noqa: PLC0415
    from rcmvae_core.labels.items import item_ids  # noqa: PLC0415
    from rcmvae_core.training import dataset  # noqa: PLC0415
    from rcmvae_core.training.split import split  # noqa: PLC0415

    gc.enable()
    use_cache()
    trained = load(options.run, seed=options.seed, warn=lambda diagnostic: complain([diagnostic]))
    by = acquisition(trained, options.by)
    part = trained.resolved.one("data")
    data = dataset.load(part)
    _, who = split(part, data)
    ids = item_ids(data)
    labelled = {ids[index] for index in who.labelled.tolist()} | _stored(options, part, data)
    free = open_indices(who.train, ids, labelled)
    found = suggest(trained, by, data, free, count=options.count, seed=options.draw)
    rows = _rows(found, ids)
    if options.format == "json":
        print(json.dumps({"by": by.name, "suggestions": rows}, indent=2))
    else:
        print("\n".join(map(_line, rows)))
    return 0


def _stored(options: argparse.Namespace, part: Part, data: Dataset) -> set[str]:
    """Items that have a label in the store, if there is one."""
    from rcmvae_core.labels.items import identity  # noqa: PLC0415
    from rcmvae_core.labels.store import LabelStore  # noqa: PLC0415
    from rcmvae_core.labels.store_path import default_path  # noqa: PLC0415

    own = identity(data)
    path: Path = options.store or default_path(options.run, part.name, own)
    if not path.exists() and options.store is None:
        return set()
    with LabelStore(path, own) as store:
        return set(store.labels())


def _rows(found: Suggested, ids: list[str]) -> list[dict[str, Any]]:
    """A row for each input, as plain values."""
    now = found.predictions
    sure = now.probabilities.max(axis=1).tolist() if now.probabilities.shape[1] else [None] * len(ids)
    columns = zip(found.indices.tolist(), found.worth.tolist(), now.names, sure, strict=False)
    return [
        {"item": ids[index], "index": index, "score": worth, "prediction": name or None, "probability": p}
        for index, worth, name, p in columns
    ]


def _line(row: dict[str, Any]) -> str:
    now = "" if row["prediction"] is None else f"  {printable(row['prediction'])} {row['probability']:.3f}"
    return f"{row['item']}  {row['index']:>8}  {row['score']:<8.4g}{now}"
