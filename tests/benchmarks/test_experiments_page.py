"""The page of results says what it was made by, and the numbers behind it are right."""

from __future__ import annotations

import math
import shlex
from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core import fit
from rcmvae_core.model.forward import decode_selected, log_pi
from tests.benchmarks.experiments.__main__ import _parser, made_by, size_of
from tests.benchmarks.experiments.data_files import Files, binarise
from tests.benchmarks.experiments.likelihood import nll
from tests.benchmarks.experiments.page import Answered, page, wrapped
from tests.benchmarks.experiments.questions import FOLDER, QUESTIONS
from tests.benchmarks.experiments.training import is_done, settings_of
from tests.benchmarks.test_experiments_verdicts import around, comparison

OPTIONS = ["--epochs", "3", "--images", "50", "--set", "seeds=[0, 1]", "--page-only"]


@pytest.fixture
def text() -> str:
    """A page with one question, whose groups differ clearly."""
    values = {"metric/nmi": around(0.5), "metric/ownership_diagonal": around(0.5)}
    higher = {name: around(0.9) for name in values}
    question = QUESTIONS[-1]
    compared = comparison({"shared": values, "circle": higher})
    commands = [["run", f"experiments/{spec}.toml", "--set", "train.epochs=3"] for spec in question.specs]
    answer = Answered(
        question, compared, question.decide(compared), commands, {"shared": "abc", "circle": "def"}
    )
    return page(["python", "-m", "it"], "**Size.** Small.", [answer], ["02-conditioning/cin"])


def test_a_section_has_all_that_a_reader_needs(text) -> None:
    question = QUESTIONS[-1]
    for part in (
        question.title, "**Question.**", "**Fixed beforehand.**", "**Not shown.**", "**Size.** Small.",
        "| nmi of circle is above that of shared | yes |", "rcmvae run experiments/07-geometric/circle.toml",
        "- circle: `def`", "python -m it", "Not run yet: `02-conditioning/cin`.",
    ):  # fmt: skip
        assert part in text
    assert text.count("\n## ") == 1


def test_prose_and_commands_fit_a_page(text) -> None:
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 120
    assert wrapped("a " * 100)[0].count("a") == 60


def test_the_command_repeats_what_decides_the_numbers() -> None:
    options = _parser().parse_args(OPTIONS)
    words = made_by(options)
    again = _parser().parse_args(words[3:])
    assert (again.epochs, again.images, again.settings) == (3, 50, ["seeds=[0, 1]"])
    assert "--page-only" not in words
    assert "the first 50 training images" in size_of(options)
    assert "3 epochs instead of 50" in size_of(options)


def test_a_question_without_its_first_run_has_no_answer() -> None:
    partly = next(question for question in QUESTIONS if not question.whole)
    first, second, *_ = partly.specs
    assert partly.answerable([first, second]) == (first, second)
    assert partly.answerable([first]) == ()
    assert partly.answerable([second]) == ()
    whole = next(question for question in QUESTIONS if question.whole)
    assert whole.answerable(whole.specs[1:]) == ()


def test_a_run_is_done_only_with_its_results(tmp_path) -> None:
    assert not is_done(tmp_path)
    (tmp_path / "status.json").write_text('{"state": "done"}')
    assert not is_done(tmp_path)
    (tmp_path / "summary.json").write_text("{}")
    assert is_done(tmp_path)
    (tmp_path / "status.json").write_text('{"state": "running"}')
    assert not is_done(tmp_path)


def test_settings_fit_the_spec(tmp_path) -> None:
    files = Files(tmp_path / "binary.npz", None)
    passed = ["seeds=[0]", "routing.gumbel.top_m=2"]
    assert settings_of("01-decentralized/base", files, None, passed) == passed
    assert settings_of("03-ultimate/source", files, None, passed) == ["routing.gumbel.top_m=2"]
    assert settings_of("06-vampprior/vamp", files, None, passed)[1:] == ["seeds=[0]"]
    assert settings_of("04-curriculum/unlock", files, 20, [])[-1].endswith("[0, 4, 8, 12]")
    assert all(shlex.quote(value) for value in settings_of("06-vampprior/vamp", files, 2, []))


def test_a_pixel_is_white_as_often_as_its_grey_value_says() -> None:
    grey = np.repeat(np.array([0, 64, 255], np.uint8), 28 * 28 * 40).reshape(-1, 28, 28, 1)
    drawn = binarise(grey)
    means = [float((drawn[grey == value] == 255).mean()) for value in (0, 64, 255)]
    assert set(np.unique(drawn)) == {0, 255}
    assert means == pytest.approx([0.0, 64 / 255, 1.0], abs=0.01)


@pytest.mark.parametrize("spec", ["standard", "vamp"])
def test_importance_weighting_agrees_with_quadrature(spec, tmp_path) -> None:
    """With one latent coordinate p(x) = ∫ p(x|z) Σ_c π_c p(z|c) dz is a sum over a fine grid."""
    x = np.random.default_rng(0).integers(0, 2, (40, 4, 4, 1)).astype(np.uint8) * 255
    np.savez(tmp_path / "binary.npz", x=x, test=x[:4])
    small = ["seeds=[0]", "train.batch_size=16", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]"]
    small += ["latent.dim=1", *(["latent.channels=3"] if spec == "vamp" else [])]
    path = f"06-vampprior/{spec}"
    model = fit(
        FOLDER / f"{path}.toml", settings=settings_of(path, Files(tmp_path / "binary.npz", None), 1, small)
    )
    state, parts = model.states[0], model.model.parts
    params, inputs = state.prediction_params, jnp.asarray(x[:4], jnp.float32) / 255
    grid = jnp.linspace(-12.0, 12.0, 2401)[:, None, None]
    log_prior = parts.prior.log_prob(
        params["prior"], grid, encode=partial(parts.encoder.apply, params["encoder"])
    )
    prior = jnp.exp(log_prior + log_pi(parts, params, state.carry.active)).sum(1)
    likelihood = decode_selected(parts, params, grid, jnp.zeros((len(grid), 1), int), None)
    ones = jnp.ones((len(grid), 1))
    of_one = [
        parts.head.negative_log_likelihood(likelihood, jnp.tile(each, (len(grid), 1, 1, 1)), ones)[:, 0]
        for each in inputs
    ]
    exact = -np.mean([math.log(float((jnp.exp(-each) * prior).sum()) * 0.01) for each in of_one])
    assert nll(model.model, state, np.asarray(inputs), 2000) == pytest.approx(exact, abs=0.02)
