"""`make tables`: five labels of each class of eight tables; `--only NAME` for a row, `--spec FILE` for another recipe."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks.tables.cells import measure, planned
from tests.benchmarks.tables.data_sets import TABLES
from tests.benchmarks.tables.methods import OURS, PEERS, PEERS_TUNED, RECIPE
from tests.benchmarks.tables.table import markdown

_FOLDER = Path(tempfile.gettempdir()) / "rcmvae-tables"


def main() -> None:
    """Measure what is not in the folder yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder",
        type=Path,
        default=_FOLDER,
        help="keeps each accuracy, which is then not measured again; name another one for another spec",
    )
    parser.add_argument("--only", action="append", choices=TABLES, help="a table; may be repeated")
    parser.add_argument("--spec", type=Path, default=RECIPE, help="another recipe")
    parser.add_argument(
        "--method", action="append", choices=(OURS, *PEERS, *PEERS_TUNED), help="may be repeated"
    )
    parser.add_argument(
        "--draws",
        type=int,
        nargs="+",
        default=range(5),
        help="of labels; choose a recipe on others, as 100 to 104",
    )
    chosen = parser.parse_args()
    cells = []
    for name in chosen.only or TABLES:
        for cell in measure(chosen.folder, planned(name, chosen.draws, chosen.method), chosen.spec):
            cells.append(cell)
            print(*cell[:3], f"{cell.value:.3f}", f"{cell.seconds:.1f} s", flush=True)
    print("\n" + markdown(cells))


if __name__ == "__main__":
    main()
