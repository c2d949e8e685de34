"""Downloads from a local server: resumed, verified and atomic."""

from __future__ import annotations

import hashlib
import http.server
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from rcmvae_plugins.data._download import DownloadError, File, fetch

CONTENT = bytes(range(256)) * 40
FILE = File("a.gz", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves `/BEHAVIOUR/a.gz`, and records requests."""

    asked: list[tuple[str, str | None]]

    def do_GET(self):
        behaviour = self.path.split("/")[1]
        requested = self.headers.get("Range")
        type(self).asked.append((behaviour, requested))
        getattr(self, behaviour)(int(requested.removeprefix("bytes=").removesuffix("-")) if requested else 0)

    def answer(self, status, body, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def good(self, start):
        if start:
            content_range = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
            self.answer(206, CONTENT[start:], Content_Range=content_range)
        else:
            self.answer(200, CONTENT)

    def whole(self, _):
        self.answer(200, CONTENT)

    def beyond(self, start):
        if start:
            self.answer(416, b"")
        else:
            self.answer(200, CONTENT)

    def astray(self, _):
        self.answer(206, CONTENT, Content_Range=f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}")

    def short(self, _):
        self.answer(200, CONTENT[:4000], length=len(CONTENT))
        self.close_connection = True

    def wrong(self, _):
        self.answer(200, b"x" * len(CONTENT))

    def endless(self, _):
        self.answer(200, CONTENT * 400)

    def missing(self, _):
        self.answer(404, b"no such file")

    def silent(self, _):
        self.server.hang.wait(10)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that hangs up on an endless answer


@pytest.fixture
def mirror():
    Mirror.asked = []
    with Server(("127.0.0.1", 0), Mirror) as server:
        server.hang = threading.Event()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.hang.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_file_arrives_whole_and_once(mirror, tmp_path):
    path = fetch(FILE, tmp_path, [f"{mirror}/good/"])
    assert path == tmp_path / "a.gz"
    assert path.read_bytes() == CONTENT
    assert files(tmp_path) == ["a.gz"]
    fetch(FILE, tmp_path, [f"{mirror}/good"])
    assert Mirror.asked == [("good", None)]


def test_a_download_goes_on_where_it_broke_off(mirror, tmp_path):
    with pytest.raises(DownloadError, match=r"short/a.gz: .*4000 of 10240 bytes; run again"):
        fetch(FILE, tmp_path, [f"{mirror}/short"])
    assert files(tmp_path) == ["a.gz.part"]
    assert fetch(FILE, tmp_path, [f"{mirror}/good"]).read_bytes() == CONTENT
    assert Mirror.asked == [("short", None), ("good", "bytes=4000-")]


def test_another_mirror_goes_on_where_one_broke_off(mirror, tmp_path):
    mirrors = [f"{mirror}/{name}" for name in ("missing", "short", "good")]
    assert fetch(FILE, tmp_path, mirrors).read_bytes() == CONTENT
    assert Mirror.asked[-1] == ("good", "bytes=4000-")


@pytest.mark.parametrize("behaviour", ["whole", "beyond"])
def test_a_server_without_ranges_begins_again(mirror, tmp_path, behaviour):
    (tmp_path / "a.gz.part").write_bytes(b"y" * 5000)
    assert fetch(FILE, tmp_path, [f"{mirror}/{behaviour}"]).read_bytes() == CONTENT


@pytest.mark.parametrize("size", [1, 5000, len(CONTENT), len(CONTENT) + 1, 3 * len(CONTENT)])
def test_a_part_of_another_file_is_thrown_away(mirror, tmp_path, size):
    (tmp_path / "a.gz.part").write_bytes(b"y" * size)
    assert fetch(FILE, tmp_path, [f"{mirror}/good"]).read_bytes() == CONTENT
    assert files(tmp_path) == ["a.gz"]


@pytest.mark.parametrize("behaviour", ["wrong", "endless"])
def test_other_bytes_are_refused_and_not_kept(mirror, tmp_path, behaviour):
    with pytest.raises(
        DownloadError, match=rf"{behaviour}/a.gz: wrong content: SHA-256 .* expected {FILE.sha256}"
    ):
        fetch(FILE, tmp_path, [f"{mirror}/{behaviour}"])
    assert files(tmp_path) == []


def test_an_answer_to_another_range_is_refused(mirror, tmp_path):
    (tmp_path / "a.gz.part").write_bytes(CONTENT[:5000])
    with pytest.raises(DownloadError, match="HTTP 206 in response to a request for the rest"):
        fetch(FILE, tmp_path, [f"{mirror}/astray"])
    assert (tmp_path / "a.gz.part").read_bytes() == CONTENT[:5000]


def test_every_mirror_says_why_it_failed(mirror, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mirrors = [f"{mirror}/missing", f"http://127.0.0.1:{port}", f"{mirror}/silent", "http://no.invalid"]
    with pytest.raises(DownloadError) as caught:
        fetch(FILE, tmp_path, mirrors, timeout=0.2)
    missing, refused, silent, unknown = caught.value.reasons
    assert missing.endswith("/missing/a.gz: HTTP 404 Not Found")
    assert refused == f"http://127.0.0.1:{port}/a.gz: Connection refused"
    assert silent.endswith("timed out")
    assert unknown.startswith("http://no.invalid/a.gz: ")
    assert len(unknown) > len("http://no.invalid/a.gz: ")


def test_runs_that_start_together_fetch_once(mirror, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: fetch(FILE, tmp_path, [f"{mirror}/good"]), range(4)))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert Mirror.asked == [("good", None)]
