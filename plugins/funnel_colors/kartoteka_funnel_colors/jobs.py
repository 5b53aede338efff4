"""Recolour the whole base every night: some rules hang on the day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartoteka.api import Job, JobContext, JobResult, _, ngettext
from kartoteka_funnel_colors.recolor import recolor_all


def run(job: JobContext) -> JobResult:
    """Recolour all clients and say how many changed."""
    found = recolor_all(job.session)
    job.checkpoint("done", done=found.clients, total=found.clients)
    return JobResult(
        data={"clients": found.clients, "changed": found.changed, "colors": found.colors},
    )  # fmt: skip


def says(data: Mapping[str, Any]) -> str:
    """Say how many clients have another colour."""
    return ngettext(
        "%(num)s client has another colour now.", "%(num)s clients have another colour now.",
        data["changed"],
    )  # fmt: skip


JOBS = (
    Job(
        code="funnel_colors.recompute", title=_("Recolour all clients"), run=run, says=says,
        at_most_one="firm", schedule="20 0 * * *", roles=("director",), as_system=True,
    ),
)  # fmt: skip
