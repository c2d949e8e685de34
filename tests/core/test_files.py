"""What cannot be written is told with what helps."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from rcmvae_core.files import unwritable


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EACCES, "choose another -o"),
        (errno.ENOTDIR, "choose another -o"),
    ],
)
def test_space_is_advised_only_where_it_is_lacking(number, advice) -> None:
    told = unwritable(Path("out.csv"), OSError(number, os.strerror(number)), "choose another -o")
    assert (told.code, list(told.help)) == ("E304", [advice])
    assert told.message == f"cannot write `out.csv`: {os.strerror(number)}"
