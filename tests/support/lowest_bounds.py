"""Prints the lowest versions that `pyproject.toml` declares, as constraints for pip: `make test-lowest` installs them."""

from __future__ import annotations

from pathlib import Path

import tomli
from packaging.requirements import Requirement

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def lowest(pyproject: str) -> list[str]:
    """Return a line `NAME==VERSION` for each dependency that every installation gets.

    Args:
        pyproject: the text of a `pyproject.toml`.

    Raises:
        ValueError: if a dependency has no lower bound.
    """
    lines: list[str] = []
    for text in tomli.loads(pyproject)["project"]["dependencies"]:
        requirement = Requirement(text)
        bounds = [clause.version for clause in requirement.specifier if clause.operator == ">="]
        if len(bounds) != 1:
            raise ValueError(f"`{text}` must have one lower bound, such as `{requirement.name}>=1.0`")
        lines.append(f"{requirement.name}=={bounds[0]}")
    return lines


if __name__ == "__main__":
    print("\n".join(lowest(PYPROJECT.read_text(encoding="utf-8"))))
