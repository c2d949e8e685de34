"""Check plugins against the contract of their kind, and test them with small fixtures."""

from __future__ import annotations

from rcmvae_core.testing.check import check_plugin
from rcmvae_core.testing.report import CheckResult, Report

__all__ = ["CheckResult", "Report", "check_plugin"]
