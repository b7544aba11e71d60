"""The step by hand, for whichever network trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.lab.batch import hand_batch
from engine.lab.step_implicit import implicit_pages, implicit_step
from engine.lab.step_study import study_pages, study_step
from engine.snapshots import StepView

if TYPE_CHECKING:
    from engine.recommender import Recommender


def step_view(model: Recommender, user_id: int) -> StepView:
    """One training step on three viewers, the one who looks among them. Changes nothing. UsageError before training."""
    batch = hand_batch(model, user_id)
    yours = bool(model.users.index(user_id) >= 0 and (batch.users_B[0] == model.users.index(user_id)))
    name, spec = model.state.config.network, model.state.graphs.spec
    if spec.layers is not None:
        return StepView(user_id, name, yours, study_pages(model, batch, study_step(model, batch)))
    if spec.tables is not None:
        return StepView(user_id, name, yours, implicit_pages(model, batch, implicit_step(model, batch)))
    raise UsageError(f"the lab knows no step by hand of the network {name!r}")
