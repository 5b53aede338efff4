"""The job that looks through the base for clients that are there twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartoteka.hooks.contributions import Job, JobResult
from kartoteka.i18n import _, gettext, ngettext
from kartoteka.jobs.context import JobContext
from kartoteka.matching.base_pairs import find_in_base
from kartoteka.services import duplicates

FIND = "core.find_duplicates"


def find(job: JobContext) -> JobResult:
    """Find the pairs of the whole base and keep them; what people decided stays."""
    words = gettext("Comparing clients")
    job.progress(0, words=words)

    def tell(done: int, total: int) -> None:
        job.progress(done, total, words)

    with job.reading() as session:
        looked_at, found = find_in_base(session, told=tell)
    opened, new = duplicates.keep(job.session, found)
    job.checkpoint()
    return JobResult(data={"clients": looked_at, "open": opened, "new": new})


def says(data: Mapping[str, Any]) -> str:
    """Say how many pairs there are."""
    words = ngettext(
        "%(num)s pair may be one client.", "%(num)s pairs may be one client.", data["open"]
    )
    return f"{words} " + gettext(
        "New: %(new)s. Clients looked at: %(all)s.", new=data["new"], all=data["clients"]
    )


JOB = Job(
    code=FIND, title=_("Look for duplicates of clients"), run=find, says=says, at_most_one="firm",
    schedule="0 4 * * 0", roles=("director", "curator"), as_system=True,
)  # fmt: skip

__all__ = ["FIND", "JOB", "find"]
