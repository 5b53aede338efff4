"""The job that decides about all held rows that are left, where there are many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartoteka.api import Job, JobArgument, JobContext, JobResult, _, gettext, ngettext
from kartoteka_excel_import.checking.deciding import choice_of
from kartoteka_excel_import.running.endings import told
from kartoteka_excel_import.running.rest import decide_rest, next_number, open_rows
from kartoteka_excel_import.running.start import REST
from kartoteka_excel_import.running.uploads import RIGHT, ROLES
from kartoteka_excel_import.running.work import run_of


def run_rest(job: JobContext) -> JobResult:
    """Decide part by part; each is committed, and all of them can be taken back together."""
    number = job.arguments["run"]
    with told(job, number, cancelled="checked", failed="checked"):
        session = job.session
        run = run_of(session, number)
        choice = choice_of(job.arguments["choice"]) or "out"
        total = open_rows(session, run)
        before, together = job.position or (0, next_number(session, run))

        def tell(_last: int, done: int) -> None:
            job.checkpoint(
                [before + done, together], done=before + done, total=before + total,
                words=gettext("Deciding"),
            )  # fmt: skip

        job.checkpoint([before, together], done=before, total=before + total)
        count = before + decide_rest(session, run_of(session, number), choice, together, tell)
        run = run_of(session, number)
        run.state, run.error = "checked", None
        session.flush()
        return JobResult(data={"run": number, "rows": count})


def decided(data: Mapping[str, Any]) -> str:
    """Say about how many rows was decided."""
    return ngettext("%(num)s row is decided.", "%(num)s rows are decided.", data["rows"])


REST_JOB = Job(
    code=REST, title=_("Decision about held rows"), run=run_rest, says=decided,
    at_most_one="arguments",
    roles=ROLES, permission=RIGHT,
    arguments=(
        JobArgument(name="run", kind=int, required=True),
        JobArgument(name="choice", choices=("same", "new", "out"), required=True),
    ),
)  # fmt: skip

__all__ = ["REST_JOB", "run_rest"]
