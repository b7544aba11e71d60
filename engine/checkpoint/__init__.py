"""A recommender as one file."""
