"""Bodies are bounded while they are read, replies are JSON or bytes, and news reaches those who take it."""

from __future__ import annotations

import json
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.explore.server import live as live_module
from rcmvae_core.explore.server.assembly import assemble
from rcmvae_core.explore.server.fields import Text, Whole
from rcmvae_core.explore.server.live import Live
from rcmvae_core.explore.server.objects import Many, Maybe
from rcmvae_core.explore.server.replies import Column, Picture, plain
from rcmvae_core.explore.server.route import get, post
from rcmvae_core.explore.server.security import Access, own_hosts
from tests.support.served import BEARER, TOKEN, served

ARRAYS = {
    "f": np.arange(4, dtype=np.float64) / 2,
    "i": np.arange(-2, 2),
    "u": np.arange(4, dtype=np.uint8),
    "b": np.array([True, False]),
    "big": np.arange(6, dtype=">f4").reshape(3, 2),
}


def fail_with(code):
    raise RcmvaeError([Diagnostic(code, "a message", help=["a help"])])


@pytest.fixture(scope="module")
def live():
    return Live()


@pytest.fixture(scope="module")
def gate():
    return threading.Event()


@pytest.fixture(scope="module")
def ran():
    return []


@pytest.fixture(scope="module")
def client(live, gate, ran):
    def wait(_, number):
        ran.append(number)
        gate.wait(20)
        return {"number": number}

    routes = [
        post(
            "echo",
            "Echo.",
            lambda _, text, numbers: {"text": text, "numbers": numbers},
            body={"text": Text(9), "numbers": Maybe(Many(Whole(), 10))},
        ),
        post("bytes", "Count bytes.", lambda _, content: {"size": len(content)}, body=None),
        get(
            "columns/{name}",
            "A column.",
            lambda _, name: Column(ARRAYS[name], "key", has_version=name == "f"),
            parts={"name": Text()},
        ),
        get("picture", "A picture.", lambda _: Picture(b"PNG", {"X-Sheet": "1,1"})),
        get("errors/{code}", "An error.", lambda _, code: fail_with(code), parts={"code": Text()}),
        get("bug", "A bug.", lambda _: {}["missing"]),
        get("wait", "Wait.", wait, query={"number": Whole()}, place="glance"),
        get("quick", "Return at once.", lambda _: {"ok": True}),
    ]

    def build(port):
        page = {"name": "a", "version": "1"}
        return assemble(
            routes, SimpleNamespace(read_only=False), Access(TOKEN, own_hosts([], port)), page, live=live
        )

    with served(build, headers=BEARER) as client:
        yield client


def test_a_large_body_is_refused_before_it_is_read(client):
    reply = client.post(
        "/api/v1/bytes", content=b"x" * (8 * 2**20 + 1), headers={"Content-Type": "application/octet-stream"}
    )
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (413, "E494")
    assert (
        client.post(
            "/api/v1/echo", content=b"x" * (16 * 2**20 + 1), headers={"Content-Type": "application/json"}
        ).status_code
        == 413
    )


def test_a_large_body_is_refused_although_its_length_is_not_said(client):
    sent = 0

    def chunks():
        nonlocal sent
        for _ in range(1000):
            sent += 2**20
            yield b"x" * 2**20

    try:
        status = client.post(
            "/api/v1/bytes", content=chunks(), headers={"Content-Type": "application/octet-stream"}
        ).status_code
    except Exception:  # noqa: BLE001 - the server hangs up while the client still sends
        status = 413
    assert status == 413
    assert sent < 100 * 2**20
    assert client.get("/api/v1/quick").status_code == 200


@pytest.mark.parametrize(
    "type_",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/octet-stream",
    ],
)
def test_json_has_its_content_type(client, type_):
    assert (
        client.post("/api/v1/echo", content=b'{"text": "a"}', headers={"Content-Type": type_}).status_code
        == 422
    )


def test_a_body_is_read(client):
    assert client.post("/api/v1/echo", json={"text": "a"}).json() == {"text": "a", "numbers": None}
    assert client.post(
        "/api/v1/bytes", content=b"abc", headers={"Content-Type": "application/octet-stream"}
    ).json() == {"size": 3}


def test_every_problem_has_an_error(client):
    reply = client.post("/api/v1/echo?x=1", json={"text": 1, "numbers": [True]})
    assert reply.status_code == 422
    reply = client.post("/api/v1/echo", json={"text": 1, "numbers": [True]})
    assert [each["message"] for each in reply.json()["errors"]] == [
        "`text` must be a string of 1 to 9 characters, got 1",
        "`numbers` must be an integer from 0 to 2147483647, got true",
    ]


@pytest.mark.parametrize("name", ARRAYS)
def test_columns_are_little_endian_with_their_type_and_shape(client, name):
    reply = client.get(f"/api/v1/columns/{name}")
    type_ = reply.headers["x-column-type"]
    shape = tuple(map(int, reply.headers["x-column-shape"].split(",")))
    assert type_ == {"f": "float32", "i": "int32", "u": "uint8", "b": "uint8", "big": "float32"}[name]
    found = np.frombuffer(reply.content, np.dtype(type_).newbyteorder("<")).reshape(shape)
    np.testing.assert_array_equal(found, ARRAYS[name])
    assert reply.headers["content-type"] == "application/vnd.rcmvae.column"
    assert ("immutable" in reply.headers["cache-control"]) == (name == "f")


def test_a_column_that_is_still_the_same_is_not_sent_again(client):
    first = client.get("/api/v1/columns/i")
    again = client.get("/api/v1/columns/i", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_pictures_have_their_headers(client):
    reply = client.get("/api/v1/picture")
    assert (reply.headers["content-type"], reply.headers["x-sheet"], reply.content) == (
        "image/png",
        "1,1",
        b"PNG",
    )


@pytest.mark.parametrize(
    ("code", "status"), [("E606", 400), ("E610", 409), ("E487", 409), ("E485", 404), ("E486", 403)]
)
def test_a_diagnostic_is_an_error_of_its_status(client, code, status):
    reply = client.get(f"/api/v1/errors/{code}")
    assert (reply.status_code, reply.json()) == (
        status,
        {"errors": [{"code": code, "message": "a message", "help": ["a help"]}]},
    )


def test_what_must_not_happen_is_printed_and_answered(client, capfd):
    reply = client.get("/api/v1/bug")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (500, "E495")
    assert "KeyError: 'missing'" in capfd.readouterr().err


def test_a_glance_that_nobody_waits_for_is_left_out(client, gate, ran):
    threads = [threading.Thread(target=lambda: client.get("/api/v1/wait?number=1"))]
    threads[0].start()
    while not ran:
        time.sleep(0.01)
    with pytest.raises(Exception, match="timed out"):
        client.get("/api/v1/wait?number=2", timeout=0.2)
    assert client.get("/api/v1/quick").json() == {"ok": True}  # others are served meanwhile
    gate.set()
    threads[0].join()
    assert client.get("/api/v1/wait?number=3").json() == {"number": 3}
    assert ran == [1, 3]


def test_news_reaches_every_client(client, live):
    with client.websocket(BEARER) as one, client.websocket(BEARER) as two:
        while live.clients < 2:
            time.sleep(0.01)
        live.send({"type": "labels", "revision": np.int64(7)})
        for socket in (one, two):
            assert json.loads(socket.recv(5)) == {"type": "labels", "revision": 7}
    while live.clients:
        time.sleep(0.01)


def test_a_client_that_takes_no_news_is_dropped(client, live, monkeypatch):
    monkeypatch.setattr(live_module, "_QUEUED", 3)
    with client.websocket(BEARER) as socket:
        while not live.clients:
            time.sleep(0.01)
        for number in range(200):  # all at once, so that the loop cannot send between them
            live.send({"type": "labels", "revision": number, "filler": "x" * 100_000})
        with pytest.raises(ConnectionClosed):
            any(socket.recv(5) is None for _ in range(1000))
    assert live.clients == 0


def test_a_client_that_talks_is_disconnected(client, live):
    with client.websocket(BEARER) as socket:
        socket.send("x" * 100)
        with pytest.raises(ConnectionClosed):
            socket.recv(5)


def test_values_become_plain():
    assert plain({"a": np.array([1.5, np.nan]), "b": (np.float32(0.5), np.bool_(True)), 3: None}) == {
        "a": [1.5, None],
        "b": [0.5, True],
        "3": None,
    }
