"""What a person does on the maps of the explore page, in a real Chromium; each check returns what it saw."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Browser, Locator, Page

from tests.browser.explore.panel_checks import fetch, opened

_LARGE = ".is-large .stage"
_MOVED = 900
"""Milliseconds after which points have reached their new places."""


async def legend(browser: Browser, url: str) -> dict[str, Any]:
    """Dim all but one entry of the legend, and show everything again."""
    async with opened(browser, url) as page:
        await page.select_option("#colour-by", "target")
        await page.wait_for_selector(".entry >> nth=3")
        before = await shown(page)
        await page.locator(".only").first.click()
        await page.wait_for_timeout(300)
        only, dimmed = await shown(page), await page.locator(".is-large .shown").inner_text()
        first = int((await page.locator(".entry-count").first.inner_text()).replace(",", ""))
        await page.click("text=Show all")
        await page.wait_for_timeout(300)
        return {"before": before, "only": only, "first": first, "dimmed": dimmed, "after": await shown(page)}


async def selection(browser: Browser, url: str) -> dict[str, int]:
    """Draw a rectangle around everything, take a part of it away, and clear."""
    async with opened(browser, url) as page:
        await page.wait_for_timeout(300)
        result = {}
        await page.keyboard.press("r")
        await drag(page, (0.01, 0.01), (0.99, 0.99))
        result["all"] = await selected(page)
        await page.keyboard.down("Alt")
        await drag(page, (0.01, 0.01), (0.5, 0.99))
        await page.keyboard.up("Alt")
        result["right"] = await selected(page)
        await page.keyboard.press("l")
        await drag(page, (0.01, 0.01), (0.5, 0.01), (0.5, 0.99), (0.01, 0.99))
        result["left"] = await selected(page)
        await page.keyboard.press("Escape")
        result["none"] = await selected(page)
        return result


async def views(browser: Browser, url: str) -> dict[str, int]:
    """Zoom by the wheel and fit by the keyboard; then draw a channel large and go back."""
    async with opened(browser, url) as page:
        result = {"all": await shown(page)}
        await page.hover(_LARGE)
        for _ in range(8):
            await page.mouse.wheel(0, -200)
        await page.wait_for_timeout(300)
        result["zoomed"] = await shown(page)
        await page.keyboard.press("f")
        await page.wait_for_timeout(300)
        result["fit"] = await shown(page)
        await page.locator("#small-multiples .enlarge").first.click()
        await page.wait_for_timeout(300)
        result["channel"] = await shown(page)
        await page.click(".is-large .enlarge")
        await page.wait_for_timeout(300)
        result["back"] = await shown(page)
        result["panels"] = await page.locator("#small-multiples .plot").count()
        result["used"] = sum(each["count"] > 0 for each in await fetch(page, "models/0/channels?labels=0"))
        return result


async def pointing(browser: Browser, url: str) -> dict[str, str]:
    """Point at a corner of a channel's plane with the pointer, and at its middle with the keyboard."""
    async with opened(browser, url) as page:
        stage = page.locator("#small-multiples .stage").first
        await stage.scroll_into_view_if_needed()
        box = await box_of(stage)
        await page.mouse.move(box["x"] + 4, box["y"] + box["height"] - 4)
        await page.wait_for_selector("#tooltip:not([hidden])")
        pointer = await page.locator("#tooltip").inner_text()
        await page.mouse.move(2, 2)
        await page.wait_for_selector("#tooltip", state="hidden")
        await page.keyboard.press("d")
        await stage.focus()
        await page.keyboard.press("ArrowRight")
        await page.wait_for_selector("#tooltip:not([hidden])")
        return {"pointer": pointer, "keyboard": await page.locator("#tooltip").inner_text()}


async def steps(browser: Browser, url: str) -> list[str]:
    """Step through the inputs in view by the keyboard; return what is spoken."""
    async with opened(browser, url) as page:
        spoken = []
        for key in "nnp":
            await page.keyboard.press(key)
            spoken.append(await page.locator("#live-region").inner_text())
        return spoken


async def movement(browser: Browser, url: str, motion: str) -> int:
    """Change the projection; return how often the map was drawn on the way."""
    context = await browser.new_context(reduced_motion=motion)  # pyright: ignore[reportArgumentType]
    try:
        page = await context.new_page()
        await page.goto(url)
        await page.wait_for_selector("#tab-help")
        others = await page.locator("#projection option").evaluate_all("all => all.map(each => each.value)")
        current = await page.input_value("#projection")
        await page.evaluate("performance.clearMeasures()")
        await page.select_option(
            "#projection", next(each for each in others if each not in (current, "umap"))
        )
        await page.wait_for_timeout(_MOVED + 600)
        return await page.evaluate("performance.getEntriesByName('rcmvae-draw-map').length")
    finally:
        await context.close()


async def shown(page: Page) -> int:
    """Return how many inputs the large plot says that it shows."""
    return _number(await page.locator(".is-large .shown").inner_text())


async def selected(page: Page) -> int:
    await page.wait_for_timeout(150)
    return _number(await page.locator(".selected-count").inner_text())


async def drag(page: Page, *places: tuple[float, float]) -> None:
    """Drag over the large plot from place to place, given as shares of its width and height."""
    box = await box_of(page.locator(_LARGE))
    corners = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    await page.mouse.move(*corners[0])
    await page.mouse.down()
    for corner in corners[1:]:
        await page.mouse.move(*corner, steps=6)
    await page.mouse.up()


async def box_of(element: Locator) -> dict[str, float]:
    box = await element.bounding_box()
    assert box is not None
    return dict(box)  # pyright: ignore[reportReturnType]


def _number(text: str) -> int:
    found = re.match(r"[\d,]+", text)
    assert found is not None, text
    return int(found[0].replace(",", ""))
