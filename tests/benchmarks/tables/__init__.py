"""Compares the recipe for tables with semi-supervised methods of scikit-learn, five labels a class."""
