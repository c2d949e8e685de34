"""For people who write plugins: check one against every promise of its kind, and test it among a few others."""

from __future__ import annotations

from rcmvae_core.testing.check import check_plugin
from rcmvae_core.testing.report import Outcome, Report

__all__ = ["Outcome", "Report", "check_plugin"]
