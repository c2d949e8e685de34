"""Serves the explore page's own files to Chromium without a server, so that its modules can be imported."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Route

from rcmvae_core.explore import __file__ as room

PAGE = Path(room).parent / "page"
ORIGIN = "http://explore.test"


async def in_page(browser: Browser, script: str, argument: object = None) -> Any:
    """Return what a script (a function of one argument) returns where `/js/NAME.js` can be imported."""
    page = await browser.new_page()
    try:
        await open_files(page)
        return await page.evaluate(script, argument)
    finally:
        await page.close()


async def open_files(page: Page) -> None:
    """Open an empty page of the origin that serves the page's folder."""
    await page.route(f"{ORIGIN}/**", fulfil)
    await page.goto(f"{ORIGIN}/")


async def fulfil(route: Route) -> None:
    path = route.request.url.removeprefix(f"{ORIGIN}/")
    if not path:
        await route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
        return
    kind = mimetypes.guess_type(path)[0] or "text/plain"
    await route.fulfill(
        body=(PAGE / path).read_bytes(), content_type="text/javascript" if path.endswith(".js") else kind
    )
