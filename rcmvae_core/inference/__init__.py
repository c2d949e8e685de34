"""Uses a trained model: loads it from a run, predicts, scores, samples and exports."""
