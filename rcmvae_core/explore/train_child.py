"""Runs a command of `rcmvae` for a process that reads its events, and stops it when that process is gone.

`python -m rcmvae_core.explore.train_child learn RUN …` is `rcmvae learn RUN …`, with standard input as a lifeline: at its
end, which comes when the parent ends in any way, the command is interrupted as by Ctrl-C, so that it finishes its step,
saves a checkpoint, and leaves a run directory that can be resumed.
"""

from __future__ import annotations

import os
import runpy
import signal
import threading


def _follow_parent() -> None:
    # Without a buffer: a thread that waits in one would hold its lock when the interpreter ends.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    threading.Thread(target=_follow_parent, name="parent", daemon=True).start()
    runpy.run_module("rcmvae_core", run_name="__main__", alter_sys=True)
