"""Files with an error in every line are reported in linear time and in a few lines."""

from __future__ import annotations

import json
import time


def test_a_spec_with_an_error_in_every_line(rcmvae, tmp_path):
    """50,000 lines took more than five minutes."""
    (tmp_path / "spec.toml").write_text("".join(f"key{i} = 1\n" for i in range(20_000)))
    start = time.process_time()
    done = rcmvae("validate", "spec.toml")
    assert time.process_time() - start < 10
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) < 1000
    assert lines[-2].startswith("and 19")
    assert lines[-2].endswith(" more like these")
    assert "unknown table or key `key0`" in done.stderr
    written = json.loads(rcmvae("validate", "spec.toml", "--format", "json").stdout)["diagnostics"]
    assert len(written) > 20_000, "JSON has all of them"
