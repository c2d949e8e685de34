"""The pages of the kinds: what is derived from the code is current, and what is written by hand agrees with it."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import pytest

import rcmvae_core
from rcmvae_core.cli.manual import codes
from rcmvae_core.plugin import protocols
from rcmvae_core.plugin.declaration import Distribution, Plugin
from rcmvae_core.plugin.hookspecs import hookimpl
from rcmvae_core.plugin.kinds import KINDS
from rcmvae_core.plugin.registry_builder import build
from rcmvae_core.testing.plugin_case import TINY
from tests.support import kind_pages

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "kinds"
HOW = "RCMVAE_UPDATE_GOLDEN=1 python -m pytest tests/structure/test_kind_pages.py writes the generated blocks"
PAGES = [FOLDER / "README.md", *(FOLDER / f"{kind.name}.md" for kind in KINDS)]
HAND_WRITTEN = [*PAGES, DOCS / "plugins.md"]
LONGEST = 120
"""Characters of a line that is written by hand; rows of tables may be longer."""


def blocks_of(path: Path) -> dict[str, str]:
    if path.name == "README.md":
        return kind_pages.index_blocks()
    (kind,) = (kind for kind in KINDS if kind.name == path.stem)
    return kind_pages.blocks(kind)


def python_blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_every_kind_has_a_page() -> None:
    assert {path.name for path in FOLDER.glob("*")} == {path.name for path in PAGES}
    assert set(kind_pages.RECORDS) == {kind.name for kind in KINDS}


def test_the_records_of_the_protocols_are_shown() -> None:
    """Each name of the protocols is public, and on a page."""
    shown = {name for names in kind_pages.RECORDS.values() for name in names}
    others = {"BuildContext", "Likelihood", "LossOutput", "NOWHERE", "Params"}
    assert shown | others == set(protocols.__all__)
    assert shown <= set(rcmvae_core.__all__)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_generated_blocks_are_current(path: Path) -> None:
    text, made = path.read_text(encoding="utf-8"), blocks_of(path)
    assert sorted(kind_pages.names_of_blocks(text)) == sorted(made)
    current = kind_pages.fill(text, made)
    if os.environ.get("RCMVAE_UPDATE_GOLDEN"):
        path.write_text(current, encoding="utf-8")
        text = current
    assert text == current, HOW


@pytest.mark.parametrize("path", PAGES[1:], ids=lambda path: path.name)
def test_every_page_answers_the_same_questions(path: Path) -> None:
    text = kind_pages.without_blocks(path.read_text(encoding="utf-8"))
    assert text.startswith(f"# {path.stem}\n")
    assert tuple(re.findall(r"^## (.*)$", text, re.MULTILINE)) == kind_pages.HEADINGS


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_declarations_are_valid(path: Path) -> None:
    """Each `Plugin` of a page is accepted by a registry of the core's kinds."""
    text = path.read_text(encoding="utf-8")
    declared = [eval(each, {"Plugin": Plugin}) for each in python_blocks(text) if each.startswith("Plugin(")]

    class Module:
        @hookimpl
        def rcmvae_plugins(self):
            yield from declared

    assert declared
    assert build([(Distribution("rcmvae-mine", "1"), Module())]).broken == ()


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=lambda path: path.name)
def test_code_is_python(path: Path) -> None:
    for each in python_blocks(path.read_text(encoding="utf-8")):
        ast.parse(each)


def test_the_stateful_loss_of_its_page_is_one() -> None:
    """Two inputs with latents of ones, at distance 2 from the initial center 0."""
    text = (FOLDER / "loss.md").read_text(encoding="utf-8")
    (code,) = (each for each in python_blocks(text) if "-> StatefulLoss" in each)
    names: dict[str, Any] = {name: getattr(rcmvae_core, name) for name in rcmvae_core.__all__}
    names["jnp"] = jnp
    exec(code, names)
    loss = names["distance_to_center"](rcmvae_core.NoParams(), TINY)
    own = loss.init(jax.random.key(0), {})
    posterior = rcmvae_core.EncoderOutput(jnp.zeros((2, 3)), jnp.ones((2, 3, 2)), jnp.zeros((2, 3, 2)))
    inputs = SimpleNamespace(forward=SimpleNamespace(encoder_output=posterior))
    values, center = loss.apply(own, loss.init_state(own, {}), inputs)
    assert values.tolist() == [2.0, 2.0]
    assert jnp.allclose(center, 0.01)


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=lambda path: path.name)
def test_every_code_has_a_page(path: Path) -> None:
    assert set(re.findall(r"\b[EW]\d{3}\b", path.read_text(encoding="utf-8"))) <= set(codes())


@pytest.mark.parametrize("path", [*HAND_WRITTEN, *DOCS.glob("api*.md")], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", path.read_text(encoding="utf-8")):
        page = path.parent / target if target else path
        assert page.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=lambda path: path.name)
def test_lines_are_short(path: Path) -> None:
    lines = kind_pages.without_blocks(path.read_text(encoding="utf-8")).splitlines()
    assert [line for line in lines if len(line) > LONGEST and not line.startswith("|")] == []
