"""Simulates an annotator, to compare acquisitions by the labels that they need."""
