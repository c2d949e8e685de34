"""Files, layers and arguments give one tree, with the place of everything in it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rcmvae_core.errors import SpecError
from rcmvae_core.spec.load import load_layers
from rcmvae_core.spec.normalise import read_tree
from rcmvae_core.spec.parse import parse_override
from rcmvae_core.spec.provenance import settings
from rcmvae_core.spec.write import document, dumps
from tests.support.isolated import registry_of

LINEAR = "[loss.kl_z]\nweight.linear = { start = 0.0, end = 1.0, over = 10 }\n"


def weight(resolved, label="kl_z"):
    (part,) = (part for part in resolved.parts["loss"] if part.label == label)
    return part.keys.weight


def test_another_part_replaces_the_part_and_keeps_the_tables_own_keys(desk):
    resolved = desk.over("[head.gaussian]\nsigma = 0.2\n[loss.spread.kl_latent]\n")
    assert (resolved.one("head").name, resolved.one("head").params.sigma) == ("gaussian", 0.2)
    spread = next(part for part in resolved.parts["loss"] if part.label == "spread")
    assert (spread.name, spread.keys.weight.params.value) == ("kl_latent", -20.0)


def test_the_same_part_is_merged(desk):
    encoder = desk.over('[encoder.dense]\nactivation = "gelu"').one("encoder")
    assert (encoder.params.hidden, encoder.params.activation) == ((256, 256), "gelu")


def test_core_keys_alone_keep_the_part(desk):
    data = desk.over("[data]\nlabels_per_class = 3").one("data")
    assert (data.name, data.keys.labels_per_class) == ("digits", 3)


def test_a_schedule_replaces_a_number_and_another_schedule(desk):
    desk.write("mid.toml", 'extends = ["quickstart.toml"]\n' + LINEAR)
    assert weight(desk.over(LINEAR)).name == "linear"
    cosine = b'extends = ["mid.toml"]\nloss.kl_z.weight.cosine = { start = 0, end = 1, over = 5 }'
    assert weight(desk.resolve(cosine)).name == "cosine"
    assert weight(desk.resolve(b'extends = ["mid.toml"]\nloss.kl_z.weight = 2')).params.value == 2.0


def test_the_same_schedule_is_merged(desk):
    desk.write("mid.toml", 'extends = ["quickstart.toml"]\n' + LINEAR)
    linear = weight(desk.resolve(b'extends = ["mid.toml"]\nloss.kl_z.weight.linear.end = 3.0')).params
    assert (linear.start, linear.end, str(linear.over)) == (0.0, 3.0, "10")


def test_an_upper_layer_takes_parts_away(desk):
    resolved = desk.over(
        "classifier = false\n[loss]\nlabels = false\nspread = false\n[data]\nlabels_per_class = 0"
    )
    assert resolved.maybe("classifier") is None
    assert [part.label for part in resolved.parts["loss"]] == ["reconstruction", "kl_z", "kl_c"]


def test_only_what_exists_is_taken_away(desk):
    with pytest.raises(SpecError, match="classifeir"):
        desk.over("classifeir = false")


def test_many_parts_add_up_over_layers(desk):
    desk.write("mid.toml", 'extends = ["quickstart.toml"]\n[figure.confusion]\n')
    figures = desk.resolve(b'extends = ["mid.toml"]\n[figure.loss_curves]').parts["figure"]
    assert [part.name for part in figures] == ["confusion", "loss_curves"]


def test_lists_are_replaced_and_labels_added(desk):
    resolved = desk.over("seeds = [3, 4]\n[encoder.dense]\nhidden = [5]\n[loss.more.kl_latent]\n")
    assert resolved.seeds == (3, 4)
    assert resolved.one("encoder").params.hidden == (5,)
    assert [p.label for p in resolved.parts["loss"]][-1] == "more"


def test_a_table_and_a_bare_name_stand_for_each_other(desk):
    assert desk.over('conditioner = "none"').one("conditioner").name == "none"
    assert desk.over("", "conditioner=none").one("conditioner").name == "none"
    assert desk.over("", "train.optimizer=adamw").one("optimizer").name == "adamw"
    assert desk.over("", "conditioner=film").one("conditioner").name == "film"


def test_a_diamond_is_read_in_order(desk):
    desk.write("left.toml", 'extends = ["quickstart.toml"]\n[latent]\ndim = 3\nchannels = 3')
    desk.write("right.toml", 'extends = ["quickstart.toml"]\n[latent]\ndim = 4')
    latent = desk.resolve(b'extends = ["left.toml", "right.toml"]').latent
    assert (latent.dim, latent.channels) == (4, 20)  # the right brings its own base again


def test_paths_are_relative_to_the_file_that_names_them(desk):
    (desk.folder / "deep").mkdir()
    desk.write("deep/mid.toml", 'extends = ["../quickstart.toml"]\n[latent]\ndim = 3')
    assert desk.resolve(b'extends = ["deep/mid.toml"]').latent.dim == 3


@pytest.mark.parametrize("chain", [["spec.toml"], ["a.toml", "spec.toml"], ["a.toml", "b.toml", "a.toml"]])
def test_loops_are_refused(desk, chain):
    files = ["spec.toml", *chain]
    for name, then in pairwise(files[1:]):
        desk.write(name, f'extends = ["{then}"]')
    (error,) = desk.diagnostics(f'extends = ["{chain[0]}"]'.encode())
    assert error.code == "E105"
    assert chain[-1] in error.message


def test_links_in_a_loop_and_towers_are_refused(desk):
    (desk.folder / "a.toml").symlink_to("b.toml")
    (desk.folder / "b.toml").symlink_to("a.toml")
    assert desk.codes(b'extends = ["a.toml"]') == ["E101"]
    for i in range(20):
        desk.write(f"t{i}.toml", f'extends = ["t{i + 1}.toml"]')
    assert desk.codes(b'extends = ["t0.toml"]') == ["E105"]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"", ["E104"]),
        (b"# only this", ["E104"]),
        (b"\xff", ["E102"]),
        (b"a = 1\n\xc3", ["E102"]),
        (b"\xef\xbb\xbfname = 'a'", ["E103"]),
        (b"a = ", ["E103"]),
        (b"a = " + b"[" * 100 + b"]" * 100, ["E103"]),
        (b"a = " + b"[" * 5000 + b"]" * 5000, ["E103"]),
        (b"a = " + b"1" * 5000, ["E103"]),
        (b"[a]\n[a]", ["E106"]),
        (b"a = 1\na = 2", ["E106"]),
        (b"#" * (5 * 2**20), ["E101"]),
        (b'extends = "quickstart.toml"', ["E206"]),
        (b"extends = [1]", ["E206"]),
        (b'extends = ["no.toml", "none.toml"]', ["E101", "E101"]),
        (b'extends = ["."]', ["E101"]),
        (b'extends = ["\\u0000"]', ["E101"]),
    ],
)
def test_files_that_cannot_be_read(desk, content, codes):
    assert desk.codes(content) == codes


def test_a_missing_file_has_no_place_and_a_missing_layer_has_one(tmp_path, desk):
    with pytest.raises(SpecError) as caught:
        load_layers(tmp_path / "no.toml", ())
    assert caught.value.diagnostics[0].place is None
    (error,) = desk.diagnostics(b'name = "a"\nextends = ["no.toml"]')
    assert (error.place.span.line, error.place.span.column) == (2, 12)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("a=1", 1),
        ("a = 1", 1),
        ("a=film", "film"),
        ("a=my-name/x.y", "my-name/x.y"),
        ('a="two words"', "two words"),
        ("a='x'", "x"),
        ("a=true", True),
        ("a=false", False),
        ("a=[1, 2]", [1, 2]),
        ("a={ b = 1 }", {"b": 1}),
        ("a=-1.5e3", -1500.0),
        ('a="="', "="),
        ("a=1 # why", 1),
    ],
)
def test_values_of_arguments(argument, value):
    parsed = parse_override(argument).plain["a"]
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize("path", ["a.b", " a . b ", 'a."b"', "'a'.b"])
def test_paths_of_arguments(path):
    assert parse_override(f"{path}=1").plain == {"a": {"b": 1}}


@pytest.mark.parametrize(
    "argument",
    ["", "a", "=", "=1", "a=", "a=[1", "a=two words", "[a]=1", "a=1\nb=2", "a..b=1", "a=1\r", ".=1"],
)
def test_arguments_that_cannot_be_read(desk, argument):
    assert desk.codes("", argument) == ["E107"]


def test_faults_of_all_files_and_arguments_are_told_at_once(desk):
    desk.write("one.toml", "a = ")
    desk.write("two.toml", b"\xff")
    codes = desk.codes(b'extends = ["one.toml", "two.toml", "three.toml"]', "x", "y=[")
    assert codes == ["E103", "E102", "E101", "E107", "E107"]


def test_later_arguments_win(desk):
    assert desk.over("[train]\nepochs = 2", "train.epochs=3", "train.epochs=4").train.epochs == 4


def test_every_value_knows_where_it_came_from(desk):
    path = desk.write("spec.toml", 'extends = ["quickstart.toml"]\n[latent]\ndim = 3\n' + LINEAR)
    registry = registry_of()
    root = read_tree(path, ["train.epochs=5", "head=gaussian"], registry).root
    resolved = desk.resolve(path.read_bytes(), "train.epochs=5", "head=gaussian")
    origins = {s.key: s.origin for s in settings(resolved, root, registry.kinds).values()}
    assert origins["latent.dim"] == f"{path}:3"
    assert origins["latent.channels"] == f"{desk.folder / 'quickstart.toml'}:10"
    assert origins["latent.layout"] == "default"
    assert origins["train.epochs"] == "--set train.epochs=5"
    assert origins["head.gaussian"] == '--set head="gaussian"'
    assert origins["head.gaussian.sigma"] == "default"
    assert origins["loss.kl_z.weight"] == origins["loss.kl_z.weight.linear.start"] == f"{path}:5"
    assert origins["loss.kl_z.weight.linear.delay"] == "default"
    assert origins["figure.confusion"] == "default"


@pytest.mark.parametrize(
    "layer",
    [
        "",
        LINEAR,
        "[figure]",
        "[figure.confusion]",
        "[routing.soft]\ntop_m = 3\n[train.optimizer.adam]\nclip_norm = 1",
        '[loss.kl_z]\nweight.linear = { start = 0, end = 1, over = "0.1234567891 epochs", delay = "12345678.5 epochs" }',
        '[loss.kl_z]\nweight.linear = { start = 0, end = 1e300, over = "0.00001 epochs" }'.replace(
            "1e300", "1e12"
        ),
        '[loss.kl_z]\nweight.piecewise = { values = [1, 2], at = [3, "4 epochs"] }',
        'name = "x.y-z"\nseeds = [4294967295, 0]\n[loss."émile"]\nkl_latent = {}'.replace("émile", "mile"),
    ],
)
def test_a_filled_in_spec_means_the_same(desk, layer):
    resolved = desk.over(layer)
    filled = dumps(document(resolved, registry_of().kinds))
    assert desk.resolve(filled.encode()) == resolved


def test_files_that_name_the_same_file_many_times_are_refused_at_once(desk):
    """Three times at each of 15 levels are 14 million files."""
    desk.write("t0.toml", 'name = "x"\n')
    for number in range(1, 15):
        desk.write(f"t{number}.toml", f"extends = {[f't{number - 1}.toml'] * 3}\n")
    (error,) = desk.diagnostics(b'extends = ["t14.toml"]')
    assert (error.code, error.message) == (
        "E105",
        "the spec extends more than 256 files, each counted as often as it is named",
    )
