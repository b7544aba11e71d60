"""Full and incremental runs: steps of gradient descent, validation, metrics (steps 4 and 5)."""
