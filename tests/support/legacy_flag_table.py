"""The table of legacy flags in docs/migrating.md."""

from __future__ import annotations

from rcmvae_core.migrate.legacy.flags import FLAGS


def table() -> str:
    """Markdown: every flag, what it becomes, and the old default that is written where the flag is absent."""
    rows = [f"| `{flag.name}` | {flag.becomes} | {_default(flag.default)} |" for flag in FLAGS.values()]
    return "\n".join(("| flag | becomes | default |", "|---|---|---|", *rows))


def _default(value: object) -> str:
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
