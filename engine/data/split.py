"""Step 2, split: 80 % of the ratings train, 20 % validate.

A rating's side is a hash of the seed, its user and its movie. So the split is seeded, and it is stable: when ratings
come in, those that were there stay on their side, and a model trained before can be compared with one trained after
on ratings that neither has seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable

import numpy as np

from engine.data.arrays import Array
from engine.data.interactions import Triples

MONITOR_SHARE = 0.1
"""Share of the held-out ratings that no training ever sees: the monitor set, on which models are compared later."""
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def _mixed(x: Array) -> Array:
    """SplitMix64's finaliser (Steele et al. 2014): every input bit moves every output bit."""
    x = (x ^ (x >> np.uint64(30))) * _MIX1
    x = (x ^ (x >> np.uint64(27))) * _MIX2
    mixed: Array = x ^ (x >> np.uint64(31))
    return mixed


def _id_hashes(ids: Iterable[Hashable]) -> Array:
    texts = (f"{type(item).__name__}:{item}".encode() for item in ids)
    return np.fromiter((int.from_bytes(hashlib.blake2b(t, digest_size=8).digest(), "little") for t in texts), np.uint64)


def held_out(
    triples: Triples, user_ids: Iterable[Hashable], movie_ids: Iterable[Hashable], share: float, seed: int
) -> Array:
    """Which ratings are held out (bool, N): about `share` of them; those of a smaller share are among them."""
    user_U, movie_M = _id_hashes(user_ids), _id_hashes(movie_ids)
    salt = np.uint64(int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "little"))
    hash_N = _mixed(_mixed(user_U[triples.user_N] ^ salt) ^ movie_M[triples.movie_N])
    return hash_N < np.uint64(int(share * 2.0**64)) if share > 0 else np.zeros(len(hash_N), bool)
