"""Says whether a process is writing a run directory, by the lock that it holds until it ends."""

from __future__ import annotations

import errno
import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LOCK = ".rcmvae.lock"
"""The file that the process locks that writes a run directory; the name is not that of another program's lock."""
_BUSY = (errno.EACCES, errno.EAGAIN)


def is_written(run: Path) -> bool | None:
    """Return whether a process holds the lock of a run directory; None if the system cannot say.

    The id of a process in a status says less: it may be that of another process by now, or of another machine.
    """
    if fcntl is None:
        return None
    try:
        descriptor = os.open(run / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return None
    try:
        # Shared, so that several readers do not take each other for the writer.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return True if error.errno in _BUSY else None
    else:
        return False
    finally:
        os.close(descriptor)  # releases the lock
