"""A venv in which our package, and others, are installed from their wheels as a user would have them."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(source: Path, out: Path) -> Path:
    """The wheel of a package."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return wheel


def installed(home: Path, *sources: Path) -> Path:
    """A venv with wheels of these packages; libraries of this environment come through a path file."""
    wheels = [build(source, home.with_name(f"{home.name}-{source.name}")) for source in sources]
    venv.create(home, symlinks=True, with_pip=False)
    install = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*install, "--no-deps", "--no-index", *map(str, wheels)], check=True, capture_output=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


def environment(home: Path) -> dict[str, str]:
    """The variables of a shell in which the venv is active, and nothing is fetched."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RCMVAE"))}
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return clean | offline | {"PATH": f"{home / 'bin'}{os.pathsep}{clean['PATH']}"}


def call(home: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in the venv."""
    return subprocess.run(words, check=False, text=True, capture_output=True, cwd=cwd, env=environment(home))
