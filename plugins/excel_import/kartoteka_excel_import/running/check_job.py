"""The job that compares a list with the base and writes nothing but what it found."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

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
    registry_of,
)
from kartoteka_excel_import.checking.preview import preview
from kartoteka_excel_import.mapping.plan import plan_of
from kartoteka_excel_import.models import SENTENCE, ImportRun
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.table import open_table
from kartoteka_excel_import.running.start import CHECK
from kartoteka_excel_import.running.uploads import RIGHT, folder_of, path_of
from kartoteka_excel_import.running.work import run_of

ROLES = ("director", "curator", "manager", "assistant")


def run_check(job: JobContext) -> JobResult:
    """Keep what a list would do, for the person to decide."""
    number = job.arguments["run"]
    with _told(job, number):
        run = run_of(job.session, number)
        path, plan, name = path_of(folder_of(job.config), run), plan_of(run.plan), run.file_name
        job.session.rollback()
        readers = readers_of(registry_of(job.session))

        def tell(done: int) -> None:
            job.progress(done, None, gettext("Comparing with the base"))

        with (
            job.reading() as session,
            open_table(path, name=name, wish=plan.wish, readers=readers) as table,
        ):
            found = preview(session, table, plan, tell)
        run = run_of(job.session, number)
        run.preview = found.as_json()
        run.rows_total = int(run.preview["rows_total"])
        run.state, run.error, run.updated_at = "checked", None, now()
        total = run.rows_total
        job.session.flush()
        words = ngettext("%(num)s row is checked.", "%(num)s rows are checked.", total)
        return JobResult(words=words, data={"run": number, "rows_total": total})


@contextmanager
def _told(job: JobContext, number: int) -> Generator[None]:
    """Note at the run why the check did not come to its end."""
    try:
        yield
    except JobCancelled:
        _note(job, number, "uploaded", gettext("The check was cancelled."))
        raise
    except (JobStopped, OperationalError):
        raise  # another worker begins anew
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
        run.state, run.error = state, error[:SENTENCE]
        job.session.commit()


CHECK_JOB = Job(
    code=CHECK, title=_("Check of a list"), run=run_check, at_most_one="arguments", roles=ROLES,
    permission=RIGHT, arguments=(JobArgument(name="run", kind=int, required=True),),
)  # fmt: skip

__all__ = ["CHECK_JOB", "run_check"]
