"""Old names of plugins and parameters are reported with their place, refused beside the current ones, and rewritten."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rcmvae_core.errors import SpecError
from rcmvae_core.migrate.rename_in_spec import update_names
from rcmvae_core.plugin.core_tables import CORE_TABLES, LatentTable, TrainTable
from rcmvae_core.plugin.declaration import Kind
from rcmvae_core.plugin.parameters import param, schedule
from rcmvae_core.spec.write import document
from tests.support.isolated import Desk, plugin, registry_of


@attrs.frozen
class GateParams:
    """`[conditioner.gate]`, formerly `gating`."""

    width: int = param(8, doc="Units.", ge=1, renamed_from=("units", "size"))
    strength: Any = schedule(1.0, doc="Strength.", ge=0, le=1, renamed_from=("force",))
    stale: int = param(0, doc="Stale.", deprecated="use `width`")


@attrs.frozen
class RampParams:
    """The schedule `ramp`, formerly `slope`."""

    start: float = param(doc="At first.", renamed_from=("from_value",))
    end: float = param(1.0, doc="At last.", renamed_from=("to_value",))

    def extent(self) -> tuple[float, float]:
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class BlendTable:
    """The core's keys beside a blend."""

    factor: Any = schedule(1.0, doc="Factor.", renamed_from=("scale",))


@attrs.frozen
class OlderLatent(LatentTable):
    """`[latent]` with an old name of `dim`."""

    dim: int = param(2, doc="Size.", ge=1, renamed_from=("depth",))


@attrs.frozen
class OlderTrain(TrainTable):
    """`[train]` with an old name of `epochs`."""

    epochs: int = param(1, doc="Passes.", ge=1, renamed_from=("passes",))


def path_of(name: str) -> str:
    return f"{__name__}:{name}"


REGISTRY = registry_of(
    Kind("blend", "Blends.", table="blend", slot="labelled", keys=path_of("BlendTable")),
    plugin("conditioner", "gate", params=path_of("GateParams"), renamed_from=("gating",)),
    plugin("conditioner", "rusty", deprecated="use `gate`"),
    plugin("schedule", "ramp", params=path_of("RampParams"), renamed_from=("slope",)),
    plugin("schedule", "worn", params=path_of("RampParams"), deprecated="use `ramp`"),
    plugin("blend", "mix", renamed_from=("mixing",)),
    plugin("figure", "plot", renamed_from=("graph",)),
)

OLD = [
    ("[conditioner.gating]", "conditioner `gating` is now called `gate`", (2, 14)),
    ('conditioner = "gating"', "conditioner `gating` is now called `gate`", (2, 15)),
    ("[conditioner.gate]\nunits = 3", "conditioner `gate`: `units` is now called `width`", (3, 1)),
    ("[conditioner.gate]\nforce = 0.5", "conditioner `gate`: `force` is now called `strength`", (3, 1)),
    (
        "[conditioner.gate]\nstrength.slope = { start = 0, end = 1 }",
        "schedule `slope` is now called `ramp`",
        (3, 10),
    ),
    (
        "[conditioner.gate]\nstrength.ramp = { from_value = 0, end = 1 }",
        "schedule `ramp`: `from_value` is now called `start`",
        (3, 19),
    ),
    ("[blend.a.mixing]", "blend `mixing` is now called `mix`", (2, 10)),
    ("[blend.a]\nscale = 2\n[blend.a.mix]", "`[blend.a]`: `scale` is now called `factor`", (3, 1)),
    (
        "[blend.a.mix]\n[blend.a.scale.ramp]\nstart = 0\nend = 1",
        "`[blend.a]`: `scale` is now called `factor`",
        (3, 10),
    ),
    ("[latent]\ndepth = 3", "`[latent]`: `depth` is now called `dim`", (3, 1)),
    ("[train]\npasses = 3", "`[train]`: `passes` is now called `epochs`", (3, 1)),
    (
        '[plugins.prefer.conditioner]\ngating = "my-gates"\n[conditioner.gate]',
        "conditioner `gating` is now called `gate`",
        (3, 1),
    ),
]


@pytest.fixture
def older(monkeypatch) -> None:
    """Replace the core's own tables by ones that have a parameter with an old name each."""
    monkeypatch.setitem(CORE_TABLES, "latent", OlderLatent)
    monkeypatch.setitem(CORE_TABLES, "train", OlderTrain)


@pytest.mark.usefixtures("older")
@pytest.mark.parametrize(("layer", "message", "place"), OLD)
def test_an_old_name_is_warned_of_with_its_place(desk, layer, message, place):
    base = desk.folder / "quickstart.toml"
    base.write_text(
        base.read_text().replace("\ndim = ", "\n# dim = ").replace("\nepochs = ", "\n# epochs = ")
    )
    (warning,) = desk.diagnostics(layer, registry=REGISTRY)
    assert (warning.code, warning.message) == ("W202", message)
    assert (warning.place.span.line, warning.place.span.column) == place
    assert warning.fix == message.split("`")[-2]
    assert f"write `{warning.fix}`" in warning.help[0]


BOTH = [
    ("[conditioner.gate]\n[conditioner.gating]", {"E209"}),
    ("[conditioner.gate]\nwidth = 3\nunits = 3", {"E209"}),
    ("[conditioner.gate]\nsize = 3\nunits = 3", {"E209", "W202"}),
    ("[conditioner.gate]\nstrength = { ramp = { start = 0, end = 1, from_value = 0 } }", {"E209"}),
    (
        "[conditioner.gate]\nstrength = { ramp = { start = 0, end = 1 }, slope = { start = 0, end = 1 } }",
        {"E209"},
    ),
    ("[blend.a]\nscale = 2\nfactor = 2\n[blend.a.mix]", {"E209"}),
    ("[blend.a.mix]\n[blend.a.mixing]", {"E209"}),
    ("[figure.plot]\n[figure.graph]", {"E209"}),
    ("[latent]\ndim = 3\ndepth = 3", {"E209"}),
    ("[train]\nepochs = 3\npasses = 3", {"E209"}),
    (
        '[plugins.prefer.conditioner]\ngating = "my-gates"\ngate = "my-gates"\n[conditioner.gate]',
        {"E209"},
    ),
]


@pytest.mark.usefixtures("older")
@pytest.mark.parametrize(("layer", "codes"), BOTH)
def test_the_old_name_beside_the_new_one_is_refused(desk, layer, codes):
    assert set(desk.codes(layer, registry=REGISTRY)) == codes
    with pytest.raises(SpecError) as caught:
        update_names(desk.folder / "spec.toml", REGISTRY)
    assert {d.code for d in caught.value.diagnostics} == {"E209"}


@pytest.mark.parametrize(
    ("layer", "message", "help_"),
    [
        ("[conditioner.rusty]", "conditioner `rusty` is deprecated", "use `gate`"),
        ("[conditioner.gate]\nstale = 1", "conditioner `gate`: `stale` is deprecated", "use `width`"),
        (
            "[loss.kl_z]\nweight.worn = { start = 0, end = 1 }",
            "schedule `worn` is deprecated",
            "use `ramp`",
        ),
    ],
)
def test_what_is_deprecated_is_told_and_left(desk, layer, message, help_):
    (warning,) = desk.diagnostics(layer, registry=REGISTRY)
    assert (warning.code, warning.message, warning.help) == ("W203", message, (help_,))
    renamed = update_names(desk.folder / "spec.toml", REGISTRY)
    assert (renamed.text, renamed.changed) == ((desk.folder / "spec.toml").read_text(), ())
    assert [d.message for d in renamed.deprecated] == [message]


@pytest.mark.parametrize(("below", "above"), [("gating", "gate"), ("gate", "gating"), ("gating", "gating")])
def test_an_overlay_may_name_the_part_otherwise_than_its_base(desk, below, above):
    desk.write("base.toml", f'extends = ["quickstart.toml"]\n[conditioner.{below}]\nwidth = 3')
    layer = f'extends = ["base.toml"]\n[conditioner.{above}]\nstrength = 0.5'.encode()
    part = desk.resolve(layer, registry=REGISTRY).one("conditioner")
    assert (part.name, part.params.width, part.params.strength.params.value) == ("gate", 3, 0.5)


def test_an_overlay_may_say_an_old_key_of_the_core(desk):
    desk.write("base.toml", 'extends = ["quickstart.toml"]\n[blend.a.mix]')
    layer = b'extends = ["base.toml"]\n[blend.a.scale.ramp]\nstart = 0\nend = 1'
    (part,) = desk.resolve(layer, registry=REGISTRY).parts["blend"]
    assert part.keys.factor.name == "ramp"


NAMES = {
    "gate": "gating", "width": "units", "strength": "force", "ramp": "slope", "start": "from_value", "end": "to_value",
    "factor": "scale", "mix": "mixing",
}  # fmt: skip
TRAPS = '# gating, units = 3, "force" and [blend.gating.mixing]\nname = "gating"\n'
GATES = [
    "conditioner.<gate>.<width> = 3 # units\nconditioner . <gate> . <strength>.<ramp>.<start> = 0.5\n",
    "conditioner = '<gate>' # gating\n",
    'conditioner = """<gate>"""\n',
    'conditioner."<gate>" = { \'<width>\' = 3, <strength> = { <ramp> = { <start> = 0, "<end>" = 1 } } }\n',
    "[conditioner.<gate>]  # gating\n# units = 3\n\t<width>=3\n[conditioner.<gate>.<strength>.<ramp>]\n<start> = 0\n<end>   = 1\n",
    '[ conditioner . "<gate>" ]\n<width> = 7\n<strength>.<ramp>.<start> = 0\n<strength>.<ramp>.<end> = 1\n',
]
BLENDS = [
    "[blend.gating]\n<factor> = 2 # scale\n[blend.gating.<mix>]\n",
    "[blend.scale.<mix>]\n[blend.scale.<factor>.<ramp>]\n<start> = 0\n<end> = 1\n",
    "[blend]\nunits = { <mix> = {}, <factor>.<ramp> = { <start> = 0, <end> = 1 } }\nforce.<mix> = {}\n",
]
PREFERS = ["", "[plugins.prefer.conditioner]\n<gate> = 'my-gates' # gating\n"]


def written(template: str, names: dict[str, str]) -> str:
    for new, name in names.items():
        template = template.replace(f"<{new}>", name)
    return template


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Desk:
    return Desk(tmp_path_factory.mktemp("renames"))


@settings(max_examples=10)
@given(
    names=st.fixed_dictionaries({new: st.sampled_from((new, old)) for new, old in NAMES.items()}),
    tables=st.tuples(st.sampled_from(GATES), st.sampled_from(BLENDS), st.sampled_from(PREFERS)),
    newline=st.sampled_from(("\n", "\r\n")),
)
def test_only_names_change_and_the_meaning_stays(bench, names, tables, newline):
    template = ('extends = ["quickstart.toml"]\n' + TRAPS + "".join(tables)).replace("\n", newline)
    text, expected = written(template, names), written(template, {new: new for new in names})
    if '"""' not in template:
        assert_renamed(bench, text, expected)
    else:  # a bare name's quotes become plain ones where it changes
        assert_renamed(bench, text, expected.replace('"""', '"') if names["gate"] != "gate" else expected)


def assert_renamed(bench: Desk, text: str, expected: str) -> None:
    before = bench.resolve(text.encode(), registry=REGISTRY)
    renamed = update_names(bench.folder / "spec.toml", REGISTRY)
    assert renamed.text == expected
    assert bool(renamed.changed) == (text != expected)
    after = bench.resolve(renamed.text.encode(), registry=REGISTRY)
    assert after.warnings == ()
    assert document(after, REGISTRY.kinds) == document(before, REGISTRY.kinds)
    again = update_names(bench.folder / "spec.toml", REGISTRY)
    assert (again.text, again.changed) == (expected, ())


@pytest.mark.parametrize(
    "layer", ["[conditioner.gatng]\n", "[conditioner.gating]\nwidht = 3\n", "gate = 1\n"]
)
def test_names_that_nobody_knows_stop_it(desk, layer):
    path = desk.write("spec.toml", 'extends = ["quickstart.toml"]\n' + layer)
    with pytest.raises(SpecError):
        update_names(path, REGISTRY)


def test_a_layer_need_not_be_whole_and_may_be_for_an_older_version(desk):
    path = desk.write("part.toml", 'rcmvae = "<0.0.1"\n[conditioner.gating]\n[train]\nbatch_size = 0\n')
    renamed = update_names(path, REGISTRY)
    assert renamed.text == 'rcmvae = "<0.0.1"\n[conditioner.gate]\n[train]\nbatch_size = 0\n'


def test_what_it_extends_is_left_alone(desk):
    desk.write("base.toml", 'extends = ["quickstart.toml"]\n[conditioner.gating]\nunits = 3\n')
    path = desk.write("spec.toml", 'extends = ["base.toml"]\n[blend.a.mixing]\n')
    renamed = update_names(path, REGISTRY)
    assert renamed.text == 'extends = ["base.toml"]\n[blend.a.mix]\n'
    assert [d.fix for d in renamed.changed] == ["mix"]


def test_changes_are_in_the_order_of_the_text(desk):
    desk.over("[conditioner.gating]\nunits = 3\n[blend.a.mixing]", registry=REGISTRY)
    renamed = update_names(desk.folder / "spec.toml", REGISTRY)
    assert [d.fix for d in renamed.changed] == ["gate", "width", "mix"]
    assert all(a.place.span < b.place.span for a, b in pairwise(renamed.changed))
