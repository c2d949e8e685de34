"""What a data part chose by its data, in the spec of a run."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from rcmvae_core.cli.arguments import read
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.rundir import spec_file
from rcmvae_core.rundir.data_location import with_absolute_paths
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.spec.write import document, dumps
from tests.support.commands import QUICKSTART


@pytest.fixture
def resolve(tmp_path):
    """Resolve the quickstart with a folder of images as its data."""

    def resolve(table):
        text = QUICKSTART.read_text().replace("[data.digits]", f'[data.image_folder]\npath = "x"\n{table}')
        (tmp_path / "asked.toml").write_text(text)
        return read(tmp_path / "asked.toml", ())

    return resolve


@pytest.fixture
def directory(tmp_path):
    opened = RunDirectory(tmp_path / "run")
    yield opened
    opened.close()


def values(resolved):
    params = resolved.one("data").params
    return params.size, params.mode


def test_choices_are_written_and_a_resumed_run_takes_them(resolve, directory):
    asked, registry = resolve("")
    assert values(asked) == (None, "auto")
    run = directory.path
    spec = spec_file.write_spec(asked, registry, directory, {})
    spec = spec_file.fix_choices(spec, (6, 8, 3), registry, directory)
    assert values(spec.resolved) == ((6, 8), "color")
    assert (run / "spec.toml").read_text() == spec.text == dumps(document(spec.resolved, registry.kinds))
    assert spec_file.fix_choices(spec, (6, 8, 3), registry, directory) is spec
    resumed = spec_file.check_spec(asked, registry, run)
    assert resumed.text == spec.text
    assert resumed.resolved == with_absolute_paths(spec.resolved, Path.cwd())
    assert values(spec_file.check_spec(resolve("size = [6, 8]")[0], registry, run).resolved)[1] == "color"
    for other in ("size = [6, 9]", 'mode = "grey"'):
        with pytest.raises(RcmvaeError, match="another spec"):
            spec_file.check_spec(resolve(other)[0], registry, run)


def test_what_is_given_is_kept(resolve):
    params = resolve('size = [2, 3]\nmode = "grey"')[0].one("data").params
    assert params.with_choices((9, 9, 3)) == params
    assert params.chosen_shape == (2, 3, 1)
    assert attrs.evolve(params, size=None).chosen_shape is None


def test_parts_without_choices_are_unchanged(directory):
    resolved, registry = read(QUICKSTART, ())
    spec = spec_file.RunSpec(resolved, "")
    assert spec_file.fix_choices(spec, (8, 8, 1), registry, directory) is spec
