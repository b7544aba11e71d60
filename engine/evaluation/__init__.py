"""How good the recommendations are, measured on ratings that no training saw."""
