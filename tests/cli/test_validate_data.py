"""`rcmvae validate --data` finds what a run would stop at, and writes nothing."""

from __future__ import annotations

import json
import re

import numpy as np
import tomli_w

from tests.support.tiny import TINY


def write(folder, **keys) -> None:
    """Write 90 rows of six classes, and a spec with four channels."""
    x = np.random.default_rng(0).random((90, 3))
    lines = ["a,b,c,kind", *(f"{p:.3f},{q:.3f},{r:.3f},k{i % 6}" for i, (p, q, r) in enumerate(x))]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    spec = {**TINY, "data": {**keys, "table": {"path": "rows.csv", "label": "kind"}}}
    spec = {"rcmvae": ">=0.1", "name": "tiny", **spec, "train": {**TINY["train"], "batch_size": 16}}
    (folder / "spec.toml").write_text(tomli_w.dumps(spec))


def test_the_spec_alone_is_valid(rcmvae, tmp_path) -> None:
    write(tmp_path, labels_per_class=1000)
    assert rcmvae("validate", "spec.toml").stdout == "spec.toml: valid\n"


def test_labels_that_the_data_lack_are_found(rcmvae, tmp_path) -> None:
    write(tmp_path, labels_per_class=1000)
    done = rcmvae("validate", "spec.toml", "--data")
    assert done.returncode == 2
    assert "error[E302]: `data.labels_per_class` is 1000" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv", "spec.toml"]


def test_a_batch_that_is_too_large_is_found(rcmvae, tmp_path) -> None:
    write(tmp_path)
    done = rcmvae("validate", "spec.toml", "--data", "--set", "train.batch_size=1000")
    assert "`train.batch_size` is 1000, but there are" in done.stderr


def test_warnings_are_those_of_a_run(rcmvae, tmp_path) -> None:
    write(tmp_path)
    done = rcmvae("validate", "spec.toml", "--data")
    assert done.returncode == 0
    assert "warning[W409]: `latent.channels` is 4, less than the number of classes, 6" in done.stderr
    assert "note: 3 columns" in done.stderr
    as_json = json.loads(rcmvae("validate", "spec.toml", "--data", "--json").stdout)
    assert "W409" in json.dumps(as_json)


def test_types_of_columns_are_shown_and_can_be_stated(rcmvae, tmp_path) -> None:
    write(tmp_path)

    def notes(*settings: str) -> list[str]:
        words = [word for each in settings for word in ("--set", f"data.table.{each}")]
        return re.findall("note: (.* read as .*)", rcmvae("validate", "spec.toml", "--data", *words).stderr)

    assert notes() == ["3 columns are read as number: `a`, `b`, `c`"]
    stated = notes('categories=["b"]', 'ignore=["c"]')
    assert stated[0] == "1 column is read as number: `a`"
    assert re.fullmatch(r"1 column is read as category: `b` \(\d+ values\)", stated[1])


def test_the_note_of_labels_that_do_not_train_is_that_of_a_run(rcmvae, tmp_path) -> None:
    write(tmp_path)
    rows = (tmp_path / "rows.csv").read_text().splitlines()
    rows[1:] = [row if n % 2 else f"{row.rpartition(',')[0]}," for n, row in enumerate(rows[1:])]
    (tmp_path / "rows.csv").write_text("\n".join(rows) + "\n")
    (line,) = re.findall("note: .* labels are .*", rcmvae("validate", "spec.toml", "--data").stderr)
    assert re.fullmatch(r"note: \d+ of 45 labels are of validation or test inputs, which .*", line)


def test_a_missing_file_is_found(rcmvae, tmp_path) -> None:
    write(tmp_path)
    (tmp_path / "rows.csv").unlink()
    assert "error[E305]" in rcmvae("validate", "spec.toml", "--data").stderr
