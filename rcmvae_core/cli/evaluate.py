"""How good a run's model is on its test data, how far its probabilities can be trusted, and what it takes for foreign."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rcmvae_core.cli.common import add_json
from rcmvae_core.cli.output import complain
from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.files import unwritable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rcmvae_core.inference.evaluation import Tested
    from rcmvae_core.inference.predictions import Predictions
    from rcmvae_core.inference.trained import TrainedModel
    from rcmvae_core.protocols import Dataset
    from rcmvae_core.training.split import Split

_PREDICTIONS = "figure.predictions"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run directory")
    parser.add_argument(
        "--against",
        metavar="DATA",
        help="inputs from elsewhere: a folder of images, a .npy, .npz, .csv or IDX file, or the name of a data plugin; "
        "else the classes that the run held out",
    )
    parser.add_argument(
        "--array", metavar="NAME", help="the inputs of a .npz file (default: its only one, or x)"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="ask this seed of the run alone")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="DIR",
        help="write evaluation.json and figures, as SVG and PNG, there",
    )
    add_json(parser)


def main(options: argparse.Namespace) -> int:
    """Load, ask, judge, print and write."""
    from rcmvae_core.compilation import use_cache  # noqa: PLC0415
    from rcmvae_core.inference import evaluation  # noqa: PLC0415
    from rcmvae_core.inference.load import load  # noqa: PLC0415
    from rcmvae_core.training import dataset  # noqa: PLC0415
    from rcmvae_core.training.split import split  # noqa: PLC0415

    gc.enable()
    use_cache()
    trained = load(options.run, seed=options.seed, warn=lambda diagnostic: complain([diagnostic]))
    part = trained.resolved.one("data")
    data, who = split(part, dataset.load(part))
    tested = evaluation.examine(trained, data, who.test)
    found: dict[str, Any] = {"inputs": len(who.test), **evaluation.quality(tested)}
    other = _others(trained, options, data, who)
    if other is not None:
        against, them = other
        scores = evaluation.detections(trained, tested.predictions, them)
        found["ood"] = {
            "against": against, "inputs": len(them.labels), "decides": trained.judge.decides, "scores": scores
        }  # fmt: skip
    if options.out is not None:
        _write(options.out, found, dict(_figures(trained, tested, None if other is None else other[1])))
    print(json.dumps(found, indent=2) if options.format == "json" else _text(found))
    return 0


def _others(
    trained: TrainedModel, options: argparse.Namespace, data: Dataset, who: Split
) -> tuple[str, Predictions] | None:
    """Inputs from elsewhere, what they are called, and what the model says of them."""
    from rcmvae_core.inference.files import opened  # noqa: PLC0415
    from rcmvae_core.inference.reference import Rows  # noqa: PLC0415

    if options.against is None:
        if not len(who.held_out):
            return None
        names = ", ".join(trained.resolved.one("data").keys.held_out_classes)
        return f"held-out classes {names}", trained.predict(Rows(data, who.held_out))
    path = Path(options.against)
    if not path.exists():
        other = _named(options.against)
        return options.against, trained.predict(Rows(other, other.test))
    with opened(path, trained.sizes, array=options.array) as found:
        return options.against, trained.predict(found.inputs)


def _named(name: str) -> Dataset:
    """The data set of a data plugin that needs no parameters."""
    from rcmvae_core.declarations import load_object  # noqa: PLC0415
    from rcmvae_core.discovery import discover  # noqa: PLC0415

    registry = discover()
    claims = registry.claims("data", name)
    if not claims:
        help_ = ["give a folder of images, a .npy, .npz, .csv or IDX file, or the name of a data plugin"]
        raise RcmvaeError(
            [Diagnostic("E305", f"there is no file, folder or data plugin `{name}`", help=help_)]
        )
    plugin = claims[0].plugin
    try:
        params = registry.parameters(plugin)()
    except TypeError:
        message, help_ = (
            f"data `{name}` cannot be named alone: it has parameters",
            ["give a file or a folder"],
        )
        raise RcmvaeError([Diagnostic("E305", message, help=help_)]) from None
    return load_object(plugin.impl)(params)


def _figures(
    trained: TrainedModel, tested: Tested, other: Predictions | None
) -> Iterator[tuple[str, Figure]]:
    """Every installed figure of predictions, and the scores of both sides, by name."""
    from rcmvae_core.declarations import load_object  # noqa: PLC0415
    from rcmvae_core.diagnostics import ReportData  # noqa: PLC0415
    from rcmvae_core.discovery import discover  # noqa: PLC0415
    from rcmvae_core.inference.evaluation import as_diagnostics  # noqa: PLC0415
    from rcmvae_core.metrics import auroc  # noqa: PLC0415
    from rcmvae_core.report.drawing import inked  # noqa: PLC0415
    from rcmvae_core.report.histograms import histograms  # noqa: PLC0415

    registry, data = discover(), ReportData(as_diagnostics(trained, tested), (), {})
    for name in registry.names("figure"):
        plugin = registry.claims("figure", name)[0].plugin
        if _PREDICTIONS in plugin.provides:
            with inked():
                yield name, load_object(plugin.impl)(registry.parameters(plugin)(), data)
    if other is not None and other.scores:
        own = tested.predictions.scores
        titles = {name: f"{name}: AUROC {auroc(own[name], other.scores[name]):.4f}" for name in own}
        yield "scores", histograms(own, other.scores, trained.judge.thresholds(), titles)


def _write(folder: Path, found: dict[str, Any], figures: dict[str, Figure]) -> None:
    from rcmvae_core.report.drawing import draw  # noqa: PLC0415

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "evaluation.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        for name, figure in figures.items():
            (folder / f"{name}.svg").write_bytes(draw(figure))
            (folder / f"{name}.png").write_bytes(draw(figure, "png"))
    except OSError as error:
        raise RcmvaeError([unwritable(folder, error, "choose another -o DIR")]) from None
    sys.stderr.write(f"{folder / 'evaluation.json'}\n")


_WORDS = {"accuracy": "accuracy", "ece": "ECE", "negative_log_likelihood": "NLL", "aurc": "AURC"}


def _text(found: dict[str, Any]) -> str:
    lines = [f"{found['inputs']} test inputs"]
    lines += [f"{words:<10} {found[name]:.4f}" for name, words in _WORDS.items() if name in found]
    if "ood" in found:
        ood = found["ood"]
        lines += ["", f"{ood['inputs']} inputs from elsewhere: {ood['against']}"]
        lines.append(f"{'score':<16} {'AUROC':>7} {'AUPR':>7} {'FPR@95':>7}")
        lines += [
            f"{name:<16} {one['auroc']:7.4f} {one['aupr']:7.4f} {one['fpr_at_95']:7.4f}"
            + ("  decides" if name == ood["decides"] else "")
            for name, one in ood["scores"].items()
        ]
    return "\n".join(lines)
