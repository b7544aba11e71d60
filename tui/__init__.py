"""Matinée's screens: a Textual app over `engine.service`. Nothing in here imports jax, flax or pandas."""
