"""Opens a page in Chromium and returns what is wrong with it, as sentences; a good page has none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

WINDOWS = {"phone": (390, 844), "desktop": (1280, 800), "wide": (1920, 1080)}
PAPER = (718, 1047)
"""An A4 page without its margins, in CSS pixels."""

_OWN = ("file:", "data:", "blob:")
_SCRIPTS = {path.stem: path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.js")}
_EMPTY_PICTURES = (
    """() => document.querySelectorAll("svg[role=img]").forEach((picture) => picture.replaceChildren())"""
)
_WORDS_WITH_DIGITS = r"() => document.body.innerText.split(/\s+/).filter((word) => /\d/.test(word))"


async def on_screen(browser: Browser, path: Path, window: str, scheme: str) -> list[str]:
    """Check requests, errors, layout and accessibility.

    Args:
        browser: to open the page in.
        path: of the page.
        window: a name in `WINDOWS`.
        scheme: `light` or `dark`.
    """
    async with _opened(browser, path, WINDOWS[window], color_scheme=scheme) as (page, problems):
        layout = await page.evaluate(_SCRIPTS["layout"], False)
        # Pictures are one thing each for screen readers, and their thousands of marks would only be slow to go through.
        await page.evaluate(_EMPTY_PICTURES)
        axe = (await Axe().run(page)).response["violations"]
        violations = [
            f"{each['id']}: {each['help']}: {node['html']}" for each in axe for node in each["nodes"]
        ]
        return [*problems, *layout, *violations]


async def on_paper(browser: Browser, path: Path) -> list[str]:
    """Check that a printed page has all numbers, and that printing works."""
    async with _opened(browser, path, PAPER) as (page, problems):
        await page.emulate_media(media="print")
        layout = await page.evaluate(_SCRIPTS["layout"], True)
        hidden = [f"not printed: {text}" for text in await page.evaluate(_SCRIPTS["numbers"], False)]
        pdf = await page.pdf(format="A4")
        empty = [] if pdf.startswith(b"%PDF") and b"/Type /Page\n" in pdf else ["printing gives no page"]
        return [*problems, *layout, *hidden, *empty]


async def without_scripts(browser: Browser, path: Path) -> list[str]:
    """Check that every number can be read where scripts are disabled."""
    async with _opened(browser, path, WINDOWS["desktop"]) as (page, _):
        expected = await page.evaluate(_WORDS_WITH_DIGITS)
    async with _opened(browser, path, WINDOWS["desktop"], java_script_enabled=False) as (page, problems):
        missing = set(expected) - set(await page.evaluate(_WORDS_WITH_DIGITS))
        hidden = [f"cannot be shown: {text}" for text in await page.evaluate(_SCRIPTS["numbers"], True)]
        return [*problems, *(f"needs a script: {word}" for word in sorted(missing)), *hidden]


@asynccontextmanager
async def _opened(
    browser: Browser, path: Path, size: tuple[int, int], **options: Any
) -> AsyncIterator[tuple[Page, list[str]]]:
    """Open a page offline, in a context of its own; the list gets its requests and errors."""
    viewport = {"width": size[0], "height": size[1]}
    context = await browser.new_context(viewport=viewport, offline=True, **options)
    try:
        page = await context.new_page()
        problems = _listen(page)
        await page.goto(path.as_uri())
        yield page, problems
    finally:
        await context.close()


def _listen(page: Page) -> list[str]:
    problems: list[str] = []

    def add_request(url: str) -> None:
        if not url.startswith(_OWN):
            problems.append(f"requests {url}")

    def add_message(level: str, text: str) -> None:
        if level == "error":
            problems.append(f"console: {text}")

    page.on("request", lambda request: add_request(request.url))
    page.on("console", lambda message: add_message(message.type, message.text))
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    return problems
