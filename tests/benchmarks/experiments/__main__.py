"""`make experiments`: trains what is not trained yet, and writes `docs/results.md`."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.metric_declarations import result_meaning
from rcmvae_core.report.comparison.compare import compare
from rcmvae_core.report.comparison.runs import read_run
from tests.benchmarks.experiments.data_files import write_files
from tests.benchmarks.experiments.derived import extend
from tests.benchmarks.experiments.likelihood import importance_weighted
from tests.benchmarks.experiments.page import Answered, lock_hash, page
from tests.benchmarks.experiments.questions import FOLDER, QUESTIONS, Question
from tests.benchmarks.experiments.training import command, is_done, run_folder, settings_of, train


def main(arguments: list[str] | None = None) -> None:
    """Train, compare and write."""
    options = _parser().parse_args(arguments)
    folder: Path = options.folder.resolve()
    files = write_files(folder, options.images, options.test_images)
    chosen = [question for question in QUESTIONS if not options.only or question.number in options.only]
    settings = {
        spec: settings_of(spec, files, options.epochs, options.settings)
        for question in chosen
        for spec in question.specs
    }
    if not options.page_only:
        for spec, own in settings.items():
            train(spec, folder, own)
    done = [spec for spec in settings if is_done(run_folder(folder, spec))]
    answers = [
        _answer(question._replace(specs=specs), folder, settings, files.binary, options)
        for question in chosen
        if (specs := question.answerable(done))
    ]
    missing = [spec for question in chosen for spec in question.specs if spec not in done]
    text = page(made_by(options), size_of(options), answers, missing)
    options.page.write_text(text, encoding="utf-8")
    print(options.page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("runs/experiments"), help="of runs and data")
    parser.add_argument("--page", type=Path, default=FOLDER.parent / "docs" / "results.md", help="to write")
    parser.add_argument("--only", action="append", choices=[question.number for question in QUESTIONS])
    parser.add_argument("--epochs", type=int, help="instead of those of the specs")
    parser.add_argument("--images", type=int, help="training images; all if absent")
    parser.add_argument("--test-images", type=int, help="all if absent")
    parser.add_argument("--set", action="append", default=[], dest="settings", help="for every spec")
    parser.add_argument("--importance-inputs", type=int, default=1_000, help="test images of experiment 6")
    parser.add_argument("--importance-samples", type=int, default=5_000, help="of each")
    parser.add_argument("--page-only", action="store_true", help="write the page of the runs that are done")
    return parser


def _answer(
    question: Question,
    folder: Path,
    settings: dict[str, list[str]],
    binary: Path,
    options: argparse.Namespace,
) -> Answered:
    runs = []
    for spec in question.specs:
        out, importance = run_folder(folder, spec), {}
        if spec.startswith("06-"):
            importance = importance_weighted(
                out, binary, options.importance_inputs, options.importance_samples
            )
        runs.append(extend(read_run(out), importance))
    comparison = compare(runs, question.metrics, partial(result_meaning, discover()))
    commands = [
        command(spec, Path(run_folder(Path("runs"), spec)), settings[spec]) for spec in question.specs
    ]
    shown = [[word.replace(str(folder), "FOLDER") for word in words] for words in commands]
    locks = {run.name: lock_hash(run.path) for run in runs}
    return Answered(question, comparison, question.decide(comparison), shown, locks)


def made_by(options: argparse.Namespace) -> list[str]:
    """Return the words of the command that makes the page from nothing, with the folder of runs left open."""
    sizes = {
        "--epochs": options.epochs, "--images": options.images, "--test-images": options.test_images,
        "--importance-inputs": options.importance_inputs, "--importance-samples": options.importance_samples,
    }  # fmt: skip
    words = ["python", "-m", "tests.benchmarks.experiments", "--folder", "FOLDER"]
    words += [word for name, value in sizes.items() if value is not None for word in (name, str(value))]
    return [*words, *(word for setting in options.settings for word in ("--set", setting))]


def size_of(options: argparse.Namespace) -> str:
    """Say in a sentence how large the runs are."""
    images = (
        "all training images" if options.images is None else f"the first {options.images} training images"
    )
    tests = (
        "all test images" if options.test_images is None else f"the first {options.test_images} test images"
    )
    epochs = "the epochs of the specs" if options.epochs is None else f"{options.epochs} epochs instead of 50"
    importance = f"{options.importance_samples} importance samples of {options.importance_inputs} test images"
    changed = f"; changed for every spec: {', '.join(options.settings)}" if options.settings else ""
    return f"**Size.** MNIST, {images} (a tenth of them for validation), {tests}, {epochs}, {importance}{changed}."


if __name__ == "__main__":
    main()
