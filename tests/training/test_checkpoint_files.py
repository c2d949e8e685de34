"""Arrays of every type and shape keep their bits in a checkpoint."""

from __future__ import annotations

import stat

import jax.numpy as jnp
import numpy as np
import pytest

from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints.files import FORMAT, Record
from rcmvae_core.training.checkpoints.state_arrays import describe_arrays

TYPES = ["bool", "int8", "uint32", "int64", "float16", "float32", "float64", "bfloat16", "float8_e5m2", "int4",
         "complex64"]  # fmt: skip
SHAPES = [(), (1,), (0,), (0, 3), (2, 3), (2, 1, 5)]


def write(folder, arrays) -> Record:
    checkpoint_files.write(folder, arrays, Record(FORMAT, 3, describe_arrays(arrays), {}, {}, {}))
    (record,) = checkpoint_files.records(folder)
    return record


@pytest.mark.parametrize("name", TYPES)
def test_every_type_and_shape_round_trips(tmp_path, name):
    rng = np.random.default_rng(0)
    arrays = {
        f"a{index}": np.asarray(8 * rng.random(shape) - 4).astype(jnp.dtype(name))
        for index, shape in enumerate(SHAPES)
    }
    found = checkpoint_files.read(tmp_path, write(tmp_path, arrays))
    assert found.keys() == arrays.keys()
    for key, array in arrays.items():
        assert (found[key].dtype, found[key].shape) == (array.dtype, array.shape)
        assert found[key].tobytes() == array.tobytes()


def test_a_transposed_array_keeps_its_order(tmp_path):
    array = np.arange(6.0).reshape(2, 3).T
    found = checkpoint_files.read(tmp_path, write(tmp_path, {"a": array}))["a"]
    np.testing.assert_array_equal(found, array)


def test_others_may_read_a_checkpoint_as_any_new_file(tmp_path):
    (tmp_path / "new").touch()
    write(tmp_path, {"a": np.zeros(3)})
    (path,) = (tmp_path / "step-000000003").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "new").stat().st_mode)


def test_nothing_is_left_of_a_checkpoint_that_was_removed(tmp_path):
    write(tmp_path, {"a": np.zeros(3)})
    checkpoint_files.remove(tmp_path, 3)
    assert list(tmp_path.iterdir()) == []
