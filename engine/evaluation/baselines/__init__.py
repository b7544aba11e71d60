"""Models of other people to measure against, each a small module with its paper."""
