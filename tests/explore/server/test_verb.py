"""The verb's own refusals, and what it says about a host that others reach."""

from __future__ import annotations

import socket
from argparse import Namespace

import pytest

from rcmvae_core.cli.actions import explore
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.server.serve import FIRST_PORT, open_socket


def test_a_port_that_is_taken_is_refused(run, rcmvae):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = rcmvae("explore", run, "--no-open", "--port", port)
    assert done.returncode == 2
    assert "error[E496]" in done.stderr
    assert f"port {port}" in done.stderr


def test_the_first_free_port_is_taken():
    first = open_socket("127.0.0.1", None)
    second = open_socket("127.0.0.1", None)
    try:
        numbers = [each.getsockname()[1] for each in (first, second)]
        assert FIRST_PORT <= numbers[0] < numbers[1]
    finally:
        first.close()
        second.close()


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_a_host_that_is_none_of_this_machine_is_refused(host):
    with pytest.raises(RcmvaeError, match="E496"):
        open_socket(host, 0)


@pytest.mark.parametrize("text", ["", "short", "with space in it!", "x" * 201, "sp&ecial=characters?"])
def test_a_file_without_a_token_is_refused(run, tmp_path, rcmvae, text):
    (tmp_path / "token").write_text(text)
    for name in ("token", "none"):
        done = rcmvae("explore", run, "--no-open", "--token-file", tmp_path / name)
        assert done.returncode == 2
        assert "error[E497]" in done.stderr


@pytest.mark.parametrize(
    "words", [["--port", "65536"], ["--port", "x"], ["--host", "a/b"], ["--allow-frame", "no origin"]]
)
def test_wrong_arguments_are_refused(run, rcmvae, words):
    done = rcmvae("explore", run, "--no-open", *words)
    assert done.returncode == 2
    assert f"argument {words[0]}: expected" in done.stderr


@pytest.mark.parametrize("host", ["a..b", "no-such-name.invalid"])
def test_a_host_that_is_not_this_machine_is_refused(host):
    with pytest.raises(RcmvaeError) as caught:
        open_socket(host, 0)
    assert caught.value.diagnostics[0].code == "E496"
    assert host in caught.value.diagnostics[0].message


def test_what_is_no_run_is_refused(tmp_path, rcmvae):
    done = rcmvae("explore", tmp_path)
    assert done.returncode == 2
    assert "error[E410]" in done.stderr


def test_others_are_warned_of(capsys, monkeypatch):
    opened = []
    monkeypatch.setattr(explore.webbrowser, "open", opened.append)
    for host, warned in (("127.0.0.1", False), ("0.0.0.0", True), ("192.0.2.1", True), ("::1", False)):
        explore._announce(Namespace(host=host, no_open=True), 8765, "token")
        out, err = capsys.readouterr()
        assert out.startswith("http://")
        assert out.endswith(":8765/?token=token\n")
        assert ("not encrypted" in err) == warned
    assert opened == []
    assert explore._names("127.0.0.1", 8765) == []
    assert explore._names("192.0.2.1", 8765) == ["192.0.2.1:8765"]
    assert f"{socket.gethostname()}:8765" in explore._names("0.0.0.0", 8765)
