"""Diagnostics exactly as the command prints them: `golden/<case>.toml` gives `golden/<case>.txt`.

After an intended change, write the files again with

    RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/spec

and read the difference before committing it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.diagnostics import print_diagnostics
from rcmvae_core.cli.main import main
from rcmvae_core.cli.manual import codes
from rcmvae_core.errors import SpecError

from .golden_parts import registry

CASES = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in CASES.glob("[EW]*.toml"))
ARGUMENTS = {
    "E107_not_a_pair": ["train.epochs"],
    "E107_not_toml": ["encoder.dense.hidden=[16,"],
    "E206_argument": ['train.epochs="5"'],
}
COMMANDS = {"E108": ["explain", "E20l"], "E109": ["new", "plugin", "conditioner", "My-Gate"]}


def compare(case: str, output: str) -> None:
    golden = CASES / f"{case}.txt"
    if "RCMVAE_UPDATE_GOLDEN" in os.environ:
        golden.write_text(output, encoding="utf-8")
    assert output == golden.read_text(encoding="utf-8")
    assert f"[{case[:4]}]" in output


@pytest.mark.parametrize("case", NAMES)
def test_specs(case, monkeypatch, capfd):
    monkeypatch.chdir(CASES)
    try:
        diagnostics = read(Path(f"{case}.toml"), ARGUMENTS.get(case, []), registry(case))[0].warnings
    except SpecError as error:
        diagnostics = error.diagnostics
    print_diagnostics(diagnostics)
    compare(case, capfd.readouterr().err)


@pytest.mark.parametrize("case", COMMANDS)
def test_commands(case, capfd):
    assert main(COMMANDS[case]) == 2
    compare(case, capfd.readouterr().err)


def test_every_code_of_specs_has_a_case():
    # E110 needs a terminal, E217 and E218 show only when the data is read, and E216 comes from the checks of distributions.
    expected = {code for code in codes() if re.match(r"E[12]|W2", code)} - {"E110", "E216", "E217", "E218"}
    assert expected == {case[:4] for case in [*NAMES, *COMMANDS]}


def test_every_text_has_a_case():
    assert {path.stem for path in CASES.glob("*.txt")} == {*NAMES, *COMMANDS}
