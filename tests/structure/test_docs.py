"""The documents: specs that resolve, links and commands that exist."""

from __future__ import annotations

import argparse
import re
import shlex
import textwrap
from importlib import import_module
from pathlib import Path

import pytest

from rcmvae_core.cli.arguments import read
from rcmvae_core.cli.main import VERBS
from rcmvae_core.errors import SpecError
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.parse import parse
from rcmvae_core.spec.resolve import resolve_layers

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "kinds").glob("*.md")),
    ROOT / "experiments" / "README.md",
]
EXPLAIN_PAGES = sorted((ROOT / "rcmvae_core" / "cli" / "pages").glob("*.md"))
COMMAND = re.compile(r"^ *(?:.* && )?(?:\w+=\S+ )*(rcmvae [a-z].*)$", re.MULTILINE)
QUICKSTART = ROOT / "experiments" / "quickstart.toml"


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.toml")), ids=lambda p: p.name)
def test_every_shipped_spec_is_valid(path) -> None:
    resolved, _ = read(path, [])
    assert not resolved.warnings


@pytest.mark.parametrize("path", [*PAGES, *EXPLAIN_PAGES], ids=lambda p: p.name)
def test_every_block_of_code_begins_and_ends_on_a_line_of_its_own(path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    fences = [line.strip() for line in lines if "```" in line]
    assert all(re.fullmatch(r"```\w*", fence) for fence in fences)
    assert all(fence == "```" for fence in fences[1::2])
    assert len(fences) % 2 == 0


@pytest.mark.parametrize(
    ("page", "text"), [(path.name, text) for path in PAGES for text in blocks(path, "python")]
)
def test_every_python_snippet_is_python(page, text) -> None:
    compile(textwrap.dedent(text), page, "exec")


SNIPPETS = [(path.name, text) for path in PAGES for text in blocks(path, "toml") if "extends" not in text]


@pytest.mark.parametrize(("page", "text"), SNIPPETS)
def test_every_snippet_resolves_over_the_quickstart(page, text) -> None:
    """A fragment is laid over the shipped spec; a whole spec stands for itself."""
    registry = discover("only:rcmvae")
    layers = [parse(QUICKSTART.read_bytes(), "quickstart.toml"), parse(text.encode(), page)]
    try:
        resolve_layers(layers, registry)
    except SpecError as error:
        pytest.fail(str(error))


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_command_exists(path) -> None:
    verbs = set(re.findall(r"rcmvae ([a-z]+)\b", path.read_text(encoding="utf-8")))
    assert verbs - {"plugins", "is", "only"} <= set(VERBS)


@pytest.mark.parametrize("path", [*PAGES, *EXPLAIN_PAGES], ids=lambda p: p.name)
def test_every_command_has_the_arguments_of_its_verb(path) -> None:
    """A line that is a command is parsed, not run; also in the "Wrong" examples, whose errors are not of syntax."""
    for line in COMMAND.findall(path.read_text(encoding="utf-8").replace("\\\n", "")):
        _, verb, *arguments = shlex.split(line, comments=True)
        parser = argparse.ArgumentParser(f"rcmvae {verb}", allow_abbrev=False)
        import_module(f"rcmvae_core.cli.commands.{verb}").configure(parser)
        try:
            parser.parse_args(arguments)
        except SystemExit:
            pytest.fail(line)


def test_the_guide_does_not_publish() -> None:
    """The test of the guide runs each shell block that is not announced by "not run here:"."""
    guide = (ROOT / "docs" / "writing-a-plugin.md").read_text(encoding="utf-8")
    before, _, _ = guide.partition("twine upload")
    assert guide.count("twine upload") == 1
    assert before.rpartition("```sh")[0].rstrip().endswith("not run here:")


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_named_file_exists(path) -> None:
    named = re.findall(
        r"`((?:docs|experiments|rcmvae_core|plugins)/[\w./-]+)`", path.read_text(encoding="utf-8")
    )
    assert all((ROOT / name).exists() for name in named), named


def test_the_readme_shows_the_quickstart() -> None:
    """Without its comments the README's spec is the shipped one."""
    shown = max(blocks(ROOT / "README.md", "toml"), key=len)
    plain = [line.split("  #")[0].rstrip() for line in shown.splitlines()]
    assert plain == [line.split("  #")[0].rstrip() for line in QUICKSTART.read_text().splitlines()]
