"""The reference pages are what the declarations say, and what `rcmvae plugins show` says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal

import attrs
import pytest

from rcmvae_core.cli.plugin_page import format_plugin
from rcmvae_core.plugin.declaration import Distribution, Plugin
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.docstrings import docstring, sections
from rcmvae_core.plugin.hookspecs import hookimpl
from rcmvae_core.plugin.parameters import Capabilities, param
from rcmvae_core.plugin.registry_builder import build
from rcmvae_core.spec.describe_plugin import of_plugin
from tests.support import reference_writer as reference

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "reference"
REGISTRY = discover("only:rcmvae")
UPDATING = bool(os.environ.get("RCMVAE_UPDATE_GOLDEN"))
HOW = "RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/structure/test_reference.py writes them"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages(REGISTRY)


def test_the_pages_are_current(pages) -> None:
    if UPDATING:
        FOLDER.mkdir(exist_ok=True)
        for path in FOLDER.glob("*.md"):
            path.unlink()
        for name, text in pages.items():
            (FOLDER / name).write_text(text, encoding="utf-8")
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*")} == pages, HOW


def test_the_public_names_are_current() -> None:
    if UPDATING:
        (DOCS / "api.md").write_text(reference.api(), encoding="utf-8")
    assert (DOCS / "api.md").read_text(encoding="utf-8") == reference.api(), HOW


def test_every_part_has_a_section_with_its_mathematics(pages) -> None:
    for registered in REGISTRY:
        plugin = registered.plugin
        maths = sections(docstring(plugin.impl))[""]
        assert maths, plugin
        section = pages[f"{plugin.kind}.md"].split(f"\n## {plugin.name}\n")[1].split("\n## ")[0]
        assert maths in section


def test_links_lead_somewhere(pages) -> None:
    for page, anchor in re.findall(r"\]\((\w+\.md)#?([\w-]*)\)", pages["README.md"]):
        assert f"\n## {anchor}\n" in pages[page] or not anchor


def test_the_sheet_says_the_same_as_the_page(pages) -> None:
    for registered in REGISTRY:
        facts = of_plugin(registered, REGISTRY)
        told, page = format_plugin(facts, REGISTRY.kinds[facts["kind"]]), pages[f"{facts['kind']}.md"]
        for line in facts["maths"].splitlines():
            assert f"  {line}".rstrip() in told
            assert line in page
        for name in facts["parameters"]:
            assert f"\n  {name}: " in told
            assert f"| `{name}` |" in page
        assert told.rpartition("\nexample\n")[2].replace("\n  ", "\n").strip() in page


@attrs.frozen
class Params:
    mode: Literal["sum", "mean"] = param("mean", doc="How.")
    fine: bool = param(False, doc="Whether.")
    path: str | None = param(None, doc="Where.")
    strict: int = param(1, doc="How strictly.", ge=0, le=9)

    def __attrs_post_init__(self) -> None:
        if self.fine and self.mode == "sum":
            raise ValueError("no")

    def capabilities(self) -> Capabilities:
        requires = ("data.image",) if self.path else ("data.features",)
        conflicts = ("layout.shared",) if self.mode == "sum" else ()
        return Capabilities(("decoder.channels",), requires, conflicts)


class Guest:
    @hookimpl
    def rcmvae_plugins(self):
        yield Plugin(
            "conditioner", "gate", summary="A gate.", impl="nothing.here:gate", params=f"{__name__}:Params",
            requires=("latent.channels",),
        )  # fmt: skip


def test_tokens_are_told_with_the_values_that_they_depend_on() -> None:
    registry = build([(Distribution("mine", "1"), Guest())])
    (registered,) = registry.claims("conditioner", "gate")
    facts = of_plugin(registered, registry)
    assert facts["provides"] == {"decoder.channels": "the decoder sees which channel it decodes"}
    assert list(facts["requires"]) == [
        "latent.channels",
        "data.features if path is absent",
        "data.image if path is given",
    ]
    assert facts["conflicts"] == {'layout.shared if mode = "sum"': "one latent for all channels"}
    assert (facts["maths"], facts["source"]) == ("", "")
    assert "\ndescription" not in format_plugin(facts, registry.kinds["conditioner"])


@pytest.mark.parametrize(
    "path",
    [
        "nothing.here:gate",
        "nothing:gate",
        "sys:path",
        "math:sin",
        "rcmvae_core:gone",
        "rcmvae_core.gone:x",
        "__main__:x",
    ],
)
def test_without_a_source_nothing_is_said(path) -> None:
    assert docstring(path) == ""


def test_sources_are_read_and_not_imported(tmp_path, monkeypatch) -> None:
    package = tmp_path / "heavy_guest"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (package / "net.py").write_text(
        'raise RuntimeError\ndef gate():\n    """y = x.\n\n    Source: me.\n    """\n'
    )
    (package / "odd.py").write_text("def f(:\n")
    (package / "again.py").write_text(
        "from heavy_guest.net import gate\nfrom heavy_guest.again import gone\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert sections(docstring("heavy_guest.net:gate")) == {"": "y = x.", "Source": "me."}
    assert docstring("heavy_guest.again:gate") == docstring("heavy_guest.net:gate")
    assert docstring("heavy_guest.again:gone") == docstring("heavy_guest.odd:f") == ""
