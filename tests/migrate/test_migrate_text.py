"""`rcmvae migrate`: comments move with their flags, and no input ends in a traceback."""

from __future__ import annotations

import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from rcmvae_core.errors import SpecError
from rcmvae_core.migrate.legacy.migration import migrate
from rcmvae_core.migrate.legacy.yaml_comments import comments

from .migrations import BECOMES, moved

COMMENTED = """\
# The experiment of May.

# how many
model:  # sections have comments too
  # experts
  num_components: 20  # one a style
  prior_type: mixture  # K of them
  hidden_dims:
    - 256  # wide
    - 128
  # small
  latent_dim: 2
  patience: 20  # generous
  name: "a # b"
# the end
"""


def test_comments_move_with_their_flags() -> None:
    text = moved(COMMENTED).toml
    assert text.startswith('# The experiment of May.\n\nrcmvae = ">=0.1"\n')
    assert "# how many\n# sections have comments too\n# experts\nchannels = 20  # one a style\n" in text
    assert "[prior.mixture]  # K of them\n" in text
    assert "# wide\nhidden = [256, 128]\n" in text
    assert "# small\ndim = 2\n" in text
    assert "patience = 20  # generous\n" in text
    assert 'name = "a-b"' in text
    assert text.endswith("\n# the end\n")


def test_every_comment_is_kept() -> None:
    text = moved(COMMENTED).toml
    for _, comment in comments(COMMENTED):
        assert comment.lstrip("# ") in text


def test_what_is_no_comment() -> None:
    assert list(comments("a: 'x # y'\nb: c#d\ne: |\n  # text\n")) == []


def test_comments_cannot_break_the_spec() -> None:
    migration = moved("latent_dim: 2  # a\u0085tags: 1\n")
    assert tomli.loads(migration.toml) == migration.tree


def test_windows_line_ends() -> None:
    migration = moved(COMMENTED.replace("\n", "\r\n"))
    assert migration.toml == moved(COMMENTED).toml


def test_a_translation_is_stable() -> None:
    assert moved(COMMENTED).toml == moved(COMMENTED).toml


@given(st.text(alphabet=st.sampled_from(list("ab_: -[]{}#'\"\n\t&*!|>%@?,0.e~\u0085é")), max_size=60))
def test_any_text_is_a_spec_or_an_error(text) -> None:
    try:
        migration = moved(text, keep_going=True)
    except SpecError as error:
        assert all(d.place is not None for d in error.diagnostics)  # noqa: PT017 - it need not be raised
    else:
        assert tomli.loads(migration.toml) == migration.tree


@given(st.binary(max_size=40))
def test_any_bytes_are_a_spec_or_an_error(content) -> None:
    try:
        migrate(content, "old.yaml", keep_going=True)
    except SpecError as error:
        assert error.diagnostics  # noqa: PT017


@settings(max_examples=100)
@given(
    st.lists(
        st.sampled_from([flag for flag, _, _ in BECOMES if flag]), unique_by=lambda f: f.partition(":")[0]
    )
)
def test_any_flags_together_are_a_spec_or_a_contradiction(flags) -> None:
    text = "\n".join(flags) or "val_split: 0.1"
    try:
        migration = moved(text)
    except SpecError as error:
        assert {d.code for d in error.diagnostics} == {"E504"}  # noqa: PT017
    else:
        assert tomli.loads(migration.toml) == migration.tree
        assert list(migration.tree["conditioner"].values()) == [{}]
        assert all(
            len(migration.tree[kind]) == 1 for kind in ("encoder", "prior", "routing", "backbone", "head")
        )
