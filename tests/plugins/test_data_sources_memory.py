"""Data larger than memory: the memory of a process that reads them, measured by the operating system."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

COUNT, SIDE = 409_600, 32  # 400 MiB

READER = """
import json, sys
import numpy as np
from rcmvae_core.data.dataset import dataset_violations
from rcmvae_core.data.inputs import read_all, read_rows
from rcmvae_plugins.data.npy import npy
from rcmvae_plugins.data.params import NpyParams


def anonymous():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


before = anonymous()
data = npy(NpyParams(sys.argv[1]))
assert dataset_violations(data, ("data.image",)) == []
order = np.random.default_rng(0).permutation(data.inputs.shape[0])
most, total = before, 0
for start in range(0, len(order), 128):
    batch = read_rows(data, order[start : start + 128])
    assert batch.shape == (128, 32, 32, 1)
    total += int(batch.sum())
    most = max(most, anonymous())
whole = read_all(data)
assert int(whole.sum(dtype=np.int64)) == total
print(json.dumps({"streamed": most - before, "whole": anonymous() - before, "total": total}))
"""


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.npy"
    array = np.lib.format.open_memmap(path, "w+", np.uint8, (COUNT, SIDE, SIDE))
    array[...] = np.arange(COUNT, dtype=np.uint32).astype(np.uint8)[:, None, None]
    array.flush()
    del array
    yield path
    path.unlink()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs the /proc of Linux")
def test_every_row_is_read_without_the_memory_for_all(large):
    done = subprocess.run(
        [sys.executable, "-c", READER, str(large)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    print(measured)
    assert measured["total"] == SIDE**2 * (COUNT // 256) * sum(range(256))
    assert measured["streamed"] < 40  # a tenth of the data, in MiB
    assert measured["whole"] > 390  # that the measure sees what is in memory
