"""The files of a report: pictures and data of every seed, what seeds share once, and what does not apply."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.experiment import report_figures
from rcmvae_core.experiment.report_figures import draw_figures
from rcmvae_core.plugin.declaration import Distribution, Plugin, Registered
from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols.figure import NotApplicable, Plot, ReportData
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.report.records import Absent, Picture
from rcmvae_core.rundir.directory import RunDirectory

ARRAYS = ReportArrays(np.array([0, 1]), np.eye(2, dtype=np.float32), ("a", "b"))
NOTHING = ReportArrays(np.zeros(0, np.int64), np.zeros((0, 0), np.float32), ())


def data(*seeds: int, arrays: ReportArrays = ARRAYS) -> list[ReportData]:
    return [ReportData(arrays, (), {}, seed) for seed in seeds]


def title(text: str) -> Figure:
    figure = Figure(figsize=(2, 1))
    figure.suptitle(text)
    return figure


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Return a function that draws a figure of a plugin for seeds, and returns its views, files and warnings."""

    def draw(build: Any, given: list[ReportData]) -> SimpleNamespace:
        monkeypatch.setattr(report_figures, "load_object", lambda _: build)
        plugin = Plugin("figure", "chart", summary="What it shows.", impl="a.b:c")
        part = ResolvedPart(Registered(plugin, Distribution("guest", "1.0")), NoParams())
        warnings: list[Any] = []
        with RunDirectory(tmp_path / "run") as directory:
            (view,) = draw_figures([part], directory, given, warnings.append)
        folder = tmp_path / "run" / "figures"
        files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*"))
        return SimpleNamespace(views=view.views, files=files, folder=folder, warnings=warnings)

    return draw


def test_the_first_seed_is_in_the_folder_and_each_other_in_its_own(drawn) -> None:
    result = drawn(lambda _, data: title(f"seed {data.seed}"), data(3, 1))
    assert result.files == ["chart.svg", "seed-1/chart.svg"]
    assert [(view.seeds, view.file, view.result) for view in result.views] == [
        ((3,), "figures/chart.svg", "seed 3"),
        ((1,), "figures/seed-1/chart.svg", "seed 1"),
    ]


def test_seeds_with_the_same_picture_share_it(drawn) -> None:
    result = drawn(lambda _, data: title("odd" if data.seed % 2 else "even"), data(0, 1, 2, 3))
    assert [view.seeds for view in result.views] == [(0, 2), (1, 3)]
    assert result.files == ["chart.svg", "seed-1/chart.svg"]


def test_the_data_of_a_plot_are_written_so_that_no_spreadsheet_runs_them(drawn) -> None:
    table = {"name": ["=1+1", "b,c"], "=value": np.array([1.5, np.nan])}
    result = drawn(lambda *_: Plot(title("a"), table), data(0))
    (view,) = result.views
    assert isinstance(view, Picture)
    assert view.table == "figures/chart.csv"
    with (result.folder / "chart.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["name", "'=value"], ["'=1+1", "1.5"], ["b,c", "nan"]]


def test_what_does_not_apply_has_a_reason_and_no_file_or_warning(drawn) -> None:
    result = drawn(lambda _, data: NotApplicable("no labels") if data.seed else title("a"), data(0, 1))
    assert result.views[1] == Absent((1,), "no labels")
    assert result.files == ["chart.svg"]
    assert result.warnings == []


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (lambda *_: {}["sigma"], "KeyError: 'sigma'"),
        (lambda *_: 7, "TypeError: a figure must return a `Figure`, `Plot` or `NotApplicable`, got a `int`"),
        (lambda *_: title(r"$\frac{$"), "ValueError"),
        (lambda *_: Plot(title("a"), {"x": [1], "y": [1, 2]}), "ValueError"),
    ],
)
def test_a_figure_that_fails_is_one_warning_for_all_its_seeds(drawn, build, error) -> None:
    result = drawn(build, data(0, 1))
    (view,) = result.views
    assert isinstance(view, Absent)
    assert view.is_error
    assert view.reason.startswith(error)
    assert [each.code for each in result.warnings] == ["W416"]
    assert result.files == []


@pytest.mark.parametrize("build", [lambda *_: {}["sigma"], lambda *_: NotApplicable("no classifier")])
def test_without_arrays_a_figure_says_that_no_seed_has_finished(drawn, build) -> None:
    (view,) = drawn(build, data(0, arrays=NOTHING)).views
    assert view == Absent((0,), "it shows arrays of a trained model, and no seed has finished")


def test_no_link_is_followed_to_the_figures_of_a_seed(tmp_path) -> None:
    run, victim = tmp_path / "run", tmp_path / "victim"
    (run / "figures").mkdir(parents=True)
    (run / "spec.toml").write_text("")
    victim.mkdir()
    Path(run, "figures", "seed-1").symlink_to(victim)
    with pytest.raises(RcmvaeError, match="E451"), RunDirectory(run, resume=True):
        pass
    assert list(victim.iterdir()) == []
