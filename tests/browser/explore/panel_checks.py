"""What a person does in the panels of the explore page, in a real Chromium; each check returns what it saw."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page

PANELS = ("detail", "queue", "training", "models", "channels", "ood", "help")
SCRIPT = "<script>alert(1)</script>"
_LABELLED = ".thumbnail.state-labelled"
_COLOUR_SETTLED = 700
"""Milliseconds after which colours no longer change."""


@asynccontextmanager
async def opened(
    browser: Browser, url: str, *, width: int = 1280, scheme: str = "light"
) -> AsyncIterator[Page]:
    """Open the page in a context of its own, and wait until its panels are there.

    Args:
        browser: to open it in.
        url: with its token.
        width: of the window.
        scheme: `light` or `dark`.
    """
    context = await browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    try:
        yield await tab(context, url)
    finally:
        await context.close()


async def tab(context: BrowserContext, url: str) -> Page:
    """Open a tab and wait until its panels are there."""
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector("#tab-help")
    await page.wait_for_selector("#panel-labelling .summary")
    return page


async def fetch(page: Page, path: str) -> Any:
    """Return a JSON reply of the server, fetched by the page."""
    return await page.evaluate("async (path) => (await fetch(path)).json()", f"api/v1/{path}")


async def sweep(browser: Browser, url: str) -> dict[str, Any]:
    """Label a list of twenty inputs by the keyboard alone, undo the last one, and give it again."""
    async with opened(browser, url) as page:
        before = (await fetch(page, "session"))["label_revision"]
        await page.keyboard.press("q")
        await _focus(page, "ask")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".card:not([hidden])")
        await _focus(page, "As a sheet")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".sheet .here:focus")
        for place in range(20):
            # The prediction is accepted in turn with a class of one's own.
            await page.keyboard.press("Enter" if place % 2 else str(place // 2))
        await page.locator(_LABELLED).nth(19).wait_for()
        log = await fetch(page, "labels/log?limit=20")
        ends_with_focus = await page.evaluate("document.activeElement.textContent")
        await page.keyboard.press("Control+z")
        await page.wait_for_selector(".thumbnail.state-open")
        await page.keyboard.press("Control+Shift+z")
        await page.wait_for_selector(".thumbnail.state-open", state="detached")
        after = (await fetch(page, "session"))["label_revision"]
        hows = {(event["how"], event["score"]) for event in log["events"]}
        return {"revisions": after - before, "hows": hows, "focus": ends_with_focus}


async def _focus(page: Page, name: str) -> None:
    """Walk with Tab until the named control has the focus.

    Raises:
        AssertionError: if Tab does not reach it.
    """
    for _ in range(120):
        if await page.evaluate("document.activeElement.dataset.focus") == name:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(name)


async def add_script(browser: Browser, url: str) -> dict[str, Any]:
    """Add a class whose name is markup, give it, and look at every place that shows it."""
    async with opened(browser, url) as page:
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        await page.get_by_role("button", name="Add a class").click()
        await page.get_by_label("Name", exact=True).fill(SCRIPT)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".class-button:has-text('alert(1)')")
        await page.keyboard.press("n")
        await page.wait_for_selector(".input-head")
        await page.locator(".class-button:has-text('alert(1)')").click()
        await page.wait_for_selector(".input-head .class-name:has-text('alert(1)')")
        for panel in PANELS:
            await page.locator(f"#tab-{panel}").click()
            await page.wait_for_timeout(150)
        named = await page.locator(".class-text").last.text_content()
        scripts = await page.evaluate("[...document.scripts].filter((each) => !each.src).length")
        return {"name": named, "scripts": scripts, "dialogs": dialogs}


async def label_in_two_tabs(browser: Browser, url: str) -> tuple[str, str]:
    """Label in one tab, and return what the detail of that input says in another one before and after."""
    async with opened(browser, url) as first:
        second = await tab(first.context, url)
        await second.keyboard.press("n")
        await second.wait_for_selector(".input-head")
        index = int((await second.locator(".input-head h3").inner_text()).split()[1])
        label = second.locator(".input-head dd").first
        before = await label.inner_text()
        wanted = "7" if before != "7" else "8"
        await first.evaluate(
            """async ([index, number]) => fetch("api/v1/labels", {method: "POST", headers: {"Content-Type": "application/json"},
               body: JSON.stringify({indices: [index], class: number, how: "click"})})""",
            [index, int(wanted)],
        )
        await label.get_by_text(wanted, exact=True).wait_for(timeout=3000)
        return before, await label.inner_text()


async def lose_server(
    browser: Browser, url: str, kill: Callable[[], None], start: Callable[[], None]
) -> dict[str, Any]:
    """Label an input while the server is gone, and start it again."""
    async with opened(browser, url) as page:
        await page.keyboard.press("n")
        await page.wait_for_selector(".input-head")
        before = (await fetch(page, "session"))["label_revision"]
        kill()
        await page.wait_for_selector("html.lost")
        await page.keyboard.press("5")
        await page.wait_for_selector("text=1 write waits for the server.")
        said = await page.locator("#connection").inner_text()
        await asyncio.get_running_loop().run_in_executor(None, start)
        await page.wait_for_selector("html:not(.lost)", state="attached", timeout=20_000)
        await page.wait_for_selector(".input-head dd:has-text('5')", timeout=20_000)
        await page.wait_for_selector("text=1 write waits for the server.", state="detached")
        after = (await fetch(page, "session"))["label_revision"]
        return {"said": said, "revisions": after - before}


async def read_only(browser: Browser, url: str) -> dict[str, Any]:
    """Return the controls that are enabled although nothing can be written, and the reason that is shown."""
    async with opened(browser, url) as page:
        await page.keyboard.press("n")
        await page.wait_for_selector(".input-head")
        await page.locator("#tab-training").click()
        writes = [
            ".class-button", "[data-focus='Clear label']", "[data-focus='Undo']", "[data-focus='Add a class']",
            "[data-focus='give class']", "[data-focus='Train on']",
        ]  # fmt: skip
        enabled = [each for each in writes if await page.locator(f"{each}:not(:disabled)").count()]
        return {"enabled": enabled, "reason": await page.locator("#panel-labelling .banner").inner_text()}


async def examine(browser: Browser, url: str, width: int, scheme: str) -> list[str]:
    """Return what axe and the layout say about every panel, and errors of the page.

    Args:
        browser: to open it in.
        url: with its token.
        width: of the window.
        scheme: `light` or `dark`.
    """
    problems: list[str] = []
    async with opened(browser, url, width=width, scheme=scheme) as page:
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on(
            "console", lambda each: problems.append(f"console: {each.text}") if each.type == "error" else None
        )
        await page.keyboard.press("n")
        await page.wait_for_selector(".input-head", state="attached")
        for panel in PANELS:
            await page.locator(f"#tab-{panel}").click()
            if panel == "queue":
                await page.locator("[data-focus=ask]").click()
                await page.wait_for_selector(".card, .thumbnails")
            await page.wait_for_timeout(_COLOUR_SETTLED)
            found = (await Axe().run(page, context="#side, #panel-labelling")).response["violations"]
            problems += [f"{panel}: {each['id']}: {node['html']}" for each in found for node in each["nodes"]]
            problems += [f"{panel}: {each}" for each in await page.evaluate(_OUTSIDE)]
    return problems


_OUTSIDE = """() => [...document.querySelectorAll("#side *, #panel-labelling *")]
  .filter((each) => each.checkVisibility() && !each.closest(".scroll, svg, .unseen") && each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => `outside the window: ${each.localName} ${each.className}`)"""


async def keys_of(browser: Browser, url: str) -> list[str]:
    """Return the keys that the help lists."""
    async with opened(browser, url) as page:
        await page.keyboard.press("h")
        return json.loads(
            await page.evaluate(
                "JSON.stringify([...document.querySelectorAll('#panel-help kbd')].map((each) => each.textContent))"
            )
        )


async def train(browser: Browser, url: str) -> dict[str, Any]:
    """Train one epoch, see what changed, and go back to the model before."""
    async with opened(browser, url) as page:
        await page.keyboard.press("t")
        await page.get_by_label("Epochs").fill("1")
        await page.keyboard.press("Tab")
        await page.locator("[data-focus='Train on']").click()
        await page.locator("[data-focus='See what changed']").click(timeout=120_000)
        await page.wait_for_selector(".models li.here:has-text('Model 1')")
        changes = await page.locator("text=changed the predicted class").first.inner_text()
        await page.locator("[data-focus='use 0']").click()
        await page.wait_for_selector(".models li.here:has-text('Model 0')")
        session = await fetch(page, "session")
        return {"changes": changes, "models": len(session["models"]), "shown": session["model"]}


async def upload(browser: Browser, url: str, files: list[str]) -> list[str]:
    """Choose pictures, and return what the panel says about each."""
    async with opened(browser, url) as page:
        await page.keyboard.press("o")
        await page.locator(".drop-zone input").set_input_files(files)
        await page.locator(".uploads li").nth(len(files) - 1).wait_for()
        return await page.locator(".uploads li").all_inner_texts()


async def move_threshold(browser: Browser, url: str) -> dict[str, Any]:
    """Move a threshold with the keyboard, and select what lies above it."""
    async with opened(browser, url) as page:
        await page.keyboard.press("o")
        slider = page.locator(".histogram-box input[type=range]").first
        await slider.focus()
        await page.keyboard.press("Home")
        await page.keyboard.press("ArrowRight")
        said = await page.locator("#panel-ood").get_by_text("above").last.inner_text()
        await page.get_by_role("button", name="Select the inputs above the threshold").first.click()
        return {"said": said, "target": await page.locator(".target").inner_text()}
