"""Holds inputs and labels as rows: loads and checks them, splits them, and overlays the label store."""
