"""The registry: broken, blocked and invalid distributions never affect the others."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from rcmvae_core.errors import PluginError
from rcmvae_core.plugin.declaration import Distribution, Kind, Plugin, load_object
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.plugin.hookspecs import hookimpl
from rcmvae_core.plugin.registry_builder import build
from tests.support.isolated import BUILT_IN, GUEST, module, params, plugin, registry_of


def reasons(registry):
    return [(broken.state, broken.declaration, broken.reason) for broken in registry.broken]


def test_built_ins_enter_like_guests():
    registry = build([BUILT_IN])
    assert registry.broken == ()
    assert len(list(registry)) == len(registry.plugins)
    assert [r.plugin.name for r in registry if r.plugin.kind == "conditioner"] == registry.names(
        "conditioner"
    )


FAULTY = [
    (plugin(kind="no_kind"), "unknown kind `no_kind`"),
    (
        plugin(provides=("classifier.tau",)),
        "token `classifier.tau` is not in the vocabulary of kind `conditioner`",
    ),
    (plugin(requires=("no.token",)), "unknown token `no.token`"),
    (plugin(conflicts=("no.token",)), "unknown token `no.token`"),
    ("film", "rcmvae_plugins gave 'film', not a Plugin"),
    (Kind("prior", "Again.", table="priors"), "kind `prior` is already declared"),
    (Kind("k", "Must.", table="k", slot="one"), "only the core may require a table"),
    (Kind("k", "Taken.", table="loss"), "claims the table `[loss]`, which is taken"),
    (Kind("k", "Taken.", table="latent"), "claims the table `[latent]`, which is taken"),
    (Kind("k", "Taken.", table="latent.k"), "claims the table `[latent.k]`, which is taken"),
    (Kind("k", "Taken.", table="train"), "claims the table `[train]`, which is taken"),
    (Kind("k", "Taken.", table="train.epochs"), "claims the table `[train.epochs]`, which is taken"),
    (Kind("k", "Inside.", table="conditioner.k"), "a kind's table is `NAME` or `train.NAME`"),
    (Kind("k", "Odd.", table="a b"), "a kind's table is `NAME` or `train.NAME`"),
    (Kind("k", "Keys.", table="k", keys="nowhere:Keys"), "the keys of kind `k` cannot be imported"),
    (Kind("k", "Token.", tokens={"head.sigma": "again"}), "declares token `head.sigma` again"),
]


@pytest.mark.parametrize(("guest", "why"), FAULTY)
def test_faulty_declarations_leave_the_rest_in_use(guest, why):
    registry = registry_of(guest, plugin(name="fine"))
    ((state, _, reason),) = reasons(registry)
    assert (state, why in reason) == ("broken", True)
    assert registry.claims("conditioner", "fine")
    assert registry.claims("conditioner", "film")


def test_a_kinds_table_may_stand_in_train():
    assert registry_of(Kind("ema", "Averages.", table="train.ema")).broken == ()


@pytest.mark.parametrize("error", [ValueError("a\nb"), SystemExit(1), BaseException("odd"), RecursionError()])
def test_hooks_that_raise(error):
    def fail():
        raise error
        yield

    guest = SimpleNamespace(rcmvae_plugins=hookimpl(fail))
    registry = build([BUILT_IN, (GUEST, guest)])
    ((state, _, reason),) = reasons(registry)
    assert (state, reason.startswith(type(error).__name__), "\n" in reason) == ("broken", True, False)
    assert registry.broken[0].detail.startswith("Traceback")
    assert registry.claims("conditioner", "film")


def test_a_keyboard_interrupt_is_nobodys_fault():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build([(GUEST, SimpleNamespace(rcmvae_plugins=hookimpl(stop)))])


@pytest.mark.parametrize(
    "guest",
    [
        SimpleNamespace(rcmvae_plugin=hookimpl(lambda: ())),
        SimpleNamespace(rcmvae_plugins=hookimpl(lambda wrong: [wrong])),
    ],
)
def test_hooks_that_are_not_in_the_contract(guest):
    registry = build([(GUEST, guest), BUILT_IN])
    assert [state for state, *_ in reasons(registry)] == ["broken"]
    assert registry.claims("conditioner", "film")


def test_a_module_without_hooks_is_harmless():
    assert build([BUILT_IN, (GUEST, SimpleNamespace())]).broken == ()


def test_the_same_distribution_twice_is_one():
    guest = module([plugin()])
    registry = build([BUILT_IN, BUILT_IN, (GUEST, guest), (GUEST, guest)])
    assert registry.broken == ()
    assert len(registry.claims("conditioner", "gate")) == len(registry.claims("conditioner", "film")) == 1


def test_one_name_twice_in_a_distribution_is_its_authors_fault():
    registry = registry_of(plugin(), plugin())
    assert reasons(registry) == [
        (
            "broken",
            ("conditioner", "gate"),
            "conditioner `gate`: it is declared twice by the same distribution",
        )
    ]
    assert len(registry.claims("conditioner", "gate")) == 1


def test_two_distributions_may_claim_a_name():
    registry = build([BUILT_IN, (GUEST, module([plugin(name="film")]))])
    assert [r.distribution.name for r in registry.claims("conditioner", "film")] == ["rcmvae", "my-gates"]
    assert registry.broken == ()


@pytest.mark.parametrize(
    "bad", [{"name": "No"}, {"name": "a b"}, {"impl": "nowhere"}, {"params": "x"}, {"kind": ""}]
)
def test_declarations_check_their_own_form(bad):
    with pytest.raises(ValueError, match="must have the form"):
        plugin(**bad)


@pytest.mark.parametrize("setting", ["all", "only", "None", "only=rcmvae", " "])
def test_settings_that_cannot_be_read(setting):
    with pytest.raises(PluginError) as caught:
        discover(setting)
    assert [d.code for d in caught.value.diagnostics] == ["E301"]


def test_settings_that_block(monkeypatch):
    assert list(discover("none")) == []
    assert {broken.state for broken in discover("none").broken} == {"blocked"}
    assert list(discover("only:other")) == []
    assert list(discover("only: RCMVAE ,x"))
    monkeypatch.setenv("RCMVAE_PLUGINS", "none")
    assert list(discover()) == []


DECLARES = """
from rcmvae_core import Plugin, hookimpl


@hookimpl
def rcmvae_plugins():
    yield Plugin("conditioner", "gate", summary="A guest.", impl="nowhere.at_all:gate")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution in its own folder on the path; `groups` are the groups of its entry points."""

    def make(name: str, source: str, groups: tuple[str, ...] = ("rcmvae.plugins.v1",)) -> None:
        module_name = f"guest_{name.lower().replace('-', '_')}"
        site = tmp_path / name
        information = site / f"{name}-1.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        points = "".join(f"[{group}]\nmain = {module_name}\n" for group in groups)
        (information / "entry_points.txt").write_text(points)
        (site / f"{module_name}.py").write_text(source)
        monkeypatch.syspath_prepend(site)
        monkeypatch.delitem(sys.modules, module_name, raising=False)

    return make


def guests(registry):
    return [r.distribution.name for r in registry.claims("conditioner", "gate")]


@pytest.mark.parametrize(
    "source", ["raise ImportError('no')", "raise SystemExit(0)", "raise BaseException('odd')", "def ("]
)
def test_a_distribution_that_does_not_import(install, source):
    install("bad", source)
    install("good", DECLARES)
    registry = discover("only:bad,good")
    (broken,) = [broken for broken in registry.broken if broken.state == "broken"]
    assert broken.distribution.name == "bad"
    assert broken.reason.startswith(("ImportError", "SystemExit", "BaseException", "SyntaxError"))
    assert guests(registry) == ["good"]


def test_a_distribution_of_another_version_is_not_imported(install):
    install("new", "raise AssertionError", groups=("rcmvae.plugins.v2",))
    (broken,) = [broken for broken in discover("").broken if broken.distribution.name == "new"]
    assert (broken.state, "`rcmvae.plugins.v2`" in broken.reason) == ("too new", True)


def test_one_that_serves_both_versions_is_used(install):
    install("both", DECLARES, groups=("rcmvae.plugins.v2", "rcmvae.plugins.v1"))
    registry = discover("")
    assert (registry.broken, guests(registry)) == ((), ["both"])


def test_a_distribution_seen_twice_is_read_once(install):
    install("my_gates", DECLARES)
    install("My-Gates", DECLARES)
    assert guests(discover("")) == ["My-Gates"]


def test_an_import_that_ends_the_program_is_an_import_error(tmp_path, monkeypatch):
    (tmp_path / "quitter.py").write_text("raise SystemExit(0)")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="SystemExit"):
        load_object("quitter:Params")
    assert "quitter" not in sys.modules
    registry = registry_of(plugin(params="quitter:Params"))
    with pytest.raises(ImportError):
        registry.parameters(registry.claims("conditioner", "gate")[0].plugin)


def test_lookups():
    registry = registry_of(plugin(renamed_from=("gating",), provides=("decoder.channels",)))
    assert registry.current_name("conditioner", "gating") == "gate"
    assert registry.current_name("prior", "gating") is None
    assert registry.meaning("labels.some")
    assert registry.meaning("no.token") == ""
    assert registry.parameters(plugin(params=params("Gate"))).__name__ == "Gate"
    assert isinstance(registry.claims("conditioner", "gate")[0].plugin, Plugin)
    assert Distribution("a", "1") == Distribution("a", "1")
