"""What the scikit-learn estimator is made of: its specs, its scaling, its classes, and its training."""
