"""Runs the experiments in `experiments/`, and writes their results with what was decided beforehand."""
