"""Compares the estimator's defaults with classifiers of scikit-learn on data sets that need no network."""
