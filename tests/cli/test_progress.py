"""Progress is a bar on a terminal, and nothing where its lines would be data for others."""

from __future__ import annotations

import io
import os
import pty

import pytest

from rcmvae_core.cli import progress


def test_a_bar_on_a_terminal_disappears_at_the_end(monkeypatch) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        with progress.bar("predicting", 4) as advance:
            advance(1)
            advance(3)
        monkeypatch.undo()
        terminal.flush()
        output = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "predicting" in output
    assert "4/4" in output
    assert output.endswith("\x1b[2K")  # the line is erased


@pytest.mark.parametrize("count", [0, 3])
def test_no_bar_in_a_pipe(count, monkeypatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stderr", pipe)
    with progress.bar("predicting", count) as advance:
        advance(count)
    assert pipe.getvalue() == ""
