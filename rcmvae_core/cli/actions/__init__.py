"""Contains the work of the verbs that need JAX, NumPy or matplotlib, imported after the arguments were checked."""
