"""The pages of diagnostic codes: one per code, all of one form, with examples that are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rcmvae_plugins

import rcmvae_core
from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.manual import codes, page, title
from rcmvae_core.errors import SpecError
from rcmvae_core.plugin.discovery import discover
from tests.support.commands import QUICKSTART

BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
# Codes whose examples are commands, or need a run or a plugin that is not installed.
NOT_SPECS = {
    "E102",
    "E107",
    "E108",
    "E109",
    "E110",
    "E211",
    "E215",
    "E217",
    "E218",
    "E301",
    "E302",
    "E303",
    "E304",
    "E305",
    "E306",
    "E307",
    "E309",
    "E310",
    "E311",
    "E401",
    "E402",
    "E403",
    "E404",
    "E410",
    "E411",
    "E412",
    "E413",
    "E421",
    "E422",
    "E423",
    "E424",
    "E425",
    "E426",
    "E431",
    "E432",
    "E434",
    "E435",
    "E440",
    "E441",
    "E442",
    "E443",
    "E450",
    "E451",
    "E460",
    "E470",
    "E471",
    "E475",
    "E480",
    "E461",
    "E501",
    "E502",
    "E503",
    "E504",
    "E601",
    "E602",
    "E603",
    "E604",
    "E605",
    "E606",
    "E607",
    "E608",
    "E609",
    "E610",
    "E611",
    "E612",
    "E613",
    "E489",
    "E490",
    "E491",
    "E492",
    "E493",
    "E494",
    "E495",
    "E496",
    "E497",
    "E484",
    "E485",
    "E486",
    "E487",
    "E488",
    "E498",
    "E499",
    "W202",
    "W203",
    "W310",
    "W311",
    "W401",
    "W402",
    "W403",
    "W404",
    "W405",
    "W406",
    "W407",
    "W408",
    "W409",
    "W410",
    "W411",
    "W412",
    "W420",
    "W421",
    "W422",
    "W430",
    "W431",
    "W432",
    "W433",
    "W434",
    "W440",
    "W441",
    "W442",
    "W480",
    "W481",
    "W413",
    "W414",
    "W415",
    "W416",
    "W490",
    "W491",
    "W417",
    "W418",
    "W501",
    "W502",
    "W503",
    "W601",
    "W602",
}


def in_sources() -> set[str]:
    folders = [Path(module.__path__[0]) for module in (rcmvae_core, rcmvae_plugins)]
    texts = (path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
    return {code for text in texts for code in re.findall(r'"([EW][1-9]\d\d)"', text)}


def test_codes_and_pages_are_the_same():
    assert set(codes()) == in_sources()


@pytest.mark.parametrize("code", codes())
def test_form(code):
    text = page(code)
    assert text.startswith(f"# {code}: {title(text)}\n\n")
    assert re.findall(r"^(Wrong|Right):$", text, re.MULTILINE) == ["Wrong", "Right"]
    assert len(BLOCK.findall(text)) == 2
    assert max(map(len, text.splitlines())) <= 120


def reported_codes(folder: Path, block: str) -> set[str]:
    (folder / "quickstart.toml").write_bytes(QUICKSTART.read_bytes())
    path = folder / "spec.toml"
    path.write_text(block, encoding="utf-8")
    try:
        return {d.code for d in read(path, (), discover())[0].warnings}
    except SpecError as error:
        return {d.code for d in error.diagnostics}


@pytest.mark.parametrize("code", sorted(set(codes()) - NOT_SPECS))
def test_examples(code, tmp_path):
    (wrong_language, wrong), (right_language, right) = BLOCK.findall(page(code))
    assert wrong_language == right_language == "toml"
    assert code in reported_codes(tmp_path, wrong)
    # The right example of an error may have a warning, such as W301.
    remaining = reported_codes(tmp_path, right)
    assert code not in remaining
    assert all(other.startswith("W") for other in remaining)
