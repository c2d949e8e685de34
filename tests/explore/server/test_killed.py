"""A server that is killed while labels stream in has lost none that it acknowledged."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

TOKEN = "0123456789abcdef"


class Process:
    """`rcmvae explore` as a process."""

    def __init__(self, run: Path, store: Path, token_file: Path, *words: str) -> None:
        command = [sys.executable, "-m", "rcmvae_core", "explore", str(run), "--no-open", "--port", "0"]
        command += ["--store", str(store), "--token-file", str(token_file), *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = (self.process.stdout.readline() if self.process.stdout else "").strip()
        assert self.url.endswith(f"/?token={TOKEN}"), self.process.communicate()
        base = self.url.partition("?")[0]
        self.client = httpx.Client(base_url=base, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)

    def stop(self, number: int) -> tuple[int, str]:
        """Send a signal and wait; return the exit code and stderr."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=60)
        self.client.close()
        return self.process.returncode, err


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return path


def stream(server: Process, acknowledged: dict[int, int], failures: list[str]) -> None:
    """Label inputs one after the other until the server is gone."""
    pick = random.Random(len(acknowledged))
    while True:
        index, class_ = pick.randrange(1797), pick.randrange(10)
        try:
            reply = server.client.post("/api/v1/labels", json={"indices": [index], "class": class_})
        except httpx.TransportError:
            return
        if reply.status_code != 200:
            failures.append(reply.text)
            return
        acknowledged[index] = class_


def started_again(run, store, token_file, acknowledged: dict[int, int]) -> Process:
    """Start a server, check that it has every label that was acknowledged before, and add what else it has."""
    server = Process(run, store, token_file)
    seen = server.client.get("/api/v1/labels/changes?since=0").json()
    found = dict(zip(seen["indices"], seen["classes_of"], strict=True))
    # The last one may have been written without being acknowledged.
    lost = {index for index, class_ in acknowledged.items() if found.get(index) != class_}
    assert len(lost) <= 1
    assert all(found.get(index, -1) >= 0 for index in acknowledged)
    acknowledged.update(found)
    return server


def kill_and_look(run, tmp_path, token_file, times: int) -> None:
    store, acknowledged, failures = tmp_path / "labels.sqlite", dict[int, int](), list[str]()
    for _ in range(times):
        server = started_again(run, store, token_file, acknowledged)
        before = len(acknowledged)
        thread = threading.Thread(target=stream, args=(server, acknowledged, failures))
        thread.start()
        time.sleep(0.3 + random.Random(before).random() / 3)
        server.stop(signal.SIGKILL)
        thread.join()
        assert len(acknowledged) > before
    server = started_again(run, store, token_file, acknowledged)
    code, err = server.stop(signal.SIGTERM)
    assert (code, failures) == (130, [])
    assert "Traceback" not in err


def test_no_acknowledged_label_is_lost(run, tmp_path, token_file):
    kill_and_look(run, tmp_path, token_file, 1)


@pytest.mark.long
def test_no_acknowledged_label_is_lost_twenty_times(run, tmp_path, token_file):
    kill_and_look(run, tmp_path, token_file, 20)


def test_ctrl_c_ends_it_with_130(run, tmp_path, token_file):
    server = Process(run, tmp_path / "labels.sqlite", token_file, "--read-only")
    assert server.client.post("/api/v1/classes", json={"name": "x"}).status_code == 403
    with httpx.stream("GET", server.url.replace("/?", "/api/v1/session?"), timeout=10) as reply:
        assert reply.status_code == 401
    code, err = server.stop(signal.SIGINT)
    assert code == 130
    assert "Traceback" not in err
    assert not (tmp_path / "labels.sqlite").exists()
