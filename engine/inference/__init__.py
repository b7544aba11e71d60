"""Answers for viewers: scores, predicted stars, lists and reasons (steps 6 and 7)."""
