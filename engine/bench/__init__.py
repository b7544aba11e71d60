"""Measuring: figures with the machine, the versions and the way they were taken (`matinee bench`)."""
