"""`make own-data`: the table of `docs/own-data.md`; `python -m tests.benchmarks.own_data --only NAME` for a row."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks.own_data.cells import measure, planned
from tests.benchmarks.own_data.data_sets import DATA_SETS
from tests.benchmarks.own_data.table import markdown

_FOLDER = Path(tempfile.gettempdir()) / "rcmvae-own-data"


def main() -> None:
    """Measure what is not in the folder yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder",
        type=Path,
        default=_FOLDER,
        help="keeps each number, which is then not measured again; name another one after a change of the project",
    )
    parser.add_argument("--only", action="append", choices=DATA_SETS, help="a data set; may be repeated")
    parser.add_argument("--draws", type=int, default=3, help="of labels")
    parser.add_argument("--seeds", type=int, default=3, help="of each draw")
    chosen = parser.parse_args()
    cells = []
    for name in chosen.only or DATA_SETS:
        for cell in measure(chosen.folder, list(planned(name, chosen.draws, chosen.seeds))):
            cells.append(cell)
            print(*cell[:4], f"{cell.value:.3f}", f"{cell.seconds:.1f} s", flush=True)
    print("\n" + markdown(cells))


if __name__ == "__main__":
    main()
