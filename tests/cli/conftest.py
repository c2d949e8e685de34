"""Fixtures that call the command."""

from tests.support.commands import guest, process, rcmvae, spec
from tests.support.table_run import fails, here, trained

__all__ = ["fails", "guest", "here", "process", "rcmvae", "spec", "trained"]
