"""`make bench`: every benchmark, with ratios; the machine is named since the milliseconds are its own."""

from __future__ import annotations

import os
import platform

import jax

from tests.benchmarks import convolution, gating, startup, throughput


def main() -> None:
    """Run all."""
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
          f"Python {platform.python_version()}, jax {jax.__version__} on {jax.default_backend()}\n")  # fmt: skip
    startup.main()
    print()
    throughput.main()
    print()
    gating.main()
    print()
    convolution.main()


if __name__ == "__main__":
    main()
