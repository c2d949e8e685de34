"""A person gets in by a link, wherever it stands, and pages of other sites get nothing: in a real browser."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from rcmvae_core.explore.server.assembly import assemble
from rcmvae_core.explore.server.live import Live
from rcmvae_core.explore.server.route import get, post
from rcmvae_core.explore.server.security import Access, own_hosts
from tests.support.served import TOKEN, served

pytestmark = pytest.mark.browser
READ = "fetch('api/v1/thing').then((reply) => reply.text())"
SEND = (
    "fetch('{origin}/api/v1/thing', {{method: 'POST', credentials: 'include', mode: 'no-cors', body: '{{}}'}})"
    ".then(() => 'sent', () => 'refused')"
)
LISTEN = (
    "new Promise((done) => {{ const socket = new WebSocket('ws://{host}/api/v1/live');"
    "socket.onopen = () => done('open'); socket.onerror = () => done('refused'); }})"
)


@contextmanager
def other_site(address: str):
    """Serve a page of another site, with a link to an address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'<!doctype html><a id="link" href="{address}">link</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


async def check(browser, client, elsewhere, changed) -> list[str]:
    """Return what is wrong."""
    wrong = list[str]()
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(elsewhere)
    await page.click("#link")
    await page.wait_for_url(f"{client.origin}/")
    await page.wait_for_function("document.title.startsWith('a name')")
    if await page.evaluate(READ) != '{"text":"secret"}':
        wrong.append("the page cannot read")
    cookies = await context.cookies()
    if [(each["httpOnly"], each["sameSite"]) for each in cookies] != [(True, "Strict")]:
        wrong.append(f"cookies: {cookies}")
    own = SEND.format(origin=client.origin).replace(
        "mode: 'no-cors'", "headers: {'Content-Type': 'application/json'}"
    )
    if await page.evaluate(own) != "sent" or changed != [1]:
        wrong.append("the page cannot write")
    foreign = await context.new_page()
    await foreign.goto(
        elsewhere.replace("localhost", "127.0.0.1")
    )  # the same site, for which a port is no difference
    await foreign.evaluate(SEND.format(origin=client.origin))
    if changed != [1]:
        wrong.append("another server on this machine can write")
    if await foreign.evaluate(LISTEN.format(host=client.host)) != "refused":
        wrong.append("another server on this machine can listen")
    await context.close()
    return wrong


def test_a_link_lets_in_and_other_sites_get_nothing(browse):
    changed = list[int]()
    live = Live()
    routes = [
        get("thing", "A thing.", lambda _: {"text": "secret"}),
        post("thing", "Change it.", lambda _: changed.append(1), writes=True),
    ]

    def build(port):
        page = {"name": "a name", "version": "1"}
        context = SimpleNamespace(read_only=False)
        return assemble(routes, context, Access(TOKEN, own_hosts([], port)), page, live=live)

    with served(build) as client, other_site(f"{client.origin}/?token={TOKEN}") as elsewhere:
        assert browse(check, client, elsewhere, changed) == []
