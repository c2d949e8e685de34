"""What a stranger does first with a run of any kind, in a real Chromium; returns what is wrong and what was seen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.browser.explore.map_checks import box_of
from tests.browser.explore.panel_checks import PANELS

_NO_WORDS = re.compile(r"\b(NaN|undefined|Infinity)\b|\[object ")
_INERT = """() => document.querySelectorAll("[onerror], script:not([src]):not([type='application/json'])").length"""
_CUT = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.checkVisibility() && !each.closest(".scroll, svg, .unseen") && each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => `outside the window: ${each.localName} ${each.className}`)"""
_SUMMARY = "#panel-labelling .summary"


async def walk(browser: Browser, url: str, acquisition: str | None = None) -> dict[str, Any]:
    """Look at the maps, open an input, decode, visit every panel, ask the queue, give a label, and undo.

    Args:
        browser: to open the page in.
        url: with its token.
        acquisition: by which the queue is asked; None for the one that the page proposes.
    """
    async with listened(browser) as (page, problems):
        await page.goto(url)
        await page.wait_for_selector("#tab-help")
        await page.wait_for_selector(f"{_SUMMARY} strong")
        seen: dict[str, Any] = {"problems": problems}
        seen["shown"] = await page.locator(".is-large .shown").inner_text()
        seen["decoded"] = await _decode(page)
        await page.keyboard.press("n")
        await page.wait_for_selector(".input-head")
        await _add_classes(page)
        seen["asked"] = await _ask(page, acquisition)
        seen["labelled"] = await _label(page)
        for width, scheme in ((1280, "light"), (390, "dark")):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType]
            problems.extend(f"{width}: {each}" for each in await _visit(page))
        problems.extend(["markup became elements"] * bool(await page.evaluate(_INERT)))
        return seen


@asynccontextmanager
async def listened(browser: Browser) -> AsyncIterator[tuple[Page, list[str]]]:
    """Open an empty page whose errors, failed requests and dialogs are in the list."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    problems: list[str] = []
    try:
        page = await context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("console", lambda each: problems.append(each.text) if each.type == "error" else None)
        page.on("dialog", lambda each: problems.append(f"dialog: {each.message}"))
        page.on(
            "response",
            lambda each: problems.append(f"{each.status} {each.url}") if each.status >= 400 else None,
        )
        yield page, problems
    finally:
        await context.close()


async def _decode(page: Page) -> str:
    """Return what the page says at the corner of a map where there is no input."""
    await page.keyboard.press("d")
    stages = page.locator("#small-multiples .stage")
    stage = stages.first if await stages.count() else page.locator(".is-large .stage")
    await stage.scroll_into_view_if_needed()
    box = await box_of(stage)
    await page.mouse.move(box["x"] + 4, box["y"] + box["height"] - 4)
    await page.wait_for_selector("#tooltip:not([hidden])")
    return await page.locator("#tooltip").inner_text()


async def _add_classes(page: Page) -> None:
    if await page.locator(".class-button").count():
        return
    for name in ("first", "second"):
        await page.get_by_role("button", name="Add a class").click()
        await page.get_by_label("Name", exact=True).fill(name)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f".class-button:has-text('{name}')")


async def _ask(page: Page, acquisition: str | None) -> str:
    await page.locator("#tab-queue").click()
    if acquisition:
        await page.get_by_label("Acquisition").select_option(acquisition)
    await page.locator("[data-focus=ask]").click()
    await page.wait_for_selector(".card:not([hidden])")
    return await page.locator(".card .asked").inner_text()


async def _label(page: Page) -> tuple[str, str, str]:
    """Give the input that is open the last class, and undo it; return the summary before, with it, and after."""
    summary = page.locator(_SUMMARY)
    before = await summary.inner_text()
    await page.locator(".class-button").last.click()
    await expect(summary).not_to_have_text(before, use_inner_text=True)
    given = await summary.inner_text()
    await page.keyboard.press("Control+z")
    await expect(summary).to_have_text(before, use_inner_text=True)
    return before, given, await summary.inner_text()


async def _visit(page: Page) -> list[str]:
    """Open every panel; return words of programs in them, what lies outside the window, and what axe says."""
    problems = []
    for panel in PANELS:
        await page.locator(f"#tab-{panel}").click()
        body = page.locator(f"#panel-{panel}")
        await expect(body).to_be_visible()
        problems += [f"{panel} says {found[0]}" for found in _NO_WORDS.finditer(await body.inner_text())]
        problems += [f"{panel}: {each}" for each in await page.evaluate(_CUT)]
    await page.locator("#tab-detail").click()
    # Colours fade from one scheme to the other.
    await page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
    found = (await Axe().run(page)).response["violations"]
    return problems + [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


async def open_report(browser: Browser, path: Path) -> dict[str, Any]:
    """Open a report; return its text and what is wrong with it."""
    async with listened(browser) as (page, problems):
        await page.goto(path.as_uri())
        return {
            "text": await page.inner_text("body"),
            "problems": problems,
            "handlers": await page.evaluate(_HANDLERS),
        }


async def open_frame(browser: Browser, url: str) -> dict[str, Any]:
    """Open a notebook; return what the page in its frame says and what is wrong."""
    async with listened(browser) as (page, problems):
        await page.goto(url)
        frame = page.frame_locator("iframe")
        await frame.locator(f"{_SUMMARY} strong").wait_for()
        text = await frame.locator("#panel-labelling").inner_text()
        return {"text": text, "problems": problems, "handlers": await frame.locator("[onerror]").count()}


_HANDLERS = "() => document.querySelectorAll('[onerror]').length"
