"""All campaigns of faults, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.outcomes import Outcomes


@dataclass(frozen=True)
class Campaign:
    """One kind of fault."""

    name: str
    where: str
    """Module and function: `run(seed, count)`."""
    short: int
    """Tries of a quick look."""
    long: int
    """Tries of the run that docs/reliability.md tells of."""
    tries: str
    """What the tries are."""
    engine: str = ""
    """The engine of the database, where the function takes one; `mysql` needs a server."""

    def __str__(self) -> str:
        return self.name

    def run(self, seed: int, count: int) -> Outcomes:
        """Make so many tries."""
        module, _, function = self.where.partition(":")
        run: Callable[..., Outcomes] = getattr(importlib.import_module(f"tests.faults.{module}"), function)
        return run(seed, count, self.engine) if self.engine else run(seed, count)


CAMPAIGNS = (
    Campaign("kills", "kills:run", 10, 500, "kills of a program that rates", "sqlite"),
    Campaign("kills-mysql", "kills:run", 5, 200, "the same on a server", "mysql"),
    Campaign("server-kills", "servers:run", 2, 60, "kills of the server under four programs that rate"),
    Campaign("cuts", "cuts:run", 40, 4_500, "cuts of the wire to the server", "mysql"),
    Campaign("engine-kills", "engines:alone", 1, 30, "kills of the engine's process"),
    Campaign("both-kills", "engines:with_the_app", 1, 30, "kills of the app and the engine at once"),
    Campaign("schema-kills", "making:tables", 5, 100, "kills while the tables are made", "sqlite"),
    Campaign("schema-kills-mysql", "making:tables", 2, 60, "the same on a server", "mysql"),
    Campaign("first-start-kills", "making:first_starts", 3, 100, "kills while a first store is filled", "sqlite"),
    Campaign("first-start-kills-mysql", "making:first_starts", 1, 40, "the same on a server", "mysql"),
    Campaign("import-kills", "making:imports", 3, 100, "kills of an import", "sqlite"),
    Campaign("import-kills-mysql", "making:imports", 1, 40, "the same on a server", "mysql"),
    Campaign("checkpoint-kills", "saving:run", 1, 40, "kills while checkpoints are saved"),
    Campaign("power", "power:run", 60, 3_000, "power losses, simulated from recorded writes"),
    Campaign("full-disk", "full_disk:run", 30, 1_000, "full disks"),
    Campaign("read-only", "rights:run", 30, 1_000, "rights taken away"),
    Campaign("clock", "clock:run", 20, 1_000, "clocks set back and forth"),
    Campaign("gone-files", "gone:run", 20, 1_000, "database files deleted, moved or replaced"),
    Campaign("data-sets", "mutated_data:run", 200, 20_000, "damaged data sets"),
    Campaign("checkpoints", "mutated_checkpoints:run", 60, 1_500, "damaged checkpoints"),
    Campaign("caches", "mutated_caches:run", 80, 5_000, "damaged copies of the log"),
    Campaign("scripts", "mutated_scripts:run", 300, 20_000, "damaged session scripts"),
    Campaign("strings", "hostile_strings:run", 20, 2_000, "hostile texts"),
)
BY_NAME = {campaign.name: campaign for campaign in CAMPAIGNS}
