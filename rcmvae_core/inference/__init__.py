"""A trained model without its training: loaded from a run, asked about new inputs, sampled, published."""
