"""`writer.py STORE NAME FIRST COUNT`: write labels one by one, and print each number when it is acknowledged.

It prints `ready` first, and waits for a line.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rcmvae_core.labels.records import Identity, Provenance
from rcmvae_core.labels.store import LabelStore

DATA = Identity("0123456789abcdef0123456789abcdef", ("cat", "dog"))

if __name__ == "__main__":
    path, name, first, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    print("ready", flush=True)
    sys.stdin.readline()
    with LabelStore(path, DATA) as store:
        for number in range(first, first + count):
            store.assign([f"{name}-{number}"], number % 2, Provenance(name), request_id=f"{name}/{number}")
            print(number, flush=True)
            time.sleep(0.001)  # as an annotator pauses; otherwise one writer keeps the others out
