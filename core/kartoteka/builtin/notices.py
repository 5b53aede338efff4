"""What the core tells people of in the bell, in words."""

from __future__ import annotations

from kartoteka.hooks.contributions import Notice, NotificationKind
from kartoteka.i18n import _, gettext, ngettext
from kartoteka.models import catalog
from kartoteka.services import intake, intake_assigning, notices


def _clients(notice: Notice) -> str:
    if notice.count > 1:
        words = ngettext(
            "%(num)s client was given to you", "%(num)s clients were given to you", notice.count
        )
    elif notice.record:
        words = gettext("You have a new client: %(name)s", name=notice.record)
    else:
        words = gettext("You were given a client that you do not see any more")
    return _signed(words, notice)


def _deals(notice: Notice) -> str:
    if notice.count > 1:
        words = ngettext(
            "%(num)s new deal with your clients", "%(num)s new deals with your clients",
            notice.count,
        )  # fmt: skip
    elif notice.record:
        words = gettext("New deal with your client: %(name)s", name=notice.record)
    else:
        words = gettext("There was a new deal that you do not see any more")
    return _signed(words, notice)


def _tasks(notice: Notice) -> str:
    if notice.count > 1:
        words = ngettext(
            "%(num)s task was given to you", "%(num)s tasks were given to you", notice.count
        )
    elif notice.record:
        words = gettext("You have a new task: %(name)s", name=notice.record)
    else:
        words = gettext("You were given a task that you do not see any more")
    return _signed(words, notice)


def _reminder(notice: Notice) -> str:
    if notice.record:
        return gettext("Reminder: %(name)s", name=notice.record)
    return gettext("A task was due that you do not see any more")


def _job_done(notice: Notice) -> str:
    return gettext("Done: %(title)s", title=_title(notice))


def _job_failed(notice: Notice) -> str:
    return gettext("Failed: %(title)s", title=_title(notice))


def _request(notice: Notice) -> str:
    if notice.record:
        return gettext("New request: %(name)s", name=notice.record)
    return gettext("There was a new request that you do not see any more")


def _request_of_mine(notice: Notice) -> str:
    if notice.record:
        return gettext("New request of your client: %(name)s", name=notice.record)
    return gettext("There was a new request that you do not see any more")


def _request_given(notice: Notice) -> str:
    if notice.record:
        return _signed(gettext("A request for you: %(name)s", name=notice.record), notice)
    return _signed(gettext("You were given a request that you do not see any more"), notice)


def _requests_page(_notice: Notice) -> str:
    from flask import url_for

    return url_for("RequestsView.index")


def _title(notice: Notice) -> str:
    code = str(notice.values.get("job", ""))
    return str(catalog.job_titles().get(code, code))


def _signed(words: str, notice: Notice) -> str:
    return f"{words} ({notice.by})" if notice.by else words


KINDS = (
    NotificationKind(code=notices.REMINDER, title=_("Reminders of my tasks"), text=_reminder,
                     icon="fa-clock"),
    NotificationKind(code=notices.CLIENTS, title=_("Somebody gives me a client"), text=_clients,
                     icon="fa-building"),
    NotificationKind(code=notices.DEALS, title=_("Somebody opens a deal with my client"),
                     text=_deals, icon="fa-briefcase"),
    NotificationKind(code=notices.TASKS, title=_("Somebody gives me a task"), text=_tasks,
                     icon="fa-list-check"),
    NotificationKind(code=intake.NEW, title=_("A request came that has no manager yet"),
                     text=_request, icon="fa-inbox", page=_requests_page),
    NotificationKind(code=intake_assigning.GIVEN, title=_("I am given a request from a site"),
                     text=_request_given, icon="fa-inbox"),
    NotificationKind(code=intake.OF_MINE, title=_("A client of mine sends a request"),
                     text=_request_of_mine, icon="fa-inbox"),
    NotificationKind(code=notices.JOB_DONE, title=_("My job is done"), text=_job_done,
                     icon="fa-circle-check"),
    NotificationKind(code=notices.JOB_FAILED, title=_("My job failed"), text=_job_failed,
                     icon="fa-triangle-exclamation"),
)  # fmt: skip
