"""The explore page on runs of every kind: tables, series, colours, many channels and classes, none, and plugins of others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from rcmvae_core.inference.explore_page import ExplorePage
from tests.browser.explore import variant_checks as checks
from tests.browser.explore.conftest import Served
from tests.browser.explore.variants import MARKUP, VARIANTS, train, variables

pytestmark = pytest.mark.browser
_HEAD = "<!doctype html><link rel=icon href='data:,'>"
TELLING = ("table", "without_classes", "colours", "guests")


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Callable[[str], Path]:
    """Gives the folder of a variant's run, which is trained when it is first asked for."""
    folder, known = tmp_path_factory.mktemp("variants"), dict[str, Path]()

    def find(name: str) -> Path:
        if name not in known:
            known[name] = train(VARIANTS[name], folder / name).parent
        return known[name]

    return find


@pytest.fixture
def served(trained, tmp_path, monkeypatch) -> Iterator[Callable[[str], Served]]:
    """Serves a copy of a variant's run."""
    started: list[Served] = []

    def serve(name: str) -> Served:
        for variable, value in variables(VARIANTS[name], trained(name)).items():
            monkeypatch.setenv(variable, value)
        shutil.copytree(trained(name) / "run", tmp_path / "run")
        started.append(Served(tmp_path / "run"))
        return started[-1]

    yield serve
    for each in started:
        each.stop()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in TELLING else pytest.mark.long) for name in VARIANTS],
)
def test_a_stranger_finds_the_way(name, served, browse) -> None:
    acquisition = "own_acquisition" if VARIANTS[name].kinds else None
    seen = browse(checks.walk, served(name).url, acquisition)
    count = f"{VARIANTS[name].inputs:,}"
    assert seen["problems"] == []
    assert seen["shown"] == f"{count} of {count} shown"
    assert ("no way back" if VARIANTS[name].kinds else "decoded by channel") in seen["decoded"]
    assert seen["asked"].startswith("Why: ")
    before, given, after = (int(text.split()[0]) for text in seen["labelled"])
    assert (given, after) == (before + 1, before)


def test_markup_in_names_is_inert_in_the_report_and_in_a_notebook(trained, browse, tmp_path) -> None:
    report = browse(checks.open_report, trained("colours") / "run" / "report.html")
    shutil.copytree(trained("colours") / "run", tmp_path / "run")
    with ExplorePage(tmp_path / "run") as page:
        (tmp_path / "cell.html").write_text(f"{_HEAD}{page._repr_html_()}", encoding="utf-8")
        with _site(tmp_path) as address:
            frame = browse(checks.open_frame, f"{address}/cell.html")
    for seen in (report, frame):
        assert (seen["problems"], seen["handlers"]) == ([], 0)
        assert MARKUP in seen["text"].replace("\n", " ")


@contextmanager
def _site(folder: Path) -> Iterator[str]:
    """Serve a folder, because a page from a file or of no address may show no other one in a frame."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
