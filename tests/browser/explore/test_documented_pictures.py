"""The pictures of `docs/exploring.md`: `RCMVAE_UPDATE_GOLDEN=1` trains the quickstart and takes them from its page."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize

from rcmvae_core.cli.main import main
from tests.browser.conftest import QUICKSTART
from tests.browser.explore.conftest import Served

pytestmark = pytest.mark.browser
DOCS = Path(__file__).parents[3] / "docs"
WINDOW: ViewportSize = {"width": 1440, "height": 900}


async def maps(page: Page) -> None:
    """One input beside its map."""
    box = await page.locator(".is-large .stage").bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.keyboard.press("n")
    await page.keyboard.press("Enter")
    await page.mouse.move(5, 5)


async def plane(page: Page) -> None:
    """A channel's plane, with what the decoder makes of its places."""
    await page.get_by_label("Grid of decodes").check()
    await page.get_by_role("button", name=re.compile("Enlarge")).first.click()
    await page.get_by_role("tab", name="Channels").click()


async def queue(page: Page) -> None:
    """A batch as a sheet."""
    await page.get_by_role("tab", name="Queue").click()
    await page.get_by_role("button", name=re.compile("^Ask")).first.click()
    await page.get_by_role("button", name="As a sheet").or_(page.get_by_text("As a sheet")).first.click()


PICTURES: dict[str, Callable[[Page], Awaitable[None]]] = {
    "explore.png": maps,
    "explore-plane.png": plane,
    "explore-queue.png": queue,
}


async def take(browser: Browser, url: str, show: Callable[[Page], Awaitable[None]]) -> list[bytes]:
    """Return a picture of the page after something was shown in it."""
    page = await browser.new_page(viewport=WINDOW)
    try:
        await page.goto(url)
        await page.locator(".is-large .stage").wait_for()
        await page.select_option("#colour-by", "prediction")
        await page.wait_for_timeout(2000)
        await show(page)
        await page.wait_for_timeout(3000)
        return [await page.screenshot()]
    finally:
        await page.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    if not os.environ.get("RCMVAE_UPDATE_GOLDEN"):
        yield ""
        return
    folder = tmp_path_factory.mktemp("documented")
    assert main(["run", str(QUICKSTART), "--out", str(folder / "quickstart")]) == 0
    served = Served(folder / "quickstart")
    yield served.url
    served.stop()


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_the_page(name, url, browse):
    path = DOCS / "images" / name
    if url:
        (content,) = browse(take, url, PICTURES[name])
        path.parent.mkdir(exist_ok=True)
        Image.open(io.BytesIO(content)).convert("RGB").save(path, optimize=True)
    assert f"](images/{name})" in (DOCS / "exploring.md").read_text(encoding="utf-8")
    with Image.open(path) as picture:
        assert picture.size == (WINDOW["width"], WINDOW["height"])
        assert len(picture.convert("RGB").getcolors(2**24) or []) > 20
