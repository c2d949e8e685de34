"""The pages of the commands and of the codes are what the parsers and the pages of codes say."""

from __future__ import annotations

import os
import re

import pytest

from rcmvae_core.cli import manual
from rcmvae_core.cli.main import VERBS
from tests.support import command_writer as writer
from tests.support.imports import ROOT

WRITERS = {"commands.md": writer.commands, "codes.md": writer.codes}


@pytest.mark.parametrize("name", WRITERS)
def test_the_page_is_current(name) -> None:
    path, text = ROOT / "docs" / name, WRITERS[name]()
    if "RCMVAE_UPDATE_GOLDEN" in os.environ:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, (
        "RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/structure/test_commands.py writes it"
    )


def test_every_code_is_listed_once() -> None:
    assert sorted(re.findall(r"^\| ([EW]\d+) \|", writer.codes(), re.MULTILINE)) == manual.codes()


@pytest.fixture(scope="module")
def page() -> str:
    return writer.commands()


@pytest.mark.parametrize("verb", VERBS)
def test_every_argument_is_listed_and_explained(verb, page) -> None:
    section = page.split(f"\n## {verb}\n")[1].split("\n## ")[0]
    parser = writer.parser_of(verb)
    for each in (parser, *writer.actions_of(parser).values()):
        for argument in writer.arguments_of(each):
            assert argument.help
            assert f"| `{writer.spelling(argument).replace('|', chr(92) + '|')}` |" in section
