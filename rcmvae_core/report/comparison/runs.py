"""Reads the runs to compare, and groups those that differ in nothing but the seed and the draw of labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from rcmvae_core.errors import fail, quoted
from rcmvae_core.rundir.records import METRICS, Metrics, read_rows, read_summary
from rcmvae_core.runtime.records import fail_record, read_bytes

METRIC = "metric/"
"""What precedes the names of the metrics that a spec names."""
_SPEC = "spec.toml"
_NOT_COMPARED = frozenset({"name", "seeds", "rcmvae", "data.label_seed", "data.label_store_revision"})
"""Paths of a spec in which runs of one group may differ."""
_LABEL_SEED = "data.label_seed"


class Pair(NamedTuple):
    """What pairs the seeds of two groups: the same seed with the same draw of labels.

    Args:
        seed: of the run.
        label_seed: of the choice of labels.
    """

    seed: int
    label_seed: int


class ComparedRun(NamedTuple):
    """A finished run.

    Args:
        path: its run directory.
        name: of the run.
        spec: the values of its spec, by dotted path.
        results: the metrics of each seed, by names such as `test/accuracy` and `metric/nmi`.
        rows: its `metrics.jsonl`.
        test_data: a hash of its test inputs and labels; empty for a run of an older version.
    """

    path: Path
    name: str
    spec: Mapping[str, Any]
    results: Mapping[Pair, Metrics]
    rows: Sequence[Metrics]
    test_data: str


class Group(NamedTuple):
    """Runs that differ in nothing but the seed and the draw of labels.

    Args:
        name: of its first run, or of its folder, or with a number, so that no two groups share it.
        runs: its runs, in their order.
        results: the metrics of every seed of them.
    """

    name: str
    runs: tuple[ComparedRun, ...]
    results: Mapping[Pair, Metrics]

    @property
    def spec(self) -> Mapping[str, Any]:
        """The values of the spec that all runs share, by dotted path."""
        return {path: value for path, value in self.runs[0].spec.items() if path not in _NOT_COMPARED}


def read_run(path: Path) -> ComparedRun:
    """Read a run that is done.

    Raises:
        RcmvaeError: E410 if it is not a run directory, E440 if a record cannot be read, E434 if it has no results.
    """
    if not (path / _SPEC).is_file():
        fail(
            "E410",
            f"`{path}` is not a run directory: it has no `{_SPEC}`",
            help=["give folders of `rcmvae run`"],
        )
    if not (path / "summary.json").is_file():
        help_ = [f"finish it: rcmvae resume {path}"]
        fail("E434", f"`{path}` has no results: it is not done", help=help_)
    summary = read_summary(path)
    spec = _read_spec(path / _SPEC)
    label_seed = spec.get(_LABEL_SEED, 0)
    if not isinstance(label_seed, int):
        fail_record(path / _SPEC, ValueError(f"`{_LABEL_SEED}` is no integer"))
    results = {Pair(int(each["seed"]), label_seed): dict(_metrics(each)) for each in summary["seeds"]}
    rows, _ = read_rows(path / METRICS) if (path / METRICS).is_file() else ([], 0)
    return ComparedRun(path, str(summary["name"]), spec, results, rows, str(summary.get("test_data", "")))


def _read_spec(path: Path) -> dict[str, Any]:
    try:
        return dict(_flat(tomli.loads(read_bytes(path).decode("utf-8"))))
    except (ValueError, RecursionError) as error:
        fail_record(path, error)


def group_runs(runs: Sequence[ComparedRun]) -> list[Group]:
    """Group runs, in the order of their first ones.

    Raises:
        RcmvaeError: E434 if runs have other test data, or two runs of a group have the same seed and draw of labels.
    """
    _check_test_data(runs)
    grouped: dict[tuple[tuple[str, str], ...], list[ComparedRun]] = {}
    for run in runs:
        key = tuple(sorted((p, repr(v)) for p, v in run.spec.items() if p not in _NOT_COMPARED))
        grouped.setdefault(key, []).append(run)
    names = _names([members[0] for members in grouped.values()])
    groups: list[Group] = []
    for number, members in enumerate(grouped.values()):
        results: dict[Pair, Metrics] = {}
        for run in members:
            if twice := results.keys() & run.results.keys():
                seed, label_seed = min(twice)
                message = (
                    f"`{run.path}` repeats seed {seed} with draw {label_seed} of the labels of another run"
                )
                fail("E434", message, help=["leave one of them out"])
            results |= run.results
        groups.append(Group(names[number], tuple(members), results))
    return groups


def _names(runs: Sequence[ComparedRun]) -> list[str]:
    """Return a name for each group by its first run: that of the run, or of its folder, or else with a number."""
    for names in ([run.name for run in runs], [run.path.resolve().name for run in runs]):
        if len(set(names)) == len(names):
            return names
    return [f"{run.name} {number}" for number, run in enumerate(runs, 1)]


def spec_differences(groups: Sequence[Group]) -> dict[str, list[Any]]:
    """Return the values in which the specs of groups differ, by path, one for each group; None where it is absent."""
    paths = dict.fromkeys(path for group in groups for path in group.spec)
    values = {path: [group.spec.get(path) for group in groups] for path in paths}
    return {path: found for path, found in values.items() if any(each != found[0] for each in found[1:])}


def _check_test_data(runs: Sequence[ComparedRun]) -> None:
    known = {run.test_data: run for run in runs if run.test_data}
    if len(known) > 1:
        one, other = list(known.values())[:2]
        message = (
            f"`{one.path}` and `{other.path}` have other test data, so that their metrics cannot be compared"
        )
        differ = [name for name in (*one.spec, *other.spec) if name.startswith("data.")]
        changed = [name for name in dict.fromkeys(differ) if one.spec.get(name) != other.spec.get(name)]
        help_ = [f"their specs differ in {quoted(changed)}"] if changed else ["their files have changed"]
        fail("E434", message, help=help_)


def _metrics(seed: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for split in ("test", "validation"):
        for name, value in seed[split].items():
            yield f"{split}/{name}", float("nan") if value is None else float(value)
    for name, value in seed.get("metrics", {}).items():
        yield f"{METRIC}{name}", float("nan") if value is None else float(value)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested tables by dotted path; an empty table is a value."""
    for name, value in table.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}.")
        else:
            yield path, value
