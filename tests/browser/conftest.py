"""One Chromium for all tests of a session, and the pages that they open."""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import async_playwright

from rcmvae_core.cli.main import main
from tests.support.chromium import executable
from tests.support.compared_runs import write_run
from tests.support.table_run import settings

QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
SMALL = settings("train.epochs=2", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]")
# As root, in a container, and without calls to anybody; Playwright gives each start a profile of its own.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browse() -> Iterator[Callable[..., list[str]]]:
    """Calls a check of a page with the one Chromium of this session."""
    # The event loop runs only within a check, because other tests of this process start loops of their own.
    with asyncio.Runner() as runner:
        playwright = runner.run(async_playwright().start())
        browser = runner.run(playwright.chromium.launch(executable_path=executable(), args=FLAGS))
        yield lambda check, *arguments: runner.run(check(browser, *arguments))
        runner.run(browser.close())
        runner.run(playwright.stop())


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """The reports of two small runs and of one on a table, and the comparison of the two."""
    folder = tmp_path_factory.mktemp("pages")
    write_table(folder / "flowers.csv")
    before = Path.cwd()
    os.chdir(folder)
    try:
        # Of the second run only the comparison is opened, which draws its own figures.
        for name, more in (("film", ()), ("none", ("figure={}",))):
            words = settings("seeds=[0, 1]", f"conditioner={name}", *more)
            assert main(["run", str(QUICKSTART), "--out", name, *SMALL, *words]) == 0
        assert main(["compare", "film", "none", "-o", "comparison.html"]) == 0
        write_groups(folder)
        assert main(["compare", *map(str, sorted(folder.glob("group-*"))), "-o", "many_groups.html"]) == 0
        assert main(["new", "spec", "table.toml", "--from", "flowers.csv", "--label", "kind"]) == 0
        assert main(["run", "table.toml", "--out", "table", *SMALL]) == 0
    finally:
        os.chdir(before)
    return {
        "digits": folder / "film" / "report.html",
        "table": folder / "table" / "report.html",
        "comparison": folder / "comparison.html",
        "many_groups": folder / "many_groups.html",
    }


def write_table(path: Path) -> None:
    rng = np.random.default_rng(0)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("length", "width", "height", "kind"))
        for row in range(120):
            writer.writerow((*rng.normal(row % 3, 0.3, 3).round(4), ("rose", "tulip", "lily")[row % 3]))


def write_groups(folder: Path) -> None:
    """Write seven groups of six seeds with long names."""
    for place, letter in enumerate("abcdefg"):
        results = {seed: 0.8 + place / 50 + seed / 100 for seed in range(6)}
        name = f"{letter} group_with_a_long_name, and a <b>tag</b> of {letter * 20}"
        write_run(folder / f"group-{letter}", results, conditioner=f"conditioner_{letter}", name=name)
