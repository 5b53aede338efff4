"""The core's own long work: old jobs go, totals are proved at night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from kartoteka.builtin import duplicates, exports, letters as staff_letters, mass, report_job
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Job, JobResult
from kartoteka.i18n import _, gettext, ngettext
from kartoteka.jobs import files
from kartoteka.jobs.context import JobContext
from kartoteka.jobs.ledger import JOB
from kartoteka.services import bell, bin as bin_, letters, totals

MOST_DIFFERENCES = 100


def clean(job: JobContext) -> JobResult:
    """Forget jobs that were over long ago, and remove files that nobody may download any more."""
    config, moment, session = job.config, now(), job.session
    # Listed first: the folder of a job that begins meanwhile is not among them.
    places = files.folders(config.job_files)
    old = JOB.c.finished_at < moment - timedelta(days=config.job_days)
    stale = JOB.c.finished_at < moment - timedelta(days=config.job_file_days)
    gone = session.execute(delete(JOB).where(old, JOB.c.state != "running").returning(JOB.c.id))
    forgotten = len(gone.all())
    session.execute(update(JOB).where(stale).values(result_file=None))
    kept = {
        files.folder_of(name, number, attempt)
        for name, number, attempt in session.execute(
            select(JOB.c.result_file, JOB.c.id, JOB.c.attempts).where(
                (JOB.c.state == "running") | JOB.c.result_file.is_not(None)
            )
        )
    }
    job.checkpoint()
    removed = files.remove(config.job_files, places - kept)
    return JobResult(data={"jobs": forgotten, "files": removed})


def cleaned(data: Mapping[str, Any]) -> str:
    """Say what was forgotten."""
    jobs = ngettext(
        "%(num)s old job is forgotten.", "%(num)s old jobs are forgotten.", data["jobs"]
    )
    files_ = ngettext("%(num)s file is removed.", "%(num)s files are removed.", data["files"])
    return f"{jobs} {files_}"


def check_totals(job: JobContext) -> JobResult:
    """Prove that the totals kept on clients equal the ledger of their purchases."""
    with job.reading() as session:
        found = totals.check(session.connection(), MOST_DIFFERENCES)
    wrong = sorted({one.client_id for one in found})
    return JobResult(data={"clients": wrong})


def proved(data: Mapping[str, Any]) -> str:
    """Say whether totals are right."""
    if not data["clients"]:
        return gettext("All totals equal their ledger.")
    count = len(data["clients"])
    words = ngettext(
        "%(num)s client has a wrong total.", "%(num)s clients have wrong totals.", count
    )
    return f"{words} " + gettext("Mend them with: kartoteka check-totals --repair")


def empty_bin(job: JobContext) -> JobResult:
    """Delete for good what has lain in the bin long enough."""
    days = job.config.bin_days
    gone = bin_.empty(job.session, timedelta(days=days)) if days else 0
    job.checkpoint()
    return JobResult(data={"records": gone})


def emptied(data: Mapping[str, Any]) -> str:
    """Say how many records went for good."""
    return ngettext(
        "%(num)s record was deleted for good.", "%(num)s records were deleted for good.",
        data["records"],
    )  # fmt: skip


def forget_notifications(job: JobContext) -> JobResult:
    """Delete notifications that are old, read or not."""
    letters.forget(job.session, now(), job.config.notification_days)
    gone = bell.forget(job.session, now(), job.config.notification_days)
    words = ngettext(
        "%(num)s old notification is deleted.", "%(num)s old notifications are deleted.", gone
    )
    return JobResult(words=words, data={"notifications": gone})


JOBS = (
    Job(code="core.clean_jobs", title=_("Forget old jobs"), run=clean, says=cleaned,
        at_most_one="firm", schedule="30 3 * * *", roles=("director",), as_system=True),
    exports.JOB,
    report_job.JOB,
    duplicates.JOB,
    *mass.JOBS,
    staff_letters.JOB,
    Job(code="core.empty_bin", title=_("Empty the bin of old records"), run=empty_bin, says=emptied,
        at_most_one="firm", schedule="45 3 * * *", roles=("director",), as_system=True),
    Job(code="core.forget_notifications", title=_("Delete old notifications"),
        run=forget_notifications, at_most_one="firm", schedule="50 3 * * *", roles=("director",),
        as_system=True),
    Job(code="core.check_totals", title=_("Check the totals of clients"), run=check_totals,
        says=proved, at_most_one="firm", schedule="0 3 * * *", roles=("director",), as_system=True),
)  # fmt: skip
