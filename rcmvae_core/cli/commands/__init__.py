"""Contains one light module per verb: its arguments, and all of its work that needs no JAX, NumPy or matplotlib."""
