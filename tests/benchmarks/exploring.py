"""The explore page in Chromium with software rendering: first map, panning, lasso to label, decode under the pointer.

The reference of each row is the time that the page may take; `python -m tests.benchmarks exploring` measures it on 70,000
inputs of MNIST, and on 1,000,000 rows of a table.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Page, async_playwright

from tests.benchmarks.results import Result, at_least, at_most
from tests.browser.conftest import FLAGS
from tests.support.chromium import executable

_MNIST = """
name = "exploring"
[data]
labels_per_class = 10
[data.mnist]
[latent]
channels = 10
dim = 2
[encoder.dense]
hidden = [512, 256]
[prior.mixture]
[routing.soft]
top_m = 2
[conditioner.film]
[backbone.dense]
hidden = [256, 512]
[head.bernoulli]
[loss.reconstruction.reconstruction]
[loss.kl_z.kl_latent]
[loss.kl_c.kl_channel]
[loss.spread]
weight = -100.0
[loss.spread.usage_entropy]
[loss.labels]
weight = 200.0
[loss.labels.supervised]
[classifier.tau]
[figure.loss_curves]
[train]
epochs = 2
[train.optimizer.adam]
"""
_ROWS = 1_000_000
_FEATURES = 16
_TABLE = _MNIST.replace(
    "[data.mnist]", '[data.npz]\npath = "rows.npz"\nlabels = "y"\nform = "features"'
).replace("hidden = [512, 256]", "hidden = [64]")
_TABLE = _TABLE.replace("hidden = [256, 512]", "hidden = [64]").replace("[head.bernoulli]", "[head.gaussian]")
_TABLE = _TABLE.replace("epochs = 2", "epochs = 1\nbatch_size = 1000").replace(
    "labels_per_class = 10", 'labels_per_class = 10\nscale = "standard"'
)
_FRAME_SECONDS = 1 / 30
_LASSO, _REPEATS = 5_000, 40
_WATCH = """() => {
  window.frames_ = []; window.watching = true; let last = performance.now();
  (function next() { const now = performance.now(); frames_.push(now - last); last = now;
    if (window.watching) requestAnimationFrame(next); })();
}"""
_STOP = "() => { window.watching = false; return window.frames_.slice(2); }"
_FIRST_MAP = """() => {
  const arrived = performance.getEntriesByName("rcmvae-positions-arrived")[0].startTime;
  const drawn = performance.getEntriesByName("rcmvae-draw-map")[0];
  return drawn.startTime + drawn.duration - arrived;
}"""
_LABEL = """async ({count, repeats}) => {
  const { createApi } = await import("./js/api.js");
  const hooks = {onLost() {}, onBack() {}, onPending() {}, onOpen() {}};
  const api = createApi(hooks), times = [];
  for (let turn = 0; turn < repeats; turn++) {
    const indices = Array.from({length: count}, (_, place) => (turn * count + place) % 60000);
    const start = performance.now();
    await api.write("labels", {indices, class: turn % 10, how: "lasso", score: null, annotator: "bench"});
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return times;
}"""
_DECODE = """async (repeats) => {
  const times = [];
  for (let turn = 0; turn < repeats; turn++) {
    const x = Math.sin(turn), y = Math.cos(turn * 1.7), start = performance.now();
    const reply = await fetch(`api/v1/models/0/decode?channel=${turn % 10}&projection=latent&x=${x}&y=${y}`);
    const image = await createImageBitmap(await reply.blob());
    times.push(performance.now() - start);
    image.close();
  }
  return times;
}"""


def measure() -> Iterator[Result]:
    """Train, serve and measure; a row at a time."""
    with tempfile.TemporaryDirectory() as place, asyncio.Runner() as runner:
        folder = Path(place)
        with _served(folder, "mnist", _MNIST) as url:
            yield from runner.run(_of_mnist(url))
        generator = np.random.default_rng(0)
        rows = generator.normal(size=(_ROWS, _FEATURES)).astype(np.float32)
        labels = generator.integers(10, size=_ROWS)
        rows[np.arange(_ROWS), labels] += 4
        np.savez(folder / "rows.npz", x=rows, y=labels)
        with _served(folder, "rows", _TABLE) as url:
            yield from runner.run(_of_rows(url))


@contextmanager
def _served(folder: Path, name: str, spec: str) -> Iterator[str]:
    """Train a spec and serve its page; the block gets the URL."""
    (folder / f"{name}.toml").write_text(spec, encoding="utf-8")
    program = [sys.executable, "-m", "rcmvae_core"]
    done = subprocess.run(
        [*program, "run", f"{name}.toml", "--out", name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    command = [*program, "explore", name, "--no-open", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


async def _of_mnist(url: str) -> list[Result]:
    async with _opened(url) as page:
        drawn = await page.evaluate(_FIRST_MAP)
        panned = await _frames(page, _pan)
        zoomed = await _frames(page, _zoom)
        labelled = await page.evaluate(_LABEL, {"count": _LASSO, "repeats": _REPEATS})
        await page.evaluate(_DECODE, 10)
        decoded = await page.evaluate(_DECODE, _REPEATS)
    return [
        _within("70,000 points: first map after its data", drawn, 300),
        _rate("70,000 points: panning", panned),
        _rate("70,000 points: zooming", zoomed),
        _within("5,000 inputs: to acknowledged labels, p95", _p95(labelled), 100),
        _within("decode under the pointer, p95", _p95(decoded), 100),
    ]


async def _of_rows(url: str) -> list[Result]:
    async with _opened(url) as page:
        drawn = await page.evaluate(_FIRST_MAP)
        panned = await _frames(page, _pan)
        zoomed = await _frames(page, _zoom)
        heap = await page.evaluate("() => performance.memory.usedJSHeapSize")
        resident = max(_renderers())
        shown = await page.locator("#status").inner_text()
    if f"{_ROWS:,} of {_ROWS:,}" not in shown:
        raise SystemExit(f"not all points are shown: {shown}")
    gigabytes = resident / 1e9
    memory = Result(
        "1,000,000 points: memory of the tab",
        f"{gigabytes:.2f} GB, heap {heap / 1e9:.2f}",
        "1 GB",
        gigabytes,
        at_most(1),
    )
    return [
        _within("1,000,000 points: first map after its data", drawn, 3000),
        _rate("1,000,000 points: panning", panned, least=5),
        _rate("1,000,000 points: zooming", zoomed, least=5),
        memory,
    ]


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Page]:
    """Open the page, and wait until its first map is drawn."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        context = await browser.new_context(viewport={"width": 1920, "height": 1080}, bypass_csp=True)
        page = await context.new_page()
        await page.goto(url)
        drawn = "() => performance.getEntriesByName('rcmvae-draw-map').length > 0"
        await page.wait_for_function(drawn, timeout=120_000)
        await page.wait_for_timeout(3000)
        yield page
        await browser.close()


async def _frames(page: Page, act: Any) -> list[float]:
    """Return the milliseconds between frames while somebody acts on the large map."""
    box = await page.locator(".is-large .stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.evaluate(_WATCH)
    await act(page, x, y)
    return await page.evaluate(_STOP)


async def _pan(page: Page, x: float, y: float) -> None:
    await page.mouse.down()
    for step in range(120):
        await page.mouse.move(x + step * 1.5, y + step % 30 * 2)
        await page.wait_for_timeout(8)
    await page.mouse.up()


async def _zoom(page: Page, _: float, __: float) -> None:
    for step in range(90):
        await page.mouse.wheel(0, -60 if step < 45 else 60)
        await page.wait_for_timeout(12)


def _renderers() -> list[float]:
    """Return the memory that only each process of a tab uses, in bytes: on Linux, of all Chromiums of this machine."""
    tabs = [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if b"--type=renderer" in _read(path)]
    return [_private(_read(tab / "smaps_rollup").decode()) for tab in tabs]


def _private(rollup: str) -> float:
    rows = [line.split() for line in rollup.splitlines() if line.startswith("Private_")]
    return sum(float(kilobytes) for _, kilobytes, *_ in rows) * 1024


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # the process has ended
        return b""


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _within(what: str, milliseconds: float, limit: float) -> Result:
    return Result(what, f"{milliseconds:.0f} ms", f"{limit:.0f} ms", milliseconds / limit, at_most(1))


def _rate(what: str, frames: list[float], least: float = 1 / _FRAME_SECONDS) -> Result:
    slowest = 1000 / _p95(frames)
    typical = 1000 / statistics.median(frames)
    return Result(
        f"{what}, frames a second",
        f"{typical:.0f}, 95 % above {slowest:.0f}",
        f"{least:.0f}",
        slowest / least,
        at_least(1),
    )
