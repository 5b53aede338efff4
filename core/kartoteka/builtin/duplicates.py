"""The job that looks through the base for clients that are there twice."""

from __future__ import annotations

from kartoteka.hooks.contributions import Job, JobResult
from kartoteka.i18n import _, gettext, ngettext
from kartoteka.jobs.context import JobContext
from kartoteka.matching.base_pairs import find_in_base
from kartoteka.services import duplicates

FIND = "core.find_duplicates"


def find(job: JobContext) -> JobResult:
    """Find the pairs of the whole base and keep them; what people decided stays."""
    job.progress(0, words=gettext("Comparing clients"))
    with job.reading() as session:
        looked_at, found = find_in_base(session)
    opened, new = duplicates.keep(job.session, found)
    job.checkpoint()
    words = ngettext("%(num)s pair may be one client.", "%(num)s pairs may be one client.", opened)
    words += " " + gettext("New: %(new)s. Clients looked at: %(all)s.", new=new, all=looked_at)
    return JobResult(words=words, data={"clients": looked_at, "open": opened, "new": new})


JOB = Job(
    code=FIND, title=_("Look for duplicates of clients"), run=find, at_most_one="firm",
    schedule="0 4 * * 0", roles=("director", "curator"), as_system=True,
)  # fmt: skip

__all__ = ["FIND", "JOB", "find"]
