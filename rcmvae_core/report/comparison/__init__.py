"""Compare runs: groups that differ in more than the seed, with intervals and tests of paired differences."""
