"""Resolving a spec reports every error with its code, all at once."""

from __future__ import annotations

import re

import pytest

from rcmvae_core.errors import Diagnostic, SpecError
from rcmvae_core.plugin.declaration import Distribution, Kind
from rcmvae_core.plugin.registry_builder import build
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.spec.saved import Saved
from rcmvae_core.version import __version__
from tests.support.isolated import BUILT_IN, GUEST, QUICKSTART, module, params, plugin, registry_of

FAULTY = [
    ("x = 1", ["E203"]),
    ("[conditionr.film]", ["E203"]),
    ("[conditioner.flim]", ["E204"]),
    ("[conditioner]\nflim = 3", ["E205"]),
    ("[conditioner.film]\nwidth = 3", ["E205"]),
    ("[encoder]\nhidden = [3]", ["E205"]),
    ("conditioner = 3", ["E206"]),
    ("conditioner = []", ["E206"]),
    ('conditioner = "flim"', ["E204"]),
    ("[conditioner]\nfilm = 3", ["E206"]),
    ("[conditioner.film]\n[conditioner.none]", ["E209"]),
    ("[loss]\nextra = 3", ["E206"]),
    ("[loss.extra]", ["E210"]),
    ("[loss.extra.kl_latent]\n[loss.extra.kl_channel]", ["E209"]),
    ("[loss.total.kl_latent]", ["E212"]),
    ('[loss."a b".kl_latent]', ["E212"]),
    ('[loss."".kl_latent]', ["E212"]),
    ("[loss.9.kl_latent]", ["E212"]),
    ("loss = 3", ["E206"]),
    ("latent = 3", ["E206"]),
    ("train = 3", ["E206"]),
    ("[train]\noptimizer = 3", ["E206"]),
    ("[train.optimizer]\nadam = {}\nadamw = {}", ["E209"]),
    ("name = 3", ["E206"]),
    ('name = ""', ["E207"]),
    ('name = "../x"', ["E207"]),
    ('name = "a/b"', ["E207"]),
    ('name = "a\\n"', ["E207"]),
    ("seeds = 0", ["E206"]),
    ("seeds = []", ["E206"]),
    ("seeds = [true]", ["E206"]),
    ("seeds = [1.0]", ["E206"]),
    ("seeds = [-1]", ["E207"]),
    ("seeds = [4294967296]", ["E207"]),
    ("seeds = [1, 2, 1]", ["E209"]),
    ("rcmvae = 1", ["E206"]),
    ('rcmvae = "new"', ["E213"]),
    ('rcmvae = ">=99"', ["E214"]),
    ("plugins = 3", ["E206"]),
    ("[plugins]\nx = 3", ["E205"]),
    ("[plugins]\nprefer = 3", ["E206"]),
    ("[plugins.prefer]\nconditioner = 3", ["E206"]),
    ("[plugins.prefer.conditioner]\nfilm = 3", ["E206"]),
    ('[plugins.prefer.conditioner]\nfilm = "no"', ["E204"]),
    ("[classifier]", []),
    ("[figure]\nconfusion = 3", ["E206"]),
    ("[figure.no]", ["E204"]),
]


@pytest.mark.parametrize(("layer", "codes"), FAULTY)
def test_faults(desk, layer, codes):
    assert sorted(desk.codes(layer)) == codes


def test_combinations_without_meaning_are_refused(desk):
    assert set(desk.codes("[data]\nlabels_per_class = 0")) == {"E201"}
    assert set(desk.codes("[prior.standard]")) == {"E201", "E202"}
    assert "E202" not in desk.codes("[prior.standard]\n[latent]\nchannels = 1")


@pytest.mark.parametrize("specifier", [">=0.1", f"=={__version__}", "", "<99,>=0.0.1"])
def test_version_ranges_that_hold(desk, specifier):
    assert desk.codes(f'rcmvae = "{specifier}"') == []


def test_all_faults_at_once_in_the_order_of_the_text(desk):
    layer = """
rcmvae = "new"
name = 3
seeds = [0, 0]
typo = 1
[latent]
dim = "8"
depth = 3
[conditioner.flim]
[loss.kl_z]
weight.linear = { start = nan, over = 0.5 }
[train]
epochs = 0
"""
    errors = desk.diagnostics(layer)
    assert [d.code for d in errors] == [
        "E213", "E206", "E209", "E203", "E206", "E205", "E204", "E208", "E207", "E207", "E207",
    ]  # fmt: skip
    assert [d.place.span.line for d in errors] == sorted(d.place.span.line for d in errors)
    assert all(d.place.source.name.endswith("spec.toml") for d in errors)


def test_an_empty_layer_of_nothing_lists_every_part_that_is_missing(desk):
    codes = desk.codes(b"name = 'a'")
    assert codes.count("E210") == 8
    assert codes.count("E208") == 3
    assert set(codes) == {"E208", "E210"}


def test_the_name_is_the_files_when_none_is_given(desk, tmp_path):
    text = (tmp_path / "quickstart.toml").read_bytes().replace(b'name = "quickstart"\n', b"")
    assert desk.resolve(text).name == "spec"


def test_help_names_the_nearest_or_all(desk):
    (near,) = desk.diagnostics("[conditioner.flim]")
    assert near.help == ("did you mean `film`?",)
    (far,) = desk.diagnostics("[conditioner.zzz]")
    assert far.help == ("known conditioner plugins: `cin`, `component_aware`, `concat`, `film`, `none`",)


def test_a_missing_capability_names_its_providers(desk):
    error = next(d for d in desk.diagnostics("[prior.standard]\n[latent]\nchannels = 1") if d.code == "E201")
    assert error.message.endswith("which prior `standard` does not provide")
    assert (
        "provided by: prior `geometric_mog`, prior `mixture`, prior `vamp_mixture`, prior `vamp`"
        in error.help
    )


UNREADABLE = [
    ("[prior.mixtur]", ["E204"]),  # the prior provides latent.channels
    ("[prior.mixture]\nnope = 1", ["E205"]),
    ("prior = 3", ["E206"]),
    ("[classifier.tau]\nalpah = 1", ["E205"]),  # the classifier provides classifier.tau
    ("[classifier.tau]\nalpha = -1", ["E207"]),
    ("[classifier.tua]", ["E204"]),
    ("[classifier]\ntua = 1", ["E205"]),
    ("classifier = 3", ["E206"]),
    ("[data.digits]\nx = 1", ["E205"]),  # the data provides data.labels, on which labels.some depends
    ("[data]\nlabel_noise = 2", ["E207"]),
    ("[latent]\nlayout = 'x'\n[encoder.dense]\n[prior.geometric_mog]", ["E207"]),  # provides layout.*
    ("[train]\noptimizer = 3", ["E206"]),
    ("[loss.new]\nkl_latnt = 3", ["E205"]),
]


@pytest.mark.parametrize(("layer", "codes"), UNREADABLE)
def test_what_an_unreadable_table_could_provide_is_no_second_error(desk, layer, codes):
    assert desk.codes(layer) == codes


def test_a_token_of_an_unreadable_table_can_depend_on_another_one(desk):
    registry = registry_of(
        plugin("prior", "gated", provides=("latent.channels", "prior.learned_pi if layout.shared")),
        plugin(requires=("prior.learned_pi",)),
    )
    layer = "[prior.gated]\n[conditioner.gate]\n[latent]\nlayout = "
    assert desk.codes(layer + "'decentralized'", registry=registry) == ["E201"]
    assert desk.codes(layer + "'shared'", registry=registry) == []
    assert desk.codes(layer + "'x'", registry=registry) == ["E207"]


def test_a_guests_unreadable_table_hides_only_its_own_tokens(desk):
    registry = registry_of(
        Kind(
            "augment",
            "Changes inputs.",
            table="augment",
            slot="many",
            tokens={"augment.any": "inputs change"},
        ),
        plugin("augment", "shift", provides=("augment.any",)),
        plugin(requires=("augment.any",)),
    )
    assert desk.codes("[conditioner.gate]\n[augment.shift]\nx = 1", registry=registry) == ["E205"]
    layer = "[conditioner.gate]\n[classifier.tau]\nalpah = 1"
    assert desk.codes(layer, registry=registry) == ["E201", "E205"]


@pytest.mark.parametrize(
    ("value", "code"),
    [("'a'", "E204"), ("'liner'", "E204"), ("true", "E206"), ("[1]", "E206"), ("1979-05-27", "E206")],
)
def test_a_weight_is_a_number_or_a_schedule(desk, value, code):
    (error,) = desk.diagnostics(f"[loss.kl_z]\nweight = {value}")
    assert error.code == code
    assert "`weight` must be a number or a schedule, got a" in error.message
    assert error.place.span.column == len("weight = ") + 1
    assert (error.help[-1] == "did you mean `linear`?") == (value == "'liner'")


@pytest.mark.parametrize(
    ("mode", "codes"),
    [
        ("fine", []),
        ("need", []),
        ("clash", ["E202"]),
        ("refuse", ["E207"]),
        ("raise", ["E211"]),
        ("crash", ["E211"]),
        ("odd", ["E211"]),
    ],
)
def test_parameters_may_change_tokens_and_may_break(desk, mode, codes):
    registry = registry_of(plugin(params=params("Moody")))
    assert desk.codes(f'[conditioner.gate]\nmode = "{mode}"', registry=registry) == codes


def test_tokens_of_declarations(desk):
    needy = plugin(requires=("head.sigma",))
    registry = registry_of(
        needy,
        plugin("head", "noisy", provides=("head.sigma",)),
        plugin("head", "shy", conflicts=("head.sigma",)),
    )
    (error,) = desk.diagnostics("[conditioner.gate]", registry=registry)
    assert error.code == "E201"
    assert "provided by: head `heteroscedastic`, head `noisy`" in error.help
    assert desk.codes("[conditioner.gate]\n[head.noisy]", registry=registry) == []


@pytest.mark.parametrize(
    "where", ["nowhere:P", f"{__name__}:nothing", params("Undeclared"), params("Needy"), "builtins:int"]
)
def test_broken_parameters_are_their_authors_fault(desk, where):
    (error,) = desk.diagnostics("[conditioner.gate]\nwidth = 3", registry=registry_of(plugin(params=where)))
    assert error.code == "E211"
    assert "my-gates" in error.message


def test_a_broken_declaration_is_told_when_it_is_named(desk):
    registry = registry_of(plugin(provides=("no.token",)))
    (error,) = desk.diagnostics("[conditioner.gate]", registry=registry)
    assert (error.code, "`no.token`" in error.message) == ("E211", True)
    assert desk.codes("", registry=registry) == []


def test_renamed_and_deprecated_parts_warn(desk):
    registry = registry_of(plugin(renamed_from=("gating",)), plugin(name="old_gate", deprecated="use `gate`"))
    assert desk.codes("[conditioner.gating]", registry=registry) == ["W202"]
    assert desk.over("[conditioner.gating]", registry=registry).one("conditioner").name == "gate"
    (warning,) = desk.diagnostics("[conditioner.old_gate]", registry=registry)
    assert (warning.code, warning.help) == ("W203", ("use `gate`",))


def test_one_part_under_two_names_is_refused(desk):
    registry = registry_of(plugin("figure", "plot", renamed_from=("graph",)))
    assert desk.codes("[figure.plot]\n[figure.graph]", registry=registry) == ["E209"]


def test_claims_are_settled_by_prefer(desk):
    registry = registry_of(plugin(name="film"))
    assert desk.codes("", registry=registry) == ["E215"]
    for owner in ("rcmvae", "my-gates"):
        resolved = desk.over(f'[plugins.prefer.conditioner]\nfilm = "{owner}"', registry=registry)
        assert resolved.one("conditioner").registered.distribution.name == owner
    assert desk.codes("[conditioner.none]", registry=registry) == []


def test_parts_that_come_by_themselves_leave_out_what_does_not_fit(desk):
    chart = Kind("chart", "A chart.", table="chart", slot="many", default="every")
    guests = [
        plugin("chart", "plain"),
        plugin("chart", "tired", deprecated="use `plain`"),
        plugin("chart", "greedy", params="rcmvae_plugins.schedules.params:ConstantParams"),
        plugin("chart", "broken", params="nowhere:P"),
        plugin("chart", "unmet", requires=("head.sigma",)),
    ]
    resolved = desk.over("", registry=registry_of(chart, *guests))
    assert [part.name for part in resolved.parts["chart"]] == ["plain"]
    assert resolved.warnings == ()


def test_a_package_that_is_installed_later_adds_nothing_to_a_spec_that_does_not_name_it(desk):
    guests = [
        plugin(kind, name) for kind in ("figure", "score", "acquisition") for name in ("plain", "entropy")
    ]
    guests += [plugin("figure", "confusion"), plugin("score", "elbo")]
    before, after = desk.over("", registry=registry_of()), desk.over("", registry=registry_of(*guests))
    assert after.parts == before.parts
    assert after.parts["figure"]
    assert after.parts["score"]
    named = desk.over("[figure.plain]", registry=registry_of(*guests))
    assert [part.name for part in named.parts["figure"]] == ["plain"]


def test_a_guests_kind_with_a_table_and_one_inside_parameters(desk):
    kinds = [
        Kind(
            "augment",
            "Changes inputs.",
            table="augment",
            slot="many",
            tokens={"augment.any": "inputs are changed"},
        ),
        Kind("filter", "Filters.", shorthand="low.cutoff"),
    ]
    guests = [
        plugin("augment", "shift", provides=("augment.any",)),
        plugin("augment", "blur", params=params("Filtered")),
        plugin("filter", "low", params=params("Filter")),
        plugin("conditioner", "gate", requires=("augment.any",)),
    ]
    registry = registry_of(*kinds, *guests)
    assert desk.codes("[conditioner.gate]", registry=registry) == ["E201"]
    resolved = desk.over(
        "[conditioner.gate]\n[augment.shift]\n[augment.blur]\nthrough = 2.5", registry=registry
    )
    blur = resolved.parts["augment"][1].params
    assert (blur.through.params.cutoff, blur.maybe) == (2.5, None)
    assert (
        desk.over("[augment.blur]", registry=registry).parts["augment"][0].params.through.params.cutoff == 1.0
    )
    assert desk.codes("[augment.blur]\nmaybe.high = {}", registry=registry) == ["E204"]
    assert desk.codes("[augment.blur]\nmaybe = 0", registry=registry) == ["E207"]


def exits(_):
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("check", "codes"),
    [
        (lambda _: [], []),
        (lambda _: [Diagnostic("W203", "Mind.")], ["W203"]),
        (lambda _: [Diagnostic("E207", "No.")], ["E207"]),
        (lambda resolved: resolved.nothing, ["E211"]),
        (lambda _: None, ["E211"]),
        (lambda _: ["a string"], ["E211"]),
        (exits, ["E211"]),
    ],
)
def test_checks_of_guests(desk, check, codes):
    registry = registry_of(module([plugin()], check=check))
    assert desk.codes("[conditioner.gate]", registry=registry) == codes
    # A check that fails stops only the specs that name a plugin of its package.
    expected = ["W480" if code == "E211" else code for code in codes]
    assert desk.codes("", registry=registry) == expected


def test_a_check_that_fails_names_the_plugin_or_the_line(desk):
    def check(resolved):
        return resolved.nothing

    registry = registry_of(module([plugin()], check=check))
    with pytest.raises(SpecError) as raised:
        desk.over("[conditioner.gate]", registry=registry)
    (error,) = raised.value.diagnostics
    assert "[conditioner.gate]" in error.place.source.text.splitlines()[error.place.span.line - 1]
    assert isinstance(raised.value.__cause__, AttributeError)  # whose traceback `--verbose` shows
    (warning,) = desk.over("", registry=registry).warnings
    assert re.search(r"nothing.* \(spec/test_resolve\.py:\d+\)$", warning.message)
    use = Saved({}, "use")
    assert resolve_file(QUICKSTART, [], registry, saved=use).warnings == ()


def test_a_missing_token_of_the_core_says_what_to_write(desk):
    needs = plugin(requires=("weights.changeable", "labels.some"))
    errors = desk.diagnostics("[conditioner.gate]\n[data]\nlabels_per_class = 0", registry=registry_of(needs))
    helps = [line for error in errors if error.code == "E201" for line in error.help]
    assert "write `changeable = true` in `[loss.LABEL]`" in helps
    assert any("`labels_per_class` or `labels`, above 0" in line for line in helps)


def test_providers_include_those_by_a_parameter(desk):
    needs = plugin(requires=("prior.learned_pi",))
    error = next(
        d for d in desk.diagnostics("[conditioner.gate]", registry=registry_of(needs)) if d.code == "E201"
    )
    (provided,) = (line for line in error.help if line.startswith("provided by"))
    assert 'prior `mixture` with `pi = "learned"`' in provided


def test_nothing_installed_is_told(desk):
    registry = build([])
    assert set(desk.codes("", registry=registry)) == {"E204"}
    two = build([BUILT_IN, (GUEST, module([plugin()])), (Distribution("other", "1"), module([plugin()]))])
    assert desk.codes("[conditioner.gate]", registry=two) == ["E215"]


def test_of_claims_that_come_by_themselves_the_preferred_one_is_judged(desk):
    unmet = plugin("figure", "channel_usage", requires=("head.sigma",))
    registry = build([(GUEST, module([unmet])), BUILT_IN])
    resolved = desk.over('[plugins.prefer.figure]\nchannel_usage = "rcmvae"', registry=registry)
    assert [p.name for p in resolved.parts["figure"]].count("channel_usage") == 1
