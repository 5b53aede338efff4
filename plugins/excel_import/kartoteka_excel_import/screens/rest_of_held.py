"""Decide about all the rest of the held rows: at once where they are few, else by a job."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from kartoteka.api import Rejected, gettext, ngettext
from kartoteka_excel_import.checking.deciding import choice_of
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running.rest import (
    decide_rest,
    demand_choice,
    open_rows,
    take_rest_back,
)
from kartoteka_excel_import.running.start import start_rest

#: More rows whose clients are to be looked up take longer than a page may.
FEW = 1_000


def done(session: Session, run: ImportRun, form: Mapping[str, str]) -> str:
    """Do what a sent form asks for; return what to say, empty when a job was started.

    Args:
        form: `choice`: for all that is open; `back`: the number of such a decision.

    Raises:
        NotAllowed, Rejected: as `decide_rest`; the form asks for nothing.
    """
    number = form.get("back", "")
    if number.isdecimal() and len(number) < 10:
        count = take_rest_back(session, run, int(number))
        return ngettext(
            "%(num)s row is open again.", "%(num)s rows are open again.", count
        )  # fmt: skip
    choice = choice_of(form.get("choice"))
    if choice is None:
        raise Rejected(gettext("Say what the rest of the rows is."))
    demand_choice(run, choice)
    if choice == "same" and open_rows(session, run) > FEW:
        start_rest(session, run, choice)
        return ""
    count = decide_rest(session, run, choice)
    return ngettext("%(num)s row is decided.", "%(num)s rows are decided.", count)


__all__ = ["FEW", "done"]
