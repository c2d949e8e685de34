"""Reads the records of a run directory: status, summary, metrics, and where it starts from; and says what they must hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import attrs

from rcmvae_core.rundir.channel_records import ChannelCountSummary
from rcmvae_core.runtime.records import (
    Count,
    Number,
    RecordError,
    fail_record,
    parse,
    read_values,
    require_file,
    require_format,
    shown,
    structure,
)

STATUS, SUMMARY, METRICS = "status.json", "summary.json", "metrics.jsonl"
START_FROM, TRACKERS = "origin.json", "trackers.json"
FORMAT = 1
"""The format that is written to each of these records; those of earlier versions have no number, and the same keys."""
MAX_LINE = 2**20
"""Bytes of a row of `metrics.jsonl` at most."""
TRACKERS_FORMAT = 2
"""The format of `trackers.json`; format 1 was the ids alone."""
_SEED = re.compile("-?[0-9]{1,18}")
State = Literal["running", "done", "failed", "interrupted"]
Metrics = dict[str, float]
"""Values by name; one that cannot be computed is NaN."""
_NONE = Count(0)
_ZERO = Number(0.0)
_FORMAT = Count(FORMAT)


@attrs.frozen
class Status:
    """The content of `status.json`.

    Args:
        state: of the run.
        format: of the record.
        time: when it was written.
        process: the id of the process that wrote it.
        seed: that is being trained.
        epoch: that is finished.
        reason: why the run failed.
        monitor: the validation metric by which states are compared.
        finished: the seeds that are trained and evaluated.
        epoch_seconds: of an epoch on average, since the first step of the process; None before its first epoch.
        warnings: of the run so far, a line each.
    """

    state: State
    format: Count = _FORMAT
    time: str = ""
    process: Count = _NONE
    seed: int | None = None
    epoch: Count = _NONE
    reason: str = ""
    monitor: str = ""
    finished: tuple[int, ...] = ()
    epoch_seconds: Number | None = None
    warnings: tuple[str, ...] = ()


@attrs.frozen
class SeedSummary:
    """The result of a seed.

    Args:
        seed: its number.
        validation: metrics on the validation data.
        test: metrics on the test data.
        epochs: that were trained.
        step: of the state.
        stopped_early: whether training ended early.
        monitor: the metric by which states are compared.
        best: its best value.
        last: its last value.
        seconds: the time that training took.
        metrics: by the metric plugins of the spec, on the test data; earlier versions have none.
        channels: how many are in use; earlier versions do not say, nor do runs with one channel.
    """

    seed: int
    validation: Metrics
    test: Metrics
    epochs: Count
    step: Count
    stopped_early: bool = False
    monitor: str = ""
    best: float | None = None
    last: float | None = None
    seconds: Number = _ZERO
    metrics: Metrics = attrs.field(factory=dict)
    channels: ChannelCountSummary = attrs.field(factory=ChannelCountSummary)


@attrs.frozen
class CalibratorSummary:
    """What a calibrator makes of the test inputs; values of what it does not give are absent.

    Args:
        summary: what was fitted, in a few words.
        not_applicable: why nothing was.
        promised_coverage: the share of sets that should contain the class.
        before: the calibration error and the likelihood of labels, before it.
        after: the same after it.
        coverage: the share of sets that contain the class.
        lowest_class_coverage: that of the class with the lowest.
        mean_set_size: classes in a set.
        empty_sets: the share of sets without a class.
    """

    summary: str = ""
    not_applicable: str = ""
    promised_coverage: float | None = None
    before: Metrics = attrs.field(factory=dict)
    after: Metrics = attrs.field(factory=dict)
    coverage: float | None = None
    lowest_class_coverage: float | None = None
    mean_set_size: float | None = None
    empty_sets: float | None = None


@attrs.frozen
class CalibrationSummary:
    """How the calibrators of a run were fitted.

    Args:
        labels: to which they were.
        source: where these are from.
        calibrators: by name.
    """

    labels: Count = _NONE
    source: str = ""
    calibrators: dict[str, CalibratorSummary] = attrs.field(factory=dict)


@attrs.frozen
class Summary:
    """The content of `summary.json`.

    Args:
        name: of the run.
        parameters: the number of them.
        labels: that training may see.
        seeds: the result of each.
        mean: of the metrics over the seeds, by `validation`, `test` and `metrics`.
        std: their standard deviation.
        format: of the record.
        epochs: of the spec.
        select: `best` or `last`; earlier versions do not say.
        training: the number of training inputs.
        validation: of validation inputs.
        test: of test inputs.
        test_data: a hash of the test inputs and their labels; earlier versions have none.
        baselines: the test accuracy of a constant guess and of simple classifiers; earlier versions have none.
        warnings: of the run, a line each.
        notes: what reading the data noticed, such as the types of columns; earlier versions have none.
        calibration: of the spec's calibrators; runs without any have none.
    """

    name: str
    parameters: Count
    labels: Count
    seeds: tuple[SeedSummary, ...]
    mean: dict[Literal["validation", "test", "metrics"], Metrics]
    std: dict[Literal["validation", "test", "metrics"], Metrics]
    format: Count = _FORMAT
    epochs: Count = _NONE
    select: Literal["best", "last"] = "best"
    training: Count = _NONE
    validation: Count = _NONE
    test: Count = _NONE
    test_data: str = ""
    baselines: Metrics = attrs.field(factory=dict)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    calibration: CalibrationSummary = CalibrationSummary()


@attrs.frozen
class StartRecord:
    """The content of `origin.json`: the run whose last states are the initial ones.

    Args:
        run: its run directory.
        steps: the step of the checkpoint, by seed.
        format: of the record.
    """

    run: str
    steps: dict[str, Count]
    format: Count = _FORMAT


@attrs.frozen
class TrackerIds:
    """The content of `trackers.json`.

    Args:
        ids: the id that each tracker gave the run, by the tracker's name.
        format: of the record.
    """

    ids: dict[str, str]
    format: Count


@attrs.frozen
class RowKeys:
    """What every row of `metrics.jsonl` has beside its metrics."""

    HAS_OTHER_KEYS = True
    seed: int
    epoch: Count
    step: Count


def read_status(run: Path) -> Status:
    """Read `status.json`.

    Returns:
        The status.

    Raises:
        RecordError: if it is missing or cannot be read.
    """
    status = structure(read_values(run / STATUS), Status)
    require_format(status.format, FORMAT)
    return status


def read_state(run: Path) -> State | None:
    """Return the state of a run; None if its status is missing or cannot be read."""
    try:
        return read_status(run).state
    except RecordError:
        return None


def read_summary(run: Path) -> dict[str, Any]:
    """Read `summary.json`.

    Returns:
        Its plain values, which have the keys and types of `Summary`.

    Raises:
        RcmvaeError: E440 if it cannot be read.
    """
    path = run / SUMMARY
    try:
        values = read_values(path)
        summary = structure(values, Summary)
        require_format(summary.format, FORMAT)
        _check_metrics(summary)
    except RecordError as error:
        fail_record(path, error, help_=f"`rcmvae resume {run}` writes it again from the checkpoints")
    return values


def _check_metrics(summary: Summary) -> None:
    if not summary.seeds:
        raise RecordError("`seeds` is empty")
    for name, values in (("mean", summary.mean), ("std", summary.std)):
        for split in ("validation", "test"):
            if split not in values:
                raise RecordError(f"`{name}.{split}` is missing")
            if "elbo" not in values[split]:
                raise RecordError(f"`{name}.{split}.elbo` is missing")
    absent = summary.mean["test"].keys() - summary.std["test"].keys()
    if absent:
        raise RecordError(f"`std.test.{min(absent)}` is missing")


def read_rows(path: Path) -> tuple[list[Metrics], int]:
    """Read the rows of `metrics.jsonl`.

    Args:
        path: the file.

    Returns:
        The rows, and the number of lines that are none; the last line may have been cut off when a process died, and
        does not count.

    Raises:
        RcmvaeError: E440 if the file cannot be read.
    """
    try:
        require_file(path)
        with path.open("rb") as file:
            # A line is bounded, because a corrupt file may have no second one.
            lines = list(iter(lambda: file.readline(MAX_LINE), b""))
    except (OSError, RecordError) as error:
        fail_record(path, error)
    rows = [parse_row(line) for line in lines if line.strip()]
    is_cut = bool(rows) and not lines[-1].endswith(b"\n")
    return [row for row in rows if row is not None], (rows[:-1] if is_cut else rows).count(None)


def parse_row(line: bytes) -> Metrics | None:
    """Return the row of a line of `metrics.jsonl`; None if it is none."""
    try:
        values = parse(line)
        structure(values, RowKeys)
        return structure(values, dict[str, float])
    except RecordError:
        return None


def read_start_record(run: Path) -> StartRecord | None:
    """Read `origin.json`.

    Returns:
        The record; None if the run starts from random parameters.

    Raises:
        RcmvaeError: E440 if it cannot be read.
    """
    path = run / START_FROM
    if not path.exists():
        return None
    try:
        record = structure(read_values(path), StartRecord)
        require_format(record.format, FORMAT)
        _check_start(record)
    except RecordError as error:
        fail_record(
            path, error, help_="restore the file, or begin the run again: rcmvae learn RUN --warm-start"
        )
    return record


def _check_start(record: StartRecord) -> None:
    for seed in record.steps:
        if not _SEED.fullmatch(seed):
            raise RecordError(f"`steps` has {shown(seed)}, which is not a seed")
    try:
        is_path = "\0" not in record.run and (Path(record.run).is_dir() or True)
    except OSError:  # longer than the system allows
        is_path = False
    if not is_path:
        raise RecordError("`run` is not a path")


def read_tracker_ids(run: Path) -> dict[str, str]:
    """Read `trackers.json`.

    Returns:
        The id that each tracker gave the run, by the tracker's name; empty without the file.

    Raises:
        RcmvaeError: E440 if it cannot be read.
    """
    path = run / TRACKERS
    if not path.exists():
        return {}
    try:
        values = read_values(path)
        if isinstance(values, dict) and isinstance(values.get("format"), int):
            record = structure(values, TrackerIds)
            require_format(record.format, TRACKERS_FORMAT)
            return record.ids
        return structure(values, dict[str, str])
    except RecordError as error:
        fail_record(path, error)
