"""A run's trained model: the same numbers as the run's own evaluation, for any inputs, without the data set."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.data import dataset
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.inference import generate, model_info
from rcmvae_core.inference.inputs import iter_batches
from rcmvae_core.inference.load import load
from rcmvae_core.inference.uncertainty import entropy, expected_entropy, mutual_information
from rcmvae_core.rundir import report_arrays
from tests.support.compilations import compilations

ARCHIVE = Path(__file__).parents[1] / "training" / "archive" / "run-format-1.tar.gz"
SERVE = """
import sys, json
import numpy as np
from jax import export
folder, inputs = sys.argv[1:]
with open(folder + "/model.stablehlo", "rb") as file:
    program = export.deserialize(bytearray(file.read()))
outputs = program.call(np.load(inputs))
assert not [name for name in sys.modules if name.startswith("rcmvae")]
print(json.dumps({name: np.asarray(array).tolist() for name, array in outputs.items()}))
"""


def test_the_numbers_are_those_of_the_run(run, trained, digits):
    saved = report_arrays.load(run / report_arrays.arrays_name(3))
    part = trained.resolved.one("data")
    test = dataset.load_dataset(part).test
    first, _ = trained.forward_stats(digits[test])
    assert trained.seeds == (3, 1)
    np.testing.assert_allclose(first.probabilities, saved.probabilities, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(first.responsibilities, saved.responsibilities, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(first.latents, saved.latents, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(first.kl_latent, saved.kl_latent, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(trained.tau[0], saved.tau, rtol=1e-6)
    assert ((first.sigma >= 0.05) & (first.sigma <= 0.5)).all()


def test_loading_does_not_load_the_data_set(run, monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("the data set was loaded")

    monkeypatch.setattr("rcmvae_core.data.load.load_dataset", refuse)
    assert load(run, seed=1).seeds == (1,)


def test_any_number_of_inputs_compiles_once(trained, digits):
    many = trained.forward_stats(digits[:700])
    with compilations() as compiled:
        few = trained.forward_stats(digits[:3])
    assert not compiled
    assert many[0].elbo.shape == (700,)
    np.testing.assert_allclose(few[1].elbo, many[1].elbo[:3], rtol=1e-5)


def test_inputs_as_stored_and_as_floats_and_without_an_axis_are_the_same(trained, digits):
    raw = trained.predict(digits[:5]).probabilities
    for same in (digits[:5] / 16, digits[:5, ..., 0], digits[:5].astype(np.int64), digits[:5].tolist()):
        np.testing.assert_allclose(trained.predict(same).probabilities, raw, rtol=1e-5)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.zeros((3, 8, 9), np.uint8), "shape (3, 8, 9)"),
        (np.zeros((8, 8, 1), np.uint8), "shape (8, 8, 1)"),
        (np.zeros((0, 8, 8, 1), np.uint8), "empty"),
        (np.full((300, 8, 8, 1), 17, np.uint8), "input 0 is in [1.0625, 1.0625]"),
        (np.full((2, 8, 8, 1), np.nan), "nan"),
        (np.full((2, 8, 8, 1), "a"), "type <U1"),
    ],
)
def test_inputs_that_do_not_fit_are_an_error(trained, inputs, message):
    with pytest.raises(RcmvaeError) as caught:
        trained.predict(inputs)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E421"
    assert message in diagnostic.message
    assert diagnostic.help


def test_predictions_combine_the_seeds(trained, digits):
    predictions, stats = trained.predict(digits[:300]), trained.forward_stats(digits[:300])
    members = np.stack([each.probabilities for each in stats])
    np.testing.assert_allclose(predictions.probabilities, members.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(predictions.entropy, entropy(members.mean(axis=0)), rtol=1e-6)
    np.testing.assert_allclose(predictions.epistemic, mutual_information(members), rtol=1e-4, atol=1e-9)
    aleatoric = [expected_entropy(t.responsibilities, tau) for t, tau in zip(stats, trained.tau, strict=True)]
    np.testing.assert_allclose(predictions.aleatoric, np.mean(aleatoric, axis=0), rtol=1e-6)
    assert predictions.names == [trained.class_names[label] for label in predictions.labels]
    assert set(predictions.scores) == set(trained.score(digits[:2]))
    assert "<table>" in predictions._repr_html_()
    assert "rgba" in trained._repr_html_()


def test_one_seed_has_epistemic_uncertainty_only_with_samples(run, digits):
    one = load(run, seed=3)
    assert one.predict(digits[:9]).epistemic == pytest.approx(np.zeros(9))
    sampled = one.predict(digits[:9], samples=4)
    assert (sampled.epistemic > 0).all()
    np.testing.assert_array_equal(sampled.epistemic, one.predict(digits[:9], samples=4).epistemic)
    assert (sampled.epistemic != one.predict(digits[:9], samples=4, seed=1).epistemic).any()


def test_embeddings_are_the_first_seed_s(trained, digits):
    embedding, (first, _) = trained.embed(digits[:4]), trained.forward_stats(digits[:4])
    np.testing.assert_array_equal(embedding.latents, first.latents)
    np.testing.assert_array_equal(embedding.responsibilities, first.responsibilities)


def test_channels_of_a_class_are_drawn_by_bayes_rule():
    tau = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    pi = np.array([0.5, 0.3, 0.2])
    joint = [[tau[c, y] * pi[c] for y in range(2)] for c in range(3)]
    weights = generate.channel_weights(jnp.asarray(tau), jnp.log(pi), 1)
    total = sum(joint[c][1] for c in range(3))
    assert np.asarray(weights) == pytest.approx([joint[c][1] / total for c in range(3)])
    assert np.asarray(generate.channel_weights(jnp.asarray(tau), jnp.log(pi), None)) == pytest.approx(pi)


def test_samples_have_the_requested_channel(trained):
    drawn, channels = trained.draw(70, channel=2, seed=1)
    assert drawn.shape == (70, 8, 8, 1)
    assert set(channels.tolist()) == {2}
    assert ((drawn >= 0) & (drawn <= 1)).all()
    np.testing.assert_array_equal(trained.sample(70, channel=2, seed=1), drawn)
    _, channels = trained.draw(2000, label="3")
    share = np.bincount(channels, minlength=6) / 2000
    pi = np.exp(np.asarray(trained._sampler._log_pi(trained.states[0])))
    expected = trained.tau[0][:, 3] * pi / (trained.tau[0][:, 3] @ pi)
    assert np.abs(share - expected).max() < 4 * 0.5 / np.sqrt(2000)


def test_a_traversal_starts_from_the_prior_s_mean(trained):
    rows = trained.traverse(4, steps=5)
    assert rows.shape == (2, 5, 8, 8, 1)
    np.testing.assert_allclose(rows[0, 2], rows[1, 2], atol=1e-6)
    z = jnp.zeros((1, 6, 2))
    middle = trained.model.decode(trained.states[0].params, z)[0, 4]
    np.testing.assert_allclose(rows[0, 2], middle, atol=0.02)  # the mean of N(0, I) by 4,096 draws
    assert np.abs(rows[0, 0] - rows[0, 4]).max() > 1e-3


def test_a_traversal_moves_where_the_prior_does_not_vary(trained, monkeypatch) -> None:
    """Draws of such a prior are all its mean, and so were all images of a traversal."""
    channels, dim = trained.info.context.channels, trained.info.context.dim
    still = lambda _self, _params, _key, count: jnp.zeros((count, channels, dim))  # noqa: E731
    monkeypatch.setattr("rcmvae_core.model.model.Model.sample_latents", still)
    rows = trained.traverse(4, steps=5)
    latents = np.zeros((5, channels, dim), np.float32)
    latents[:, :, 1] = np.linspace(-3, 3, 5)[:, None]
    expected = trained.model.decode(trained.states[0].params, jnp.asarray(latents))[:, 4]
    np.testing.assert_allclose(rows[1], expected, atol=1e-5)


@pytest.mark.parametrize(
    "sample",
    [lambda t: t.sample(1, label="eleven"), lambda t: t.sample(1, channel=6), lambda t: t.traverse(-1)],
)
def test_sampling_an_unknown_class_or_channel_is_an_error(trained, sample):
    with pytest.raises(RcmvaeError, match="E422"):
        sample(trained)


@pytest.mark.parametrize("path", ["nowhere", "."])
def test_loading_no_run_is_an_error(tmp_path, path):
    with pytest.raises(RcmvaeError, match="E425"):
        load(tmp_path / path)


def copy(run: Path, folder: Path) -> Path:
    return Path(shutil.copytree(run, folder / "copy"))


def test_missing_and_corrupt_files_of_a_run(run, tmp_path):
    folder = copy(run, tmp_path)
    with pytest.raises(RcmvaeError, match=r"E425.*seed 7"):
        load(folder, seed=7)
    shutil.rmtree(folder / "checkpoints" / "seed-1")
    with pytest.warns(UserWarning, match="W420.*seed 1"):
        assert load(folder).seeds == (3,)
    values = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(values | {"classes": 9}))
    with pytest.raises(RcmvaeError, match=r"E425.*`classes` is 9, and `class_names` has 10"):
        load(folder, seed=3)
    (folder / "model.json").write_text(json.dumps(values | {"format": 3}))
    with pytest.raises(RcmvaeError, match=r"E425.*format 3"):
        load(folder, seed=3)
    (folder / "model.json").unlink()
    with pytest.warns(UserWarning, match="W421"):
        assert load(folder, seed=3).info == model_info.read(run / "model.json")
    records = sorted((folder / "checkpoints" / "seed-3").glob("*.json"))
    for record in records:
        record.write_text("{")
    shutil.copy(run / "model.json", folder)
    with pytest.raises(RcmvaeError, match="E413"):
        load(folder, seed=3)


def test_train_select_decides_which_state_is_loaded(run, tmp_path):
    copied = copy(run, tmp_path)
    checkpoints = copied / "checkpoints" / "seed-3"
    steps = sorted(int(path.stem.removeprefix("step-")) for path in checkpoints.glob("*.json"))
    assert len(steps) > 1, "the run keeps more than one checkpoint"
    for path in checkpoints.glob("*.json"):
        record = json.loads(path.read_text())
        record["journal"]["best_step"] = steps[0]
        path.write_text(json.dumps(record))
    spec = (copied / "spec.toml").read_text()
    for select, step in (("best", steps[0]), ("last", steps[-1])):
        lines = [f'select = "{select}"' if line.startswith("select") else line for line in spec.splitlines()]
        (copied / "spec.toml").write_text("\n".join(lines))
        with pytest.warns(UserWarning, match=r"W440.*`spec.toml`"):
            assert int(load(copied, seed=3, allow_edited=True).states[0].step) == step


def test_a_run_of_format_1_loads_with_warnings(tmp_path):
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    codes: list[str] = []
    model = load(tmp_path / "run", warn=lambda diagnostic: codes.append(diagnostic.code))
    assert model.seeds == (0,)
    assert set(codes) == {"W420", "W421"}
    inputs = np.zeros((2, *model.info.context.input_shape))
    assert model.predict(inputs).probabilities.sum() == pytest.approx(2)


def test_an_exported_program_runs_without_the_project(published, trained, digits, tmp_path):
    np.save(tmp_path / "x.npy", digits[:7])
    packages = Path(jax.__file__).parents[1]
    alone = [sys.executable, "-S", "-c", f"import sys; sys.path.append({str(packages)!r})\n{SERVE}"]
    served = subprocess.run(
        [*alone, str(published), str(tmp_path / "x.npy")], capture_output=True, text=True, check=False
    )
    assert served.returncode == 0, served.stderr
    outputs, stats = json.loads(served.stdout), trained.forward_stats(digits[:7])
    predictions = trained.predict(digits[:7])
    np.testing.assert_allclose(outputs["probabilities"], predictions.probabilities, atol=1e-5)
    np.testing.assert_allclose(outputs["responsibilities"], predictions.responsibilities, atol=1e-5)
    np.testing.assert_allclose(outputs["elbo"], np.mean([each.elbo for each in stats], axis=0), rtol=1e-4)


def test_an_export_loads_as_the_run_does(published, trained, digits, tmp_path):
    names = {path.name for path in published.iterdir()}
    assert names >= {"config.json", "model.safetensors", "model.stablehlo"}
    config = json.loads((published / "config.json").read_text())
    assert config["model"]["class_names"] == [str(digit) for digit in range(10)]
    np.testing.assert_allclose(config["tau"], trained.tau, rtol=1e-6)
    ours, theirs = (model.predict(digits[:7]) for model in (trained, load(published)))
    np.testing.assert_allclose(theirs.probabilities, ours.probabilities, rtol=1e-6)
    np.testing.assert_allclose(theirs.epistemic, ours.epistemic, rtol=1e-4, atol=1e-9)
    copied = copy(published, tmp_path)
    with pytest.raises(RcmvaeError, match=r"E425.*seed 7"):
        load(copied, seed=7)
    (copied / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(RcmvaeError, match="E425"):
        load(copied)


def test_bytes_are_not_taken_for_sixteen_bits(trained, digits) -> None:
    sixteen = trained.info._replace(dtype="uint16", maximum=65535.0)
    with pytest.raises(RcmvaeError, match=r"E421: inputs are uint8, and the model's data are uint16"):
        next(iter_batches(digits, sixteen))
    wide = next(iter_batches(digits.astype(np.uint16) * 257, sixteen))
    floats = next(iter_batches(digits / np.float32(255), sixteen))
    np.testing.assert_allclose(wide.x, floats.x, atol=1e-7)
