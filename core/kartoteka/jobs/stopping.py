"""How the work of a job is ended from outside: exceptions that it lets through."""

from __future__ import annotations

from kartoteka.errors import KartotekaError


class JobStopped(KartotekaError):
    """The work is to end here; its open chunk is rolled back."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"Job {job_id}: {self.why}. Let this through.")

    why = "its end was asked for"


class JobCancelled(JobStopped):
    """Somebody cancelled it."""


class LeaseLost(JobStopped):
    """Another worker has it, or nobody may have it any more; nothing more is written."""

    why = "another worker has taken it up"


class LaidDown(JobStopped):
    """The worker stops; the job goes on from its last checkpoint in another one."""

    why = "its worker stops"
