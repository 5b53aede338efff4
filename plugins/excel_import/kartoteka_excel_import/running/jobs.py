"""The jobs of imports: check a list, import it, take it back, forget old files."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import OperationalError

from kartoteka.api import (
    Job,
    JobArgument,
    JobCancelled,
    JobContext,
    JobResult,
    JobStopped,
    KartotekaError,
    Rejected,
    Unreadable,
    _,
    gettext,
    ngettext,
    now,
    settings_of,
)
from kartoteka_excel_import.models import SENTENCE, ImportRun
from kartoteka_excel_import.running.start import CHECK, RUN, UNDO
from kartoteka_excel_import.running.undo import undo
from kartoteka_excel_import.running.uploads import RIGHT, folder_of, forget_old, path_of
from kartoteka_excel_import.running.work import import_rows, run_of

ROLES = ("director", "curator", "manager", "assistant")


def run_import(job: JobContext) -> JobResult:
    """Import a list, or go on with it."""
    number = job.arguments["run"]
    with _told(job, number):
        path = path_of(folder_of(job.config), run_of(job.session, number))
        run = import_rows(job, number, path)
        return JobResult(words=words_of(run), data=counts_of(run))


def run_undo(job: JobContext) -> JobResult:
    """Take an import back, or go on with that."""
    number = job.arguments["run"]
    with _told(job, number):
        run = undo(job, number)
        counts: dict[str, int] = (run.undone or {}).get("counts", {})
        return JobResult(words=words_of_undo(counts), data={"run": number, **counts})


def forget(job: JobContext) -> str:
    """Remove files of imports that nobody touched for long."""
    days = settings_of(job.session, "excel_import")["keep_days"]
    gone = forget_old(job.session, folder_of(job.config), days)
    return ngettext("%(num)s file was removed.", "%(num)s files were removed.", gone)


def counts_of(run: ImportRun) -> dict[str, Any]:
    """Return what became of the rows of a run."""
    return {
        "run": run.id, "rows_total": run.rows_total, "create": run.created, "update": run.updated,
        "unchanged": run.unchanged, "duplicate": run.duplicate, "possible": run.possible,
        "rejected": run.rejected,
    }  # fmt: skip


def words_of(run: ImportRun) -> str:
    """Say what became of the rows of a run, leaving out what there was none of."""
    said = (
        (run.created, gettext("created")), (run.updated, gettext("updated")),
        (run.unchanged, gettext("as they were")), (run.duplicate, gettext("twice in the file")),
        (run.possible, gettext("possible duplicates, held back")),
        (run.rejected, gettext("rejected")),
    )  # fmt: skip
    rows = ngettext("%(num)s row", "%(num)s rows", run.rows_total or 0)
    parts = ", ".join(f"{count} {word}" for count, word in said if count)
    return f"{rows}: {parts}." if parts else f"{rows}."


def words_of_undo(counts: dict[str, int]) -> str:
    """Say what became of the rows that were imported."""
    said = (
        ("reversed", gettext("taken back")), ("kept", gettext("kept, because edited since")),
        ("failed", gettext("failed")),
    )  # fmt: skip
    rows = ngettext("%(num)s row", "%(num)s rows", sum(counts.values()))
    parts = ", ".join(f"{counts[code]} {word}" for code, word in said if counts.get(code))
    return f"{rows}: {parts}." if parts else f"{rows}."


@contextmanager
def _told(job: JobContext, number: int) -> Generator[None]:
    """Note at the run how the work ended, when it did not come to its end."""
    try:
        yield
    except JobCancelled:
        _note(job, number, "cancelled", "")
        raise
    except (JobStopped, OperationalError):
        raise  # another worker goes on
    except KartotekaError as error:
        _note(job, number, "failed", str(error))
        if isinstance(error, Unreadable):
            raise Rejected(str(error)) from error  # its sentence is for the person
        raise
    except Exception:
        _note(job, number, "failed", gettext("Something went wrong here. It was written down."))
        raise


def _note(job: JobContext, number: int, state: str, error: str) -> None:
    job.session.rollback()
    run = job.session.get(ImportRun, number)
    if run is not None:
        run.state, run.error, run.finished_at = state, error[:SENTENCE] or None, now()
        job.session.commit()


def job_of(code: str, title: Any, run: Callable[[JobContext], Any]) -> Job:
    """Return a job that works on one run, once at a time."""
    return Job(
        code=code, title=title, run=run, at_most_one="arguments", roles=ROLES, permission=RIGHT,
        arguments=(JobArgument(name="run", kind=int, required=True),),
    )  # fmt: skip


JOBS = (
    job_of(RUN, _("Import of a list"), run_import),
    job_of(UNDO, _("Take an import back"), run_undo),
    Job(
        code="excel_import.forget", title=_("Remove old files of imports"), run=forget,
        at_most_one="firm", schedule="50 3 * * *", roles=("director",), as_system=True,
    ),
)  # fmt: skip

__all__ = ["CHECK", "JOBS", "ROLES", "counts_of", "job_of", "words_of", "words_of_undo"]
