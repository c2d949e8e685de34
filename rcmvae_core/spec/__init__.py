"""Turns the TOML text of a spec into a `ResolvedSpec`, or into every diagnostic at once."""
