"""Fixtures that call the command."""

from tests.support.commands import guest, process, rcmvae, spec

__all__ = ["guest", "process", "rcmvae", "spec"]
