"""Files and folders that verbs write: under a name of their own until they are whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from rcmvae_core.errors import RunError
from rcmvae_core.files import unwritable


@contextmanager
def replacing(target: Path) -> Generator[Path]:
    """A file or folder to write, which takes its name when the block ends well; a file replaces what is there.

    Raises:
        RunError: E304 if it cannot be written.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(target)
    except OSError as error:
        raise RunError([unwritable(target, error, "choose another -o")]) from None
    finally:
        with suppress(OSError):
            partial.unlink()
        shutil.rmtree(partial, ignore_errors=True)
