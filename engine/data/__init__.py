"""Ratings and movies as arrays: the first two of the seven steps, read and split."""
