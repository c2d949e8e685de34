"""Who is let in: by the token, the host and the origin, each refused on its own; and what every reply forbids."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from websockets.exceptions import InvalidStatus

from rcmvae_core.explore.server.assembly import assemble
from rcmvae_core.explore.server.live import Live
from rcmvae_core.explore.server.route import get, post
from rcmvae_core.explore.server.security import Access, own_hosts
from tests.support.served import BEARER, TOKEN, served


def make(read_only=False, frames=()):
    live = Live()
    routes = [
        get("thing", "A thing.", lambda _: {"text": "<script>"}),
        post("thing", "Change it.", lambda _: {"done": True}, writes=True),
        post("note", "Keep a note.", lambda _: {"done": True}),
    ]
    page = {"name": "<script>alert(1)</script>", "version": "1"}

    def build(port):
        access = Access(TOKEN, own_hosts(["box.example"], port), frames)
        return assemble(routes, SimpleNamespace(read_only=read_only), access, page, live=live)

    return served(build)


@pytest.fixture(scope="module")
def server():
    with make() as client:
        yield client


@pytest.fixture
def client(server):
    server.cookies.clear()
    return server


def at(client, text):
    return text.replace("PORT", str(client.port))


def code(reply):
    return reply.json()["errors"][0]["code"]


def test_the_token_of_the_address_becomes_a_cookie(client):
    reply = client.get(f"/?token={TOKEN}&tab=maps")
    assert reply.status_code == 303
    assert reply.headers["location"] == "./?tab=maps"
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path" not in cookie  # then it holds below the page, whatever prefix a proxy gives it
    assert client.get("/").status_code == 200
    assert client.get("/api/v1/thing").json() == {"text": "<script>"}
    posted = client.post("/api/v1/thing", json={}, headers={"Origin": client.origin})
    assert posted.json() == {"done": True}


def test_the_redirect_is_relative(client):
    assert client.get(f"/?token={TOKEN}").headers["location"] == "./"


@pytest.mark.parametrize("path", ["/", "/api/v1/thing", "/js/main.js", "/nowhere", "/api/v1/openapi.json"])
def test_nothing_is_served_without_the_token(client, path):
    reply = client.get(path)
    assert (reply.status_code, code(reply)) == (401, "E491")


@pytest.mark.parametrize("token", ["wrong", TOKEN + "x", TOKEN[:-1], "é", "\udcff"])
def test_a_wrong_token_is_refused(client, token):
    assert (
        client.get(
            "/api/v1/thing", headers={"Authorization": b"Bearer " + token.encode("utf-8", "surrogatepass")}
        ).status_code
        == 401
    )
    client.cookies.set(f"rcmvae_{client.port}", "wrong")
    assert client.get("/api/v1/thing").status_code == 401
    assert client.get("/?token=wrong").status_code == 401


def test_the_token_counts_in_the_address_of_the_page_alone(client):
    assert client.get(f"/api/v1/thing?token={TOKEN}").status_code == 401


def test_a_person_without_the_token_is_told_in_words(client):
    reply = client.get("/", headers={"Accept": "text/html"})
    assert reply.status_code == 401
    assert "rcmvae explore" in reply.text
    assert "refresh" not in reply.headers
    # A browser leaves a strict cookie out after a link from another site; it sends it when the page loads itself again.
    again = client.get("/", headers={"Accept": "text/html", "Sec-Fetch-Site": "cross-site"})
    assert again.headers["refresh"] == "0"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1.evil.example:PORT"],
)
def test_another_host_is_refused(client, host):
    reply = client.get("/api/v1/thing", headers={**BEARER, "Host": at(client, host)})
    assert (reply.status_code, code(reply)) == (403, "E492")
    # The token must not become the cookie of a name that somebody has bound to this machine.
    assert "set-cookie" not in client.get(f"/?token={TOKEN}", headers={"Host": at(client, host)}).headers


@pytest.mark.parametrize(
    "host", ["127.0.0.1:PORT", "LOCALHOST:PORT", "[::1]:PORT", "box.example", "box.example:443"]
)
def test_its_own_names_are_let_in(client, host):
    assert client.get("/api/v1/thing", headers={**BEARER, "Host": at(client, host)}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1:9999",
        "file://",
        "http://127.0.0.1:PORT.evil.example",
        "",
        "http://[",
        "ftp://127.0.0.1:PORT",
    ],
)
def test_another_origin_is_refused_even_with_the_token(client, origin):
    client.get(f"/?token={TOKEN}")
    for headers in ({}, BEARER):
        reply = client.post("/api/v1/thing", json={}, headers={"Origin": at(client, origin), **headers})
        assert (reply.status_code, code(reply)) == (403, "E492")


def test_a_post_by_the_cookie_needs_an_origin_and_one_by_the_token_does_not(client):
    client.get(f"/?token={TOKEN}")
    assert client.post("/api/v1/thing", json={}).status_code == 403
    assert client.post("/api/v1/thing", json={}, headers=BEARER).status_code == 200


@pytest.mark.parametrize(
    ("headers", "origin", "host"),
    [
        ({}, "http://127.0.0.1:PORT", None),
        (BEARER, "http://evil.example", None),
        (BEARER, "http://127.0.0.1:PORT", "evil.example"),
        ({"Authorization": "Bearer wrong"}, None, None),
    ],
    ids=["no token", "origin", "host", "token"],
)
def test_a_websocket_is_refused(client, headers, origin, host):
    with (
        pytest.raises(InvalidStatus) as refused,
        client.websocket(headers, origin and at(client, origin), host),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_a_websocket_of_the_page_or_a_script_is_let_in(client):
    with client.websocket({"Cookie": f"rcmvae_{client.port}={TOKEN}"}, client.origin):
        pass
    with client.websocket(BEARER):
        pass


@pytest.mark.parametrize("path", ["/", "/api/v1/thing", "/nowhere", "/js/main.js", f"/?token={TOKEN}"])
def test_every_reply_forbids_what_it_does_not_need(client, path):
    for headers in ({}, BEARER, {"Host": "evil.example"}):
        reply = client.get(path, headers=headers)
        assert reply.headers["content-security-policy"].startswith(
            "default-src 'self'; img-src 'self' data: blob:"
        )
        assert "frame-ancestors 'self'" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_notebook_that_is_named_may_show_the_page_by_the_token_in_its_path_alone():
    with make(frames=("http://localhost:8888",)) as client:
        cookie = {"Cookie": f"rcmvae_{client.port}={TOKEN}"}
        replies = [client.get(f"/{TOKEN}/"), client.get("/", headers=BEARER), client.get("/", headers=cookie)]
    policies = [
        reply.headers["content-security-policy"].partition("frame-ancestors ")[2] for reply in replies
    ]
    assert policies == ["'self' http://localhost:8888", "'self'", "'self'"]


def test_a_name_is_text_on_the_page(client):
    assert "<script>alert" not in client.get("/", headers=BEARER).text
    assert client.get("/api/v1/thing", headers=BEARER).headers["content-type"] == "application/json"


def test_only_reading_refuses_writes_and_nothing_else():
    with make(read_only=True) as client:
        refused = client.post("/api/v1/thing", json={}, headers=BEARER)
        assert (refused.status_code, code(refused)) == (403, "E486")
        assert client.post("/api/v1/note", json={}, headers=BEARER).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods_are_refused(client, method):
    status = client.request(method, "/api/v1/note", headers=BEARER).status_code
    assert status == 405
    assert client.get("/api/v1/note", headers=BEARER).status_code == 405
    assert client.get("/api/v1/nowhere", headers=BEARER).json()["errors"][0]["code"] == "E493"


@pytest.mark.parametrize(
    "path",
    ["/js/../../workspace.py", "/..%2fworkspace.py", "/js/%00", "/index.html", "/js", "/%ff", "/js/main.js/"],
)
def test_no_path_leads_out_of_the_page(client, path):
    assert client.get(path, headers=BEARER).status_code == 404


def test_modules_have_their_type(client):
    reply = client.get("/js/main.js", headers=BEARER)
    assert reply.headers["content-type"].startswith("text/javascript")
