"""Simulated viewers: the documented, seeded generator of the ratings that ship with Matinée.

`python -m engine.simulation` writes `fixtures/viewers.csv` and `fixtures/ratings.csv.xz` again, bit for bit;
`python -m engine.simulation --compare ml-100k.zip` prints how their shape compares with a real data set.
"""
