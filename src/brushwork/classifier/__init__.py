"""Style classifiers: training, scores and verdicts."""
