"""Builds the site of the documentation: `python -m tests.support.docs_site FOLDER`, or `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.docs_site.build import build

if __name__ == "__main__":
    target = Path(sys.argv[1])
    done = build(target)
    sys.stderr.write(done.stdout)
    print(target / "index.html" if done.returncode == 0 else "the site was not built")
    sys.exit(done.returncode)
