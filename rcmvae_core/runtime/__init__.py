"""Wraps the machine: files, signals, processes, devices and JAX's compilation cache; knows no spec and no model."""
