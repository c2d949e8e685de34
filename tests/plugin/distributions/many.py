"""Fifty distributions of ten declarations each, as bare folders that need no installer."""

from __future__ import annotations

import compileall
from pathlib import Path

KINDS = ("conditioner", "loss", "schedule", "figure", "routing")
_MODULE = '''"""Declarations of a distribution among many."""

from rcmvae_core import Plugin, hookimpl

_KINDS = {kinds!r}


@hookimpl
def rcmvae_plugins():
    for number in range({declarations}):
        yield Plugin(
            _KINDS[number % len(_KINDS)],
            f"{module}_{{number}}",
            summary="One of many.",
            impl="{module}.nowhere:part",
            params="{module}.params:Params",
            renamed_from=(f"{module}_old_{{number}}",),
        )
'''
_PARAMS = '''"""Parameters."""

import attrs

from rcmvae_core import param


@attrs.frozen
class Params:
    width: int = param(doc="Units.", ge=1)
'''


def install(folder: Path, distributions: int = 50, declarations: int = 10) -> list[str]:
    """Write them into a folder for the path; give their names."""
    names = [f"many-{number:02}" for number in range(distributions)]
    for name in names:
        module = name.replace("-", "_")
        information = folder / f"{module}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(f"[rcmvae.plugins.v1]\n{module} = {module}\n")
        package = folder / module
        package.mkdir()
        source = _MODULE.format(kinds=KINDS, declarations=declarations, module=module)
        (package / "__init__.py").write_text(source)
        (package / "params.py").write_text(_PARAMS)
    compileall.compile_dir(folder, quiet=2)  # as an installer does
    return names
