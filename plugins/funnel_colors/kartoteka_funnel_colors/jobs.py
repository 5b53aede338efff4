"""Recolour the whole base every night: some rules hang on the day."""

from __future__ import annotations

from kartoteka.api import Job, JobContext, JobResult, _, ngettext
from kartoteka_funnel_colors.recolor import recolor_all


def run(job: JobContext) -> JobResult:
    """Recolour all clients and say how many changed."""
    found = recolor_all(job.session)
    job.checkpoint("done", done=found.clients, total=found.clients)
    return JobResult(
        words=ngettext(
            "%(num)s client has another colour now.", "%(num)s clients have another colour now.",
            found.changed,
        ),
        data={"clients": found.clients, "changed": found.changed, "colors": found.colors},
    )  # fmt: skip


JOBS = (
    Job(
        code="funnel_colors.recompute", title=_("Recolour all clients"), run=run,
        at_most_one="firm", schedule="20 0 * * *", roles=("director",), as_system=True,
    ),
)  # fmt: skip
