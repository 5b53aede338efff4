"""Note at a run how the work of its job ended, when it did not come to its end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from kartoteka.api import (
    JobCancelled,
    JobContext,
    JobStopped,
    KartotekaError,
    Rejected,
    Unreadable,
    gettext,
    now,
)
from kartoteka_excel_import.models import SENTENCE, ImportRun


@contextmanager
def told(
    job: JobContext, number: int, cancelled: str = "cancelled", failed: str = "failed"
) -> Generator[None]:
    """Note how the work ended.

    Args:
        number: of the run.
        cancelled, failed: state of the run when its job was cancelled, or failed.
    """
    try:
        yield
    except JobCancelled:
        _note(job, number, cancelled, gettext("It was cancelled."))
        raise
    except (JobStopped, OperationalError):
        raise  # another worker goes on
    except KartotekaError as error:
        _note(job, number, failed, str(error))
        if isinstance(error, Unreadable):
            raise Rejected(str(error)) from error  # its sentence is for the person
        raise
    except Exception:
        _note(job, number, failed, gettext("Something went wrong here. It was written down."))
        raise


def _note(job: JobContext, number: int, state: str, error: str) -> None:
    job.session.rollback()
    run = job.session.get(ImportRun, number)
    if run is not None:
        run.state, run.error, run.finished_at = state, error[:SENTENCE], now()
        job.session.commit()


__all__ = ["told"]
