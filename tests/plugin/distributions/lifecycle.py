"""Packages that are upgraded and uninstalled: one with a plugin of each kind, in several states, and a run of all of them.

Run as a script, it calls verbs one after the other in a folder with that run, and prints what each returned.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

VERSION, NEXT = "0.1.0", "0.2.0"
SPEC = """
[data]
labels_per_class = 20
[data.own_data]
[latent]
channels = 4
dim = 2
[encoder.own_encoder]
hidden = 8
[prior.own_prior]
[routing.own_routing]
[conditioner.own_conditioner]
[backbone.own_backbone]
units = 8
[head.own_head]
[loss.reconstruction.reconstruction]
[loss.kl_z]
weight = "own_schedule"
[loss.kl_z.kl_latent]
[loss.own.own_loss]
[loss.same.channel_consistency]
augmentation = "own_augmentation"
[loss.labels.supervised]
[classifier.own_classifier]
[curriculum.own_curriculum]
[callback.own_callback]
[tracker.own_tracker]
[score.own_score]
[score.elbo]
[calibrator.own_calibrator]
[calibrator.temperature]
[acquisition.own_acquisition]
[acquisition.entropy]
[projection.own_projection]
[metric.own_metric]
[figure.own_figure]
[figure.confusion]
[exporter.own_exporter]
[train]
epochs = 2
batch_size = 64
checkpoint_seconds = 0
[train.optimizer.own_optimizer]
"""
ARRAYS = {
    "encoder": ("nn.Dense(self.hidden)", "nn.Dense(self.hidden, use_bias=False)"),
    "prior": ("return {}", 'return {"offset": jnp.zeros(context.dim)}'),
    "conditioner": ("nn.Dense(h.shape[-1],", 'nn.Dense(h.shape[-1], name="gate",'),
    "backbone": ("nn.Dense(self.units)", "nn.Dense(self.units, use_bias=False)"),
    "head": ("self.shape[-1])(features)", 'self.shape[-1], name="mean")(features)'),
    "classifier": ("context.classes))", "context.classes + 1))"),
    "curriculum": ("return ()", "return jnp.zeros(())"),
    "optimizer": ("optax.chain(signs", "optax.chain(optax.trace(0.9), signs"),
}
"""What gives a plugin of a kind other arrays, in its template."""
VERBS = {
    "validate": ("validate", "spec.toml"),
    "predict": ("predict", "run", "inputs.npy", "-o", "out.csv"),
    "predict split": ("predict", "run", "--split", "test", "-o", "split.csv"),
    "predict export": ("predict", "export", "inputs.npy", "-o", "export.csv"),
    "evaluate": ("evaluate", "run"),
    "suggest": ("suggest", "run", "--by", "entropy", "-n", "2"),
    "sample": ("sample", "run", "-n", "2", "-o", "out.npz", "--force"),
    "label": ("label", "run", "show"),
    "export": ("export", "run", "-o", "again"),
    "export by": ("export", "run", "-o", "own", "--by", "own_exporter"),
    "report": ("report", "run"),
    "resume": ("resume", "half"),
    "learn": ("learn", "run", "--epochs", "1", "-o", "learnt"),
}


def package(kind: str, folder: Path, name: str | None = None) -> Path:
    """Write the package with the plugin of a kind, and return its folder."""
    from rcmvae_core.cli.main import main

    words = [
        "new",
        "plugin",
        kind,
        f"own_{kind}",
        "--package",
        name or f"rcmvae_own_{kind}",
        "--out",
        str(folder),
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(words) == 0
    return folder


def upgrade(source: Path, kind: str, state: str) -> None:
    """Turn the package of a kind into a later version of itself."""
    (module,) = source.glob(f"*/own_{kind}.py")
    params, project = module.with_name("params.py"), source / "pyproject.toml"
    project.write_text(project.read_text().replace(f'version = "{VERSION}"', f'version = "{NEXT}"', 1))
    if state == "other arrays":
        before, after = ARRAYS[kind]
        assert before in module.read_text()
        module.write_text(module.read_text().replace(before, after))
    elif state == "other parameter":
        (old,) = re.findall(r"^    (\w+): .* = (?:param|schedule)\(", params.read_text(), re.MULTILINE)
        for file in (params, module):
            file.write_text(
                re.sub(
                    rf"\b(?<!\.){old}:|(?<=params\.){old}\b",
                    lambda m: m[0].replace(old, f"{old}_2"),
                    file.read_text(),
                )
            )


def install(sources: list[Path], target: Path) -> None:
    """Build the wheels of packages and unpack them into a folder, which may be put on `sys.path`."""
    install_each(dict.fromkeys(sources, target))


def install_each(targets: Mapping[Path, Path]) -> None:
    """Build the wheel of each package in one process, and unpack it into its folder.

    A wheel of Python alone is installed by unpacking it, which takes a hundredth of the time of a process of pip.
    """
    build = "import sys\nfrom hatchling.builders.wheel import WheelBuilder\nfor s in sys.argv[1:]:\n    print(*WheelBuilder(s).build(versions=['standard']))"
    command = [sys.executable, "-c", build, *map(str, targets)]
    done = subprocess.run(command, check=True, text=True, capture_output=True)
    for wheel, target in zip(done.stdout.splitlines(), targets.values(), strict=True):
        with ZipFile(wheel) as archive:
            archive.extractall(target)


def call(verb: str) -> tuple[int, str]:
    """Call a verb, and return its exit code and stderr; an exception is a traceback."""
    import traceback

    from rcmvae_core.cli.main import main

    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([*VERBS[verb]])
        except SystemExit as error:
            code = int(error.code or 0)
        except BaseException:  # noqa: BLE001 - it is what the test looks for
            code = 1
            err.write(traceback.format_exc())
    err.flush()
    return code, err.buffer.getvalue().decode()


if __name__ == "__main__":
    print(json.dumps({verb: call(verb) for verb in sys.argv[1:]}))
