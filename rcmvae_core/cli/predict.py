"""Label inputs with the trained model of a run: who they are, how sure that is, and where they lie."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rcmvae_core.cli.common import add_json
from rcmvae_core.cli.output import complain
from rcmvae_core.errors import Diagnostic, RcmvaeError

if TYPE_CHECKING:
    from rcmvae_core.inference.rows import Batch
    from rcmvae_core.inference.trained import TrainedModel
    from rcmvae_core.protocols import Dataset


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="a run directory, or a folder that `export` wrote"
    )
    parser.add_argument(
        "data",
        type=Path,
        nargs="?",
        metavar="DATA",
        help="a folder of images, or a .npy, .npz, .csv or IDX file",
    )
    parser.add_argument(
        "--split",
        choices=("train", "validation", "test"),
        help="instead of DATA: inputs of the run's own data",
    )
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FILE", help="ends in .csv, .parquet or .npz"
    )
    parser.add_argument(
        "--array", metavar="NAME", help="the inputs of a .npz file (default: its only one, or x)"
    )
    parser.add_argument(
        "--labels",
        metavar="NAME|FILE",
        help="true classes: an array of a .npz file, a column of a .csv, or a file",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="ask this seed of the run alone")
    parser.add_argument(
        "--samples",
        type=_count,
        default=0,
        metavar="S",
        help="see each input again S times through its channels and latents, for epistemic uncertainty (default: 0)",
    )
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    """Load, predict, write."""
    if (options.data is None) == (options.split is None):
        help_ = ["rcmvae predict RUN DATA -o FILE, or rcmvae predict RUN --split test -o FILE"]
        raise RcmvaeError([Diagnostic("E424", "give either DATA or `--split`", help=help_)])
    # Everything below imports NumPy and JAX, which wrong arguments need not wait for.
    from rcmvae_core.compilation import use_cache  # noqa: PLC0415
    from rcmvae_core.inference import rows, targets  # noqa: PLC0415
    from rcmvae_core.inference.load import load  # noqa: PLC0415

    gc.enable()
    ending = rows.ending(options.out)
    use_cache()
    trained = load(options.run, seed=options.seed, warn=lambda diagnostic: complain([diagnostic]))
    tally = Tally(0, 0, 0, 0.0)

    def counted() -> Iterator[Batch]:
        nonlocal tally
        for batch in _batches(trained, asked, samples=options.samples):
            tally = tally.plus(batch)
            yield batch

    with _asked(trained, options) as asked, targets.replacing(options.out) as partial:
        rows.write(partial, ending, counted())
    if options.format == "json":
        print(json.dumps(tally.as_json() | {"out": str(options.out)}))
    else:
        sys.stderr.write(f"{tally}: {options.out}\n")
    return 0


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("expected a whole number, 0 or more")
    return int(text)


class Tally(NamedTuple):
    """What the summary says: inputs, those with a known class, those of them that are right, and all entropies."""

    inputs: int
    known: int
    right: int
    entropy: float

    def plus(self, batch: Batch) -> Tally:
        """With another batch."""
        truth, labelled = batch.truth or [], batch.found.probabilities.shape[1] > 0
        pairs = [(a, b) for a, b in zip(truth, batch.found.names, strict=False) if a and labelled]
        return Tally(
            self.inputs + len(batch.items),
            self.known + len(pairs),
            self.right + sum(a == b for a, b in pairs),
            self.entropy + float(batch.found.entropy.sum()),
        )

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        accuracy = {"accuracy": self.right / self.known} if self.known else {}
        return {"inputs": self.inputs, "known": self.known, **accuracy, "entropy": self.entropy / self.inputs}

    def __str__(self) -> str:
        found = self.as_json()
        accuracy = (
            f", accuracy {found['accuracy']:.4f} on {self.known} with a known class" if self.known else ""
        )
        return f"{self.inputs} inputs{accuracy}, mean entropy {found['entropy']:.3f}"


class _Asked(NamedTuple):
    """A data set, which of its inputs are asked about, and the names of their classes."""

    data: Dataset
    index: Any
    truth: list[str] | None


@contextmanager
def _asked(trained: TrainedModel, options: argparse.Namespace) -> Generator[_Asked]:
    import numpy as np  # noqa: PLC0415

    from rcmvae_core.inference import files  # noqa: PLC0415
    from rcmvae_core.training.dataset import load  # noqa: PLC0415
    from rcmvae_core.training.split import split  # noqa: PLC0415

    if options.split is not None:
        part = trained.resolved.one("data")
        data, who = split(part, load(part))
        index = getattr(who, options.split)
        yield _Asked(data, index, files.truth(data, trained.class_names))
        return
    with files.opened(options.data, trained.sizes, array=options.array, labels=options.labels) as data:
        yield _Asked(data, np.arange(data.inputs.shape[0]), files.truth(data, trained.class_names))


def _batches(trained: TrainedModel, asked: _Asked, *, samples: int) -> Iterator[Batch]:
    from rcmvae_core.inference.reference import Rows  # noqa: PLC0415
    from rcmvae_core.inference.rows import Batch  # noqa: PLC0415
    from rcmvae_core.labels.items import item_ids  # noqa: PLC0415

    done, total = 0, len(asked.index)
    for inputs, found in trained.predictions(Rows(asked.data, asked.index), samples=samples):
        index = asked.index[done : done + len(inputs)]
        truth = None if asked.truth is None else [asked.truth[i] for i in index.tolist()]
        yield Batch(index, item_ids(asked.data._replace(inputs=inputs)), truth, found)
        done += len(inputs)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {total}" + ("\r\033[K" if done == total else ""))
