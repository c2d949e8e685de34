"""A simulated annotator: rounds of suggest, label and continue, any acquisition against another."""
