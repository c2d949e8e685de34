"""`rcmvae migrate`: the errors of invalid files, and the warnings of what cannot be translated as it is."""

from __future__ import annotations

import pytest

from rcmvae_core.errors import SpecError
from rcmvae_core.migrate.legacy.migration import migrate

from .migrations import CURRICULUM, GUMBEL, PENALTY, SIGMA, moved

WARNINGS = [
    ("use_film_decoder: true\nuse_heteroscedastic_decoder: true\n", "W501", "silently dropped FiLM"),
    ("decoder_conditioning: film\nuse_heteroscedastic_decoder: true\n", "W501", "silently dropped FiLM"),
    ("prior_type: mixture\nuse_tau_classifier: true\n", "W501", "silently fell back to a classifier head"),
    ("prior_type: mixture\nuse_tau_classifier: false\n", "W502", "trained a classifier head"),
    ("prior_type: mixture\nnum_labeled: 100\n", "W501", "`use_tau_classifier` is absent"),
    ("prior_type: mixture\nuse_tau_classifier: true\n", "W503", "`label_weight` is absent"),
    ("prior_type: standard\nnum_components: 10\n", "W501", "ignored `num_components: 10`"),
    ("num_components: 10\n", "W501", "`prior_type` is absent"),
    ("prior_type: vamp\ndecoder_conditioning: cin\n", "W501", "ignored conditioning with `prior_type: vamp`"),
    ("prior_type: vamp\nlearnable_pi: true\n", "W501", "ignored `learnable_pi`"),
    ("prior_type: vamp\nkl_c_weight: 1.0\n", "W502", "count it twice"),
    ("prior_type: vamp\n", "W503", "`kl_c_weight` is absent"),
    ("prior_type: vamp\nlatent_layout: decentralized\nvamp_num_samples_kl: 5\n", "W502", "analytic"),
    ("prior_type: standard\nlearnable_pi: true\n", "W502", "no pi to learn"),
    ("prior_type: mixture\nuse_gumbel_softmax: true\n", "W501", "without `latent_layout: decentralized`"),
    ("use_component_aware_decoder: true\n", "W501", "later versions of the old system ignored"),
    (
        "reconstruction_loss: bce\nuse_heteroscedastic_decoder: true\n",
        "W501",
        "ignored `reconstruction_loss: bce`",
    ),
    ("use_heteroscedastic_decoder: true\n", "W503", "log sigma once per image"),
    ("reconstruction_loss: mse\nrecon_weight: 500\n", "W503", "mean over pixels"),
    (PENALTY + "sigma_target_mean: 0.2\n", "W503", "is taken as a sigma"),
    ("use_sigma_regularization: true\n", "W502", "no sigma to regularise"),
    ("prior_type: mixture\ndirichlet_alpha: 2\n", "W502", "pi is fixed"),
    ("component_diversity_weight: -1\n", "W502", "no channels"),
    (CURRICULUM + "k_active_schedule: [1, 10]\n", "W503", "channels without epochs"),
    ("dropout_rate: 0.2\n", "W502", "no dropout"),
    ("patience: 20\n", "W503", "without tau there is no classifier"),
    ("monitor_metric: loss\n", "W503", "their ELBO, whose terms have no weights"),
    ("prior_type: mixture\nuse_tau_classifier: true\npatience: 20\n", "W503", "their accuracy"),
    ("patience: 20\nmonitor_metric: classification_loss\n", "W503", "without tau there is no classifier"),
    ("l1_weight: 0.1\n", "W502", "no L1 penalty"),
    ("use_contrastive: true\n", "W502", "not translated"),
    ("xla_flags: --x\n", "W502", "no settings of the machine"),
]


@pytest.mark.parametrize(("text", "code", "words"), WARNINGS)
def test_warnings(text, code, words) -> None:
    warnings = [w for w in moved(text).warnings if words in w.message]
    assert [w.code for w in warnings] == [code]
    assert warnings[0].place is not None
    assert warnings[0].place.source.name == "old.yaml"


def test_no_unnecessary_warnings() -> None:
    quiet = "prior_type: mixture\nreconstruction_loss: bce\ndropout_rate: 0\nlatent_dim: 2\n"
    assert moved(quiet).warnings == ()


def test_the_setting_of_the_old_sigma_is_named() -> None:
    migration = moved("use_heteroscedastic_decoder: true\n")
    assert any('log_sigma = "per_image"' in line for w in migration.warnings for line in w.help)
    assert 'log_sigma = "per_image"' in migration.toml


ERRORS = [
    ("", "E501", 1, 1, "no flags"),
    ("# only a comment\n", "E501", 1, 1, "no flags"),
    ("- a\n- b\n", "E501", 1, 1, "not a mapping"),
    ("just words\n", "E501", 1, 1, "not a mapping"),
    ("latent_dim: [1, 2\n", "E501", 2, 1, "not YAML"),
    ("a: b: c\n", "E501", 1, 5, "not YAML"),
    ("latent_dim: 2\n\tmax_epochs: 3\n", "E501", 2, 1, "not YAML"),
    ("latent_dim: \x07\n", "E501", 1, 13, "U+0007"),
    ("latent_dim: 2\n---\nlatent_dim: 3\n", "E501", 2, 1, "single document"),
    ("x: &a 2\nlatent_dim: *a\n", "E501", 1, 4, "anchors"),
    ("latent_dim: !!int 2\n", "E501", 1, 13, "tags"),
    ("latent_dim: !!python/object:os.system 2\n", "E501", 1, 13, "tags"),
    ("a: *missing\n", "E501", 1, 4, "undefined alias"),
    ("? [a, b]\n: 1\n", "E501", 1, 3, "a key must be the name of a flag"),
    ("a: " + "[" * 500 + "]" * 500, "E501", 1, 1, "nested too deeply"),
    ("latent_dim: 2\nlatnt_dim: 3\n", "E502", 2, 1, "`latnt_dim`"),
    ("curriculum:\n  enabled: true\n", "E502", 2, 3, "`enabled`"),
    ("latent_dim: ten\n", "E503", 1, 13, "must be a decimal integer, got ten"),
    ("latent_dim: 2.0\n", "E503", 1, 13, "must be a decimal integer"),
    ("latent_dim: 010\n", "E503", 1, 13, "got 010"),
    ("latent_dim: 0x10\n", "E503", 1, 13, "got 0x10"),
    ("latent_dim: 1:30\n", "E503", 1, 13, "got 1:30"),
    ("latent_dim: '2'\n", "E503", 1, 13, "got '2'"),
    ("latent_dim: {a: 1}\n", "E503", 1, 13, "got {a: 1}"),
    ("latent_dim: " + "9" * 5000 + "\n", "E503", 1, 13, "must be a decimal integer"),
    ("kl_weight: .inf\n", "E503", 1, 12, "must be a decimal number"),
    ("kl_weight: .nan\n", "E503", 1, 12, "must be a decimal number"),
    ("kl_weight: 1e999\n", "E503", 1, 12, "must be finite"),
    ("use_film_decoder: 'true'\n", "E503", 1, 19, "must be true or false"),
    ("use_film_decoder: 1\n", "E503", 1, 19, "must be true or false"),
    ("hidden_dims: 128\n", "E503", 1, 14, "must be a list of integers"),
    ("hidden_dims: [128, x]\n", "E503", 1, 14, "must be a decimal integer"),
    ("monitor_metric: accuracy\n", "E503", 1, 17, "must be one of `auto`, `loss`, `classification_loss`"),
    ("patience: soon\n", "E503", 1, 11, "must be a decimal integer"),
    ("prior_type: mixed\n", "E503", 1, 13, "must be one of `standard`, `mixture`"),
    ("k_active_schedule: []\n", "E503", 1, 20, "must be a list of channels"),
    ("k_active_schedule: [[1, 2, 3]]\n", "E503", 1, 20, "must be a list of channels"),
    ("k_active_schedule: [[1], [0, 2]]\n", "E503", 1, 20, "must be a list of channels"),
    ("name: [a]\n", "E503", 1, 7, "must be a string"),
    ("latent_dim: 2\nlatent_dim: 3\n", "E504", 2, 1, "duplicate flag `latent_dim`, first in line 1"),
    (
        "model:\n  latent_dim: 2\nvae:\n  latent_dim: 3\n",
        "E504",
        4,
        3,
        "duplicate flag `latent_dim`, first in line 2",
    ),
    (
        "use_film_decoder: true\ndecoder_conditioning: cin\n",
        "E504",
        2,
        1,
        "`use_film_decoder` selects `film`",
    ),
    (
        "use_film_decoder: true\nuse_component_aware_decoder: true\n",
        "E504",
        2,
        1,
        "`use_film_decoder` selects `film`",
    ),
    (
        "decoder_conditioning: none\nuse_film_decoder: true\n",
        "E504",
        1,
        1,
        "`use_film_decoder` selects `film`",
    ),
    ("prior_type: standard\nuse_tau_classifier: true\n", "E504", 2, 1, "`prior_type: standard` has none"),
    ("prior_type: standard\ndecoder_conditioning: cin\n", "E504", 2, 1, "`prior_type: standard` has none"),
    ("prior_type: standard\nuse_gumbel_softmax: true\n", "E504", 2, 1, "`prior_type: standard` has none"),
    ("prior_type: standard\ncurriculum_enabled: true\n", "E504", 2, 1, "`prior_type: standard` has none"),
    (SIGMA + "sigma_min: 0.6\n", "E504", 3, 1, "`sigma_min`, 0.6, must be less than `sigma_max`, 0.5"),
    (GUMBEL + "gumbel_temperature_min: 3\n", "E504", 4, 1, "must be at most `gumbel_temperature`, 1.0"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "words"), ERRORS)
def test_errors(text, code, line, column, words) -> None:
    with pytest.raises(SpecError) as caught:
        moved(text)
    (error,) = caught.value.diagnostics
    assert error.code == code
    assert words in error.message
    assert error.place is not None
    assert (error.place.span.line, error.place.span.column) == (line, column)
    assert error.help


def test_bytes_that_are_not_utf8() -> None:
    with pytest.raises(SpecError) as caught:
        migrate(b"latent_dim: 2\nname: \xff\n", "old.yaml")
    (error,) = caught.value.diagnostics
    assert (error.code, error.place.span.line, error.place.span.column) == ("E102", 2, 7)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert moved("\ufefflatent_dim: 3\n").tree["latent"]["dim"] == 3


def test_all_errors_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(SpecError) as caught:
        moved("latnt_dim: 3\nlatent_dim: ten\nmax_epoch: 5\nkl_weight: no\n")
    errors = caught.value.diagnostics
    assert [d.code for d in errors] == ["E502", "E503", "E502", "E503"]
    assert errors[0].help[0] == "did you mean `latent_dim`?"
    assert errors[2].help[0] == "did you mean `max_epochs`?"


def test_a_section_that_shortens_a_flag_gets_its_full_name() -> None:
    with pytest.raises(SpecError, match="enabled") as caught:
        moved("curriculum:\n  enabled: true\n")
    assert caught.value.diagnostics[0].help[0] == "did you mean `curriculum_enabled`?"


def test_keep_going_makes_comments_of_unknown_flags() -> None:
    migration = moved("# why\nmystery: [1, 2]  # who knows\nlatent_dim: 3\n", keep_going=True)
    (warning,) = [w for w in migration.warnings if "mystery" in w.message]
    assert warning.code == "W502"
    text = "# why\n# mystery: [1, 2] - unknown flag, not translated (who knows)\n"
    assert text in migration.toml


def test_sections_are_only_grouping() -> None:
    flat = moved("prior_type: mixture\nlatent_dim: 3\nmax_epochs: 5\n")
    deep = moved(
        "vae:\n  model: {prior_type: mixture}\n  size:\n    latent_dim: 3\ntraining:\n  max_epochs: 5\n"
    )
    assert deep.toml == flat.toml
