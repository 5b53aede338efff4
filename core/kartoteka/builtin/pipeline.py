"""The plain way of a sale: what a base begins with until a plugin brings its own."""

from __future__ import annotations

from kartoteka.hooks.contributions import Pipeline, Stage
from kartoteka.i18n import _

SALES = Pipeline(
    code="sales",
    title=_("Sales"),
    stages=(
        Stage(code="new", title=_("New"), color="#64748b", max_days=3),
        Stage(code="talks", title=_("In talks"), color="#0ea5e9", max_days=14),
        Stage(
            code="offer", title=_("Offer made"), color="#6366f1", max_days=14,
            requires=("amount",),
        ),
        Stage(code="agreed", title=_("Agreed"), kind="won", color="#16a34a", requires=("amount",)),
        Stage(code="done", title=_("Done"), kind="done", color="#065f46", requires=("amount",)),
        Stage(
            code="later", title=_("Not now: come back later"), kind="deferred", color="#a16207",
            recheck_days=90,
        ),
        Stage(code="lost", title=_("Lost"), kind="lost", color="#be123c"),
    ),
)  # fmt: skip
