"""The kinds of values in a script. Each is read, described in the JSON Schema and checked by its name."""

from __future__ import annotations

from typing import NewType

MovieName = NewType("MovieName", str)
"""A movie: `Alien (1979)`, `Alien` where no other movie is called so, or `Alien [17]` with its number."""
Stars = NewType("Stars", float)
"""0.5 to 5 in half steps."""
Epochs = NewType("Epochs", int)
"""How long a full run trains: 1 to 1,000 passes over the viewers."""
MAX_EPOCHS = 1_000
"""A script that asks for more is a slip: it would keep a machine busy for days."""
MAX_SEED = 2**31 - 1
"""Of a seed; the command line's bound too."""
Genre = NewType("Genre", str)
"""A genre of the catalogue."""
File = NewType("File", str)
"""A path inside the script's folder, or a name inside the folder of results; never leads out of it."""
Place = NewType("Place", str)
"""A place in a movie: `start`, `end`, `40%`, `25 min`, `1:05:00`."""
AnyStep = NewType("AnyStep", object)
"""A step, written as in the list."""
