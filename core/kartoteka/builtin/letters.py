"""The job that sends letters to staff: what they chose to be told of by e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from kartoteka.access.people import actor_for
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Job, JobResult
from kartoteka.i18n import _, gettext, in_language, ngettext
from kartoteka.jobs.context import JobContext
from kartoteka.jobs.stopping import JobCancelled, LaidDown
from kartoteka.models import Staff, StaffLetter
from kartoteka.services import bell, letters, records
from kartoteka.services.letter_words import letter_of
from kartoteka.services.reading import reading_for


def is_due(session: Session) -> bool:
    """Say whether there is anything to send."""
    pause: timedelta | None = session.info["letter_pause"]
    return pause is not None and letters.is_due(session, now(), pause)


def send_letters(job: JobContext) -> JobResult:
    """Make letters of what waits, and send them; each is marked before it goes and after."""
    from kartoteka.mailing.smtp import Mailer, NoConnection

    session, pause = job.session, job.session.info["letter_pause"]
    if pause is None:
        return JobResult(words=gettext("No mail server is set, so no letter is sent."))
    counted = {"sent": 0, "again": 0, "failed": 0, "unknown": letters.give_up_begun(session)}
    letters.remind(session, now())
    session.flush()
    letters.make_letters(session, now(), pause)
    job.checkpoint()
    with Mailer(job.config) as mailer:
        for number in letters.waiting(session, now()):
            message = _written(job, session.get_one(StaffLetter, number))
            letter = letters.begin(session, number)
            try:
                mailer.connect()
            except NoConnection as error:
                letters.settle(session, letter, "again", str(error), now())
                counted["again"] += 1
                job.checkpoint()
                break  # the others wait for the next run
            # From here on it may have gone, whatever becomes of this worker.
            try:
                job.checkpoint()
            except (JobCancelled, LaidDown):
                letters.take_back(session, letter)
                session.commit()
                raise
            sent = mailer.send(message)
            letters.settle(session, letter, sent.outcome, sent.problem, now())
            counted[sent.outcome] += 1
            job.checkpoint()
    return JobResult(data=counted)


def said(data: Mapping[str, Any]) -> str:
    """Say how many letters went."""
    words = [ngettext("%(num)s letter is sent.", "%(num)s letters are sent.", data["sent"])]
    if data["again"]:
        words.append(
            ngettext("%(num)s will be tried again.", "%(num)s will be tried again.", data["again"])
        )
    if data["failed"]:
        words.append(ngettext("%(num)s failed.", "%(num)s failed.", data["failed"]))
    if data["unknown"]:
        words.append(
            ngettext(
                "Of %(num)s it is not known whether it arrived.",
                "Of %(num)s it is not known whether they arrived.", data["unknown"],
            )
        )  # fmt: skip
    return " ".join(words)


def _written(job: JobContext, letter: StaffLetter) -> EmailMessage:
    """Return a letter as its reader reads it, with what they may see now."""
    ids = letters.notifications_of(job.session, letter.id)
    with job.reading() as session:
        user = session.get_one(User, letter.recipient_id)
        reading = reading_for(job.config, session.get(Staff, user.id))
        roles = records.registry_of(session).roles
        session.info["actor"] = actor_for(session, user, roles, "job")
        session.info["reading"] = reading
        with in_language(reading.locale.partition("_")[0]):
            return letter_of(
                bell.told(session, ids=ids, most=len(ids)), letter_id=letter.id,
                firm=job.config.name, sender=job.config.mail_sender,
                address=letter.address or "", name=user.first_name or user.username,
                site=job.config.site_address.rstrip("/"), page=_path,
            )  # fmt: skip


def _path(one: bell.Told) -> str:
    """Return the path a notification leads to; there is no request that could make a link."""
    if one.entity and one.record_id is not None and one.count == 1:
        return f"/{one.entity}/show/{one.record_id}"
    return "/notifications/"


JOB = Job(
    code="core.send_letters", title=_("Send letters to staff"), run=send_letters, says=said,
    at_most_one="firm", schedule="* * * * *", due=is_due, roles=("director",), as_system=True,
)  # fmt: skip

__all__ = ["JOB"]
