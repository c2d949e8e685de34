"""What a run, a resumed run and a prediction say of a defect in a plugin's code: one error, which names the plugin.

Each package is installed from a wheel, and then its module is edited.
"""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.plugin.distributions.conftest import NAMES, run
from tests.plugin.distributions.lifecycle import VERSION

FUNCTION = {
    "encoder": "apply", "prior": "kl", "routing": "", "conditioner": "apply", "backbone": "apply",
    "head": "negative_log_likelihood", "loss": "", "augmentation": "", "schedule": "", "classifier": "tau",
    "curriculum": "effect", "optimizer": "update",
}  # fmt: skip
"""The function of a kind's record that gets a defect; empty for a plugin that is a function."""
SERVED = {"encoder", "prior", "routing", "conditioner", "backbone", "head", "classifier"}
"""Kinds whose plugins predictions are made with."""
OWN_VERB = {"acquisition": "suggest own", "exporter": "export own"}
"""Kinds whose plugins only one verb calls."""
TRACED_ONCE = {"loss", "augmentation", "optimizer"}
"""Kinds whose function a run traces once: what it leaks is noticed by the next program of the same process."""
DEFECTS = {
    "raises": "raise KeyError('planted')",
    "wrong rank": "return jax.tree.map(lambda a: jnp.asarray(a)[None], f(*a, **k))",
    "wrong type": "return jax.tree.map(lambda a: jnp.asarray(a).astype(jnp.complex64), f(*a, **k))",
    "not finite": "return jax.tree.map(lambda a: a * jnp.nan if jnp.issubdtype(jnp.asarray(a).dtype, jnp.floating) else a, f(*a, **k))",
    "host callback": "return jax.tree.map(lambda a: jax.pure_callback(_boom, jax.ShapeDtypeStruct(jnp.shape(a), jnp.asarray(a).dtype), a), jax.lax.stop_gradient(f(*a, **k)))",
    "leaked tracer": "r = f(*a, **k); _seen.append(jnp.sum(jnp.asarray(jax.tree.leaves(r)[0]))); return jax.tree.map(lambda a: a + 0 * _seen[0].astype(jnp.asarray(a).dtype), r)",
    "huge constant": "import numpy; big = numpy.ones(10**14); return f(*a, **k)",
}
BUILT = {
    "raises when built": "raise KeyError('planted')",
    "refuses when built": "raise ValueError('planted')",
}
CELLS = [(kind, defect) for kind in FUNCTION for defect in DEFECTS] + [
    (kind, d) for kind in NAMES for d in BUILT
]
QUICK = {
    ("prior", "wrong rank"), ("loss", "raises"), ("optimizer", "not finite"), ("loss", "host callback"),
    ("backbone", "leaked tracer"), ("data", "raises when built"), ("conditioner", "refuses when built"),
}  # fmt: skip
FUNCTION_DEFECT = """

import jax
import jax.numpy as jnp
_seen, _inner = [], {name}
def _boom(a):
    raise KeyError("planted")
def _planted(f):
    def call(*a, **k):
        {code}
    return call
def {name}(*arguments):
    built = _inner(*arguments)
    return built._replace({field}=_planted(built.{field}))
"""
BUILD_DEFECT = """

def {name}(*arguments):
    {code}
"""
VERBS = """
import json
from tests.plugin.distributions import lifecycle
lifecycle.VERBS["run"] = ("run", "spec.toml", "--out", "new")
lifecycle.VERBS["export own"] = ("export", "run", "-o", "own", "--by", "own_exporter")
lifecycle.VERBS["suggest own"] = ("suggest", "run", "--by", "own_acquisition", "-n", "2")
print(json.dumps({{verb: lifecycle.call(verb) for verb in {verbs}}}))
"""


def verbs_that_notice(kind: str, defect: str) -> set[str]:
    """Return the verbs that call the code with the defect; what only describes the model is a warning, if anything."""
    if kind in ("projection", "metric", "figure", "tracker"):
        return set()
    if kind in OWN_VERB:
        return {OWN_VERB[kind]}
    if kind in ("score", "calibrator"):
        return {"predict"}
    if defect == "leaked tracer" and kind in TRACED_ONCE:
        return {"resume"}
    # Numbers of other parts that are not finite show in the objective, and not in p(y|x).
    is_served = kind in SERVED and (defect != "not finite" or kind == "encoder")
    return {"run", "resume", "predict"} if is_served else {"run", "resume"}


@pytest.mark.parametrize(
    ("kind", "defect"),
    [pytest.param(*cell, marks=() if cell in QUICK else pytest.mark.long) for cell in CELLS],
)
def test_a_defect_ends_in_one_error_that_names_the_plugin(kinds_home, tmp_path, kind, defect) -> None:
    site, work = tmp_path / "site", tmp_path / "work"
    shutil.copytree(kinds_home / f"site-{kind}", site)
    (module,) = site.glob(f"*/own_{kind}.py")
    template, codes = (BUILD_DEFECT, BUILT) if defect in BUILT else (FUNCTION_DEFECT, DEFECTS)
    field = FUNCTION.get(kind, "")
    template = (
        template
        if field
        else template.replace("built._replace({field}=_planted(built.{field}))", "_planted(built)")
    )
    module.write_text(
        module.read_text() + template.format(name=f"own_{kind}", code=codes[defect], field=field)
    )
    shutil.copytree(kinds_home / "work", work)
    sites = [kinds_home / f"site-{name}" for name in NAMES if name != kind]
    verbs = ["run", "resume", "predict", *([OWN_VERB[kind]] if kind in OWN_VERB else [])]
    for verb, (code, stderr) in json.loads(
        run(["-c", VERBS.format(verbs=verbs)], work, *sites, site)
    ).items():
        assert "Traceback" not in stderr, f"{verb}: {stderr}"
        errors = re.findall(r"error\[\w+\]", stderr)
        if verb not in verbs_that_notice(kind, defect):
            assert (code, errors) == (0, []), f"{verb}: {stderr}"
            continue
        assert code in (1, 2), f"{verb}: {stderr}"
        assert len(errors) == 1, f"{verb}: {stderr}"
        error = stderr[stderr.index("error[") :]
        assert f"own_{kind}" in error or "code of" in error, f"{verb}: {stderr}"
        if errors != ["error[E217]"]:
            assert f"rcmvae-own-{kind} {VERSION}" in error, f"{verb}: {stderr}"


def test_a_figure_that_fails_is_a_warning(kinds_home, tmp_path) -> None:
    site, work = tmp_path / "site", tmp_path / "work"
    shutil.copytree(kinds_home / "site-figure", site)
    (module,) = site.glob("*/own_figure.py")
    module.write_text(
        module.read_text() + BUILD_DEFECT.format(name="own_figure", code="raise KeyError('planted')")
    )
    shutil.copytree(kinds_home / "work", work)
    sites = [kinds_home / f"site-{name}" for name in NAMES if name != "figure"]
    results = json.loads(run(["-c", VERBS.format(verbs=["run", "resume"])], work, *sites, site))
    for code, stderr in results.values():
        assert code == 0
        assert (
            f"the report lacks figure `own_figure` of rcmvae-own-figure {VERSION}: KeyError: 'planted'"
            in stderr
        )
    assert "W416" in str(json.loads((work / "new" / "summary.json").read_text())["warnings"])
