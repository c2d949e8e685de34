"""`rcmvae migrate`: what each flag becomes, and that the result is a spec."""

from __future__ import annotations

import re

import pytest
import tomli

from rcmvae_core.cli.arguments import read as read_spec
from rcmvae_core.migrate.legacy.flags import FLAGS
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_layers

from .migrations import ABSENT, BECOMES, PENALTY, moved

# The flags of the predecessor that must be translated.
REQUIRED = set(
    re.findall(
        r"\w+",
        """
    prior_type num_components latent_dim latent_layout hidden_dims encoder_type decoder_type use_film_decoder
    use_component_aware_decoder decoder_conditioning component_embedding_dim use_heteroscedastic_decoder sigma_min
    sigma_max use_sigma_regularization sigma_regularization_weight sigma_target_mean use_gumbel_softmax
    use_straight_through_gumbel gumbel_temperature gumbel_temperature_min gumbel_temperature_anneal_epochs
    recon_weight reconstruction_loss kl_weight kl_c_weight kl_c_anneal_epochs learnable_pi dirichlet_alpha
    dirichlet_weight component_diversity_weight c_regularizer c_logit_prior_weight c_logit_prior_mean
    c_logit_prior_sigma top_m_gating soft_embedding_warmup_epochs use_tau_classifier tau_smoothing_alpha
    vamp_num_samples_kl vamp_pseudo_lr_scale vamp_pseudo_init_method geometric_arrangement geometric_radius
    curriculum_enabled k_active_schedule kl_boost_on_unlock num_samples num_labeled max_epochs batch_size
    learning_rate weight_decay grad_clip_norm dropout_rate patience val_split random_seed
""",
    )
)


def at(tree, dotted: str):
    for step in dotted.split("."):
        if step not in tree:
            return ABSENT
        tree = tree[step]
    return tree


def file_of(flag: str, others: str) -> str:
    return "\n".join(filter(None, (flag, others))) + "\n" if flag or others else "val_split: 0.1\n"


@pytest.mark.parametrize(("flag", "others", "expected"), BECOMES)
def test_what_a_flag_becomes(flag, others, expected) -> None:
    migration = moved(file_of(flag, others))
    assert tomli.loads(migration.toml) == migration.tree
    if isinstance(expected, str):
        assert expected in migration.toml
        return
    for path, value in expected.items():
        assert at(migration.tree, path) == value, path


def test_every_flag_has_a_case() -> None:
    assert {flag.partition(":")[0] for flag, _, _ in BECOMES} - {""} == set(FLAGS)
    assert set(FLAGS) >= REQUIRED


def test_no_flag_is_dropped_silently() -> None:
    """Each changes the spec, or becomes a comment in it."""
    for flag, others in {(flag, others) for flag, others, _ in BECOMES if flag}:
        name = flag.partition(":")[0]
        without, with_ = moved(file_of("", others)).toml, moved(file_of(flag, others)).toml
        assert with_ != without or f"# {name}: " in with_, flag


RUNNABLE = [
    f"reconstruction_loss: {loss}\nprior_type: {prior}\nlatent_layout: {layout}\nnum_labeled: 100\n" + more
    for loss in ("mse", "bce")
    for layout in ("shared", "decentralized")
    for prior, more in (
        ("mixture", "use_film_decoder: true\nuse_heteroscedastic_decoder: true\nuse_tau_classifier: true\n"),
        (
            "mixture",
            "decoder_conditioning: cin\nencoder_type: conv\ndecoder_type: conv\nuse_tau_classifier: true\n",
        ),
        ("mixture", "use_component_aware_decoder: true\nc_regularizer: both\nc_logit_prior_weight: 0.1\n"),
        ("mixture", PENALTY.removeprefix("prior_type: mixture\n") + "decoder_conditioning: concat\n"),
        (
            "mixture",
            "use_gumbel_softmax: true\ngumbel_temperature: 2.0\ngumbel_temperature_anneal_epochs: 30\n",
        ),
        ("mixture", "learnable_pi: true\ndirichlet_alpha: 5\nkl_c_anneal_epochs: 10\nnum_samples: 5000\n"),
        ("mixture", "curriculum_enabled: true\nk_active_schedule: [1, 2, 5, 10]\nkl_boost_on_unlock: 2.0\n"),
        ("mixture", "component_diversity_weight: -0.05\ntop_m_gating: 3\nsoft_embedding_warmup_epochs: 5\n"),
        ("vamp", "vamp_num_samples_kl: 5\nvamp_pseudo_init_method: kmeans\nlearnable_pi: true\n"),
        ("geometric_mog", "geometric_arrangement: circle\ngeometric_radius: 3.0\nuse_tau_classifier: true\n"),
        ("standard", "weight_decay: 0\ngrad_clip_norm: null\n"),
        ("mixture", "use_tau_classifier: true\npatience: 10\nmonitor_metric: classification_loss\n"),
        ("mixture", "patience: 10\nmonitor_metric: loss\n"),
    )
]


@pytest.mark.parametrize("text", RUNNABLE)
def test_the_result_is_a_spec(text, tmp_path) -> None:
    """With the built-in plugins, both in memory and as a file."""
    migration = moved(text)
    resolved = resolve_layers([migration.node], discover("only:rcmvae"), "old")
    path = tmp_path / "old.toml"
    path.write_text(migration.toml, encoding="utf-8")
    again, _ = read_spec(path, [], discover("only:rcmvae"))
    assert again == resolved
    assert {w.code for w in again.warnings} <= {"W301"}
