"""New packages as text: which names are valid, and that the files are well-formed whatever the names."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hatchling.builders.wheel import WheelBuilder

from rcmvae_core.errors import RunError
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.kinds import KINDS
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry_builder import build
from rcmvae_core.runtime.atomic_files import write_file, write_folder
from rcmvae_core.runtime.outputs import output_errors
from rcmvae_core.scaffold.complete import choose_plugins, compatible_plugins, complete_draft
from rcmvae_core.scaffold.draft import Draft
from rcmvae_core.scaffold.names import NewPlugin, name_errors
from rcmvae_core.scaffold.package import Package, name_conflicts, render_package
from tests.support.isolated import plugin, registry_of

ROOT = Path(__file__).parents[2]
EVERY = [kind.name for kind in KINDS]
EMPTY = build([])


def package_of(names: list[str]) -> Package:
    return Package(names[0], tuple(NewPlugin(*each) for each in zip(EVERY, names, strict=True)))


SHORT = package_of([f"q{letter}" for letter in "abcdefghijklmnopqrstuv"])
LONG = package_of([f"{'long' * 6}xx{letter}" for letter in "abcdefghijklmnopqrstuv"])


def messages(plugins: list[tuple[str, str]], package: str = "my_things", registry=EMPTY) -> list[str]:
    return [error.message for error in name_errors([NewPlugin(*each) for each in plugins], package, registry)]


@pytest.mark.parametrize("package", [SHORT, LONG], ids=["short", "long"])
def test_names_of_any_length_give_tidy_files(package, tmp_path) -> None:
    assert messages([tuple(each) for each in package.plugins], package.name) == []
    assert name_conflicts(package.plugins) == []
    write_folder(tmp_path / "package", render_package(package))
    for words in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--no-cache", "."]
        done = subprocess.run(command, cwd=tmp_path / "package", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_every_kind_has_one_documented_bounded_parameter() -> None:
    module = ModuleType("params")
    exec(compile(render_package(SHORT)["qa/params.py"], "params.py", "exec", dont_inherit=True), vars(module))
    classes = [each for each in vars(module).values() if isinstance(each, type)]
    assert len(classes) == len(EVERY)
    for each in classes:
        (field,) = fields(each).values()
        assert field.rule.doc.endswith(".")
        assert field.rule.interval()
        assert not field.required


def test_a_conditioner_is_ten_lines() -> None:
    source = render_package(Package("my_gate", (NewPlugin("conditioner", "my_gate"),)))["my_gate/my_gate.py"]
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", [])
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            del body[0]
    tree.body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    assert len([line for line in ast.unparse(tree).splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize("new", SHORT.plugins, ids=lambda new: new.kind)
def test_every_plugin_documents_what_it_computes(new) -> None:
    """The docstring of the implementation has a summary, the arguments and the result."""
    tree = ast.parse(render_package(SHORT)[f"qa/{new.name}.py"])
    (function,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == new.name]
    text = ast.get_docstring(function) or ""
    assert text.splitlines()[0].endswith(".")
    assert "\nArgs:\n    params: " in text
    assert "\nReturns:\n" in text


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("MyGate", "is not snake_case"),
        ("my-gate", "is not snake_case"),
        ("my__gate", "is not snake_case"),
        ("_gate", "is not snake_case"),
        ("2gate", "is not snake_case"),
        ("größe", "is not snake_case"),
        ("", "is not snake_case"),
        ("a\nb", "is not snake_case"),
        ("g", "has 1 character"),
        ("g" * 28, "has 28 characters"),
        ("lambda", "is a keyword or a built-in"),
        ("sum", "is a keyword or a built-in"),
        ("test_gate", "pytest would collect"),
        ("params", "the module of parameters"),
    ],
)
def test_bad_names(name, why) -> None:
    (message,) = messages([("conditioner", name)])
    assert f"`{name}`" in message
    assert why in message


def test_a_plugin_is_not_called_like_the_conformance_test_of_its_package() -> None:
    (message,) = messages([("conditioner", "gates_conformance")], "gates")
    assert "the conformance test" in message


def test_packages_have_conformance_tests_of_different_names() -> None:
    names = [f"tests/test_{name}_conformance.py" for name in ("one_gate", "two_gate")]
    for name, path in zip(("one_gate", "two_gate"), names, strict=True):
        files = render_package(Package(name, (NewPlugin("conditioner", name),)))
        assert [each for each in files if "conformance" in each] == [path]


@pytest.mark.parametrize(
    ("package", "why"),
    [
        ("numpy", "would shadow"),
        ("json", "would shadow"),
        ("conftest", "reserved for pytest"),
        ("My", "snake_case"),
    ],
)
def test_bad_packages(package, why) -> None:
    (message,) = messages([("conditioner", "my_gate")], package)
    assert why in message


def test_everything_at_once() -> None:
    errors = messages([("conditoner", "Gate"), ("prior", "flat"), ("head", "flat")], "tests")
    assert len(errors) == 4
    assert "unknown kind `conditoner`" in errors[1]
    (unknown,) = (error for error in name_errors([NewPlugin("conditoner", "gate")], "my_things", EMPTY))
    assert unknown.help == ("did you mean `conditioner`?",)


@pytest.mark.parametrize(
    ("name", "why"), [("gate", "already exists in"), ("old_gate", "is a former name of `gate`")]
)
def test_a_name_that_is_taken(name, why) -> None:
    registry = registry_of(plugin(name="gate", renamed_from=("old_gate",)))
    (message,) = messages([("conditioner", name)], registry=registry)
    assert f"conditioner `{name}` {why}" in message
    assert messages([("head", name)], registry=registry) == []


def test_two_names_of_one_class() -> None:
    (message,) = messages([("head", "gate2"), ("prior", "gate_2")])
    assert "in one package" in message


@pytest.mark.parametrize(
    ("kind", "name"), [("encoder", "net"), ("encoder", "context"), ("data", "np"), ("optimizer", "optax")]
)
def test_a_name_that_the_files_use(kind, name) -> None:
    (error,) = name_conflicts([NewPlugin(kind, name)])
    assert f"`{name}`" in error.message


ANNEX = Kind("annex", "An annex.", table="annex", tokens={"annex.open": "it is open"})
REGISTRY = registry_of(
    ANNEX,
    plugin("annex", "hall", provides=("annex.open",)),
    plugin(name="gate", requires=("annex.open",)),
    plugin(name="door", conflicts=("annex.open",)),
    plugin(name="ruin", deprecated="use `gate`"),
)


def test_what_a_plugin_requires_of_another_packages_kind_is_filled_in() -> None:
    named = complete_draft(choose_plugins(Draft(), "conditioner", ["gate"], REGISTRY), REGISTRY)
    assert list(named.draft.parts["annex"]) == ["hall"]
    assert named.resolved is not None
    unlabelled = complete_draft(Draft(parts={"data": {"table": {"path": "x.csv"}}}), REGISTRY)
    assert unlabelled.resolved is not None
    assert not unlabelled.draft.parts["annex"]


def test_only_compatible_plugins_are_offered() -> None:
    (conditioner,) = (kind for kind in REGISTRY.kinds.values() if kind.name == "conditioner")
    annex = Draft(parts={"annex": {"hall": {}}})
    names = compatible_plugins(annex, conditioner, REGISTRY, complete_draft(annex, REGISTRY).draft)
    assert "gate" in names
    assert not {"door", "ruin"} & set(names)


def test_every_template_is_in_the_wheel() -> None:
    folder = ROOT / "rcmvae_core" / "scaffold" / "templates"
    shipped = {entry.relative_path for entry in WheelBuilder(str(ROOT)).recurse_included_files()}
    templates = {str(path.relative_to(ROOT)) for path in folder.rglob("*.txt")}
    assert len(templates) > 5 * len(EVERY)
    assert templates <= shipped


def test_all_files_or_none(tmp_path) -> None:
    texts = {"a.txt": "a", "b/c.txt": "c", "a.txt/d.txt": "no file can stand in a file"}
    with pytest.raises(RunError, match="E304"):
        write_folder(tmp_path / "package", texts)
    assert list(tmp_path.iterdir()) == []


def test_existing_files_stay(tmp_path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    for name in ("full", "file", "dangling"):
        (error,) = output_errors([tmp_path / name])
        assert (error.code, name in error.message) == ("E304", True)
        with pytest.raises(RunError, match="E304"):
            write_folder(tmp_path / name, {"a.txt": "a"})
        with pytest.raises(RunError, match="E304"):
            write_file(tmp_path / name, "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "file", "full"]
    assert (tmp_path / "full" / "mine.txt").read_text() == (tmp_path / "file").read_text() == "mine"
