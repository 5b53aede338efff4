"""The blocks of the home page, and those that pages fetch once they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.builtin.actions import HAND_OVER
from kartoteka.criteria.document import text_of
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Panel, RowStyle
from kartoteka.i18n import _
from kartoteka.services import (
    intake_assigning,
    my_day,
    records,
    reports,
    segments,
    tasks,
)

MOST_CALLS = MOST_CONTRACTS = MOST_REQUESTS = 10
#: Of tasks that are overdue, due today, and to come.
MOST_TASKS = (10, 20, 5)


def _tasks(session: Session, _record: Any) -> Mapping[str, Any]:
    from kartoteka.screens import rights

    shown = _shown(session)
    found = tasks.groups(session, now(), most=MOST_TASKS)
    listed = [task for group in (found.overdue, found.today, found.later) for task in group.tasks]
    clients = {task.client_id for task in listed if task.client_id is not None}
    return {
        "shown": shown, "overdue": found.overdue, "today": found.today, "later": found.later,
        "may_edit": rights.may("edit", "task"),
        "clients": records.labels(session, "client", clients), "marks": _marks(session, clients),
    }  # fmt: skip


def _deals(session: Session, _record: Any) -> Mapping[str, Any]:
    shown = _shown(session)
    return _waiting(session, shown, my_day.deals_to_move(session, now(), shown.today))


def _recheck(session: Session, _record: Any) -> Mapping[str, Any]:
    shown = _shown(session)
    return _waiting(session, shown, my_day.deals_to_recheck(session, now(), shown.today))


def _waiting(session: Session, shown: Any, found: my_day.WaitingDeals) -> Mapping[str, Any]:
    marks = _marks(session, {row.deal.client_id for row in found.rows})
    return {"shown": shown, "found": found, "marks": marks, "all": text_of(found.meant)}


def _contracts(session: Session, _record: Any) -> Mapping[str, Any]:
    shown = _shown(session)
    found = reports.contracts_due(session, shown.today)
    rows = [row for row in found.rows if row.when != "later"][:MOST_CONTRACTS]
    marks = _marks(session, {row.contract.client_id for row in rows})
    return {"shown": shown, "found": found, "rows": rows, "marks": marks}


def _new_clients(session: Session, _record: Any) -> Mapping[str, Any]:
    found = my_day.clients_without_manager(session)
    marks = _marks(session, {client.id for client in found.clients})
    return {"shown": _shown(session), "found": found, "marks": marks}


def _requests(session: Session, _record: Any) -> Mapping[str, Any]:
    found = intake_assigning.waiting(session, MOST_REQUESTS)
    marks = _marks(session, {one.client_id for one in found.rows})
    takers = intake_assigning.candidates(session, now()) if found.rows else []
    return {"shown": _shown(session), "found": found, "marks": marks, "takers": takers}


def _figures(session: Session, _record: Any) -> Mapping[str, Any]:
    from kartoteka.screens.home import figures_of

    return figures_of(session)


def _calls(session: Session, _record: Any) -> Mapping[str, Any]:
    from kartoteka.screens.norms_page import queue_of

    return queue_of(session, MOST_CALLS)


def _segments(session: Session, record: Any) -> Mapping[str, Any]:
    entity = records.registry_of(session).entity("client")
    return {"found": segments.of_record(session, entity, record.id)}


def _merges(session: Session, record: Any) -> Mapping[str, Any]:
    from kartoteka.merging.merge import merges_of
    from kartoteka.screens import rights

    entity, shown = records.registry_of(session).entity(record.__tablename__), _shown(session)
    found = merges_of(session, entity, record)
    people = records.labels(session, "ab_user", {one.user_id for one in found if one.user_id})
    return {
        "found": [(one, people.get(one.user_id or 0, ""), shown.moment(one.at)) for one in found],
        "may_undo": rights.may("edit", entity),
    }


def _revenue(session: Session, record: Any) -> Mapping[str, Any]:
    from kartoteka.screens.region_map import ours_seen
    from kartoteka.services.region_revenue import revenue_of

    shown = _shown(session)
    seen = "revenue" in ours_seen(session)
    return {
        "shown": shown, "seen": seen, "sees_all": actor_of(session).sees_all,
        "found": revenue_of(session, record.id, shown.today) if seen else (),
    }  # fmt: skip


def _marks(session: Session, client_ids: Collection[int]) -> Mapping[int, RowStyle]:
    from kartoteka.screens.client_marks import client_marks

    return client_marks(session, client_ids)


def _shown(session: Session) -> Any:
    from kartoteka.screens.shown import shown_in

    return shown_in(session)


PANELS = (
    Panel(code="day.figures", title=_("The day in figures"), place="home", weight=3,
          template="kartoteka/home/figures.html", data=_figures),
    Panel(code="revenue", title=_("Revenue of a year"), place="region", weight=1,
          template="kartoteka/region/revenue.html", data=_revenue, late=True),
    Panel(code="day.requests", title=_("New requests"), place="home", weight=5,
          template="kartoteka/home/requests.html", data=_requests, permission=HAND_OVER),
    Panel(code="day.tasks", title=_("Reminders and tasks"), place="home", weight=10,
          template="kartoteka/home/tasks.html", data=_tasks),
    Panel(code="day.calls", title=_("Call now, because …"), place="home", weight=15,
          template="kartoteka/norms/panel.html", data=_calls),
    Panel(code="segments", title=_("Belongs to segments"), place="client", weight=60,
          template="kartoteka/segments/panel.html", data=_segments, late=True),
    Panel(code="merges", title=_("Merged into this record"), place="client", weight=70,
          template="kartoteka/merge/panel.html", data=_merges, late=True),
    Panel(code="merges_of_contact", title=_("Merged into this record"), place="contact",
          weight=70, template="kartoteka/merge/panel.html", data=_merges, late=True),
    Panel(code="day.deals", title=_("Deals that wait"), place="home", weight=20,
          template="kartoteka/home/deals.html", data=_deals),
    Panel(code="day.recheck", title=_("Come back to them today"), place="home", weight=30,
          template="kartoteka/home/recheck.html", data=_recheck),
    Panel(code="day.clients", title=_("Clients without a manager"), place="home", weight=40,
          template="kartoteka/home/clients.html", data=_new_clients, permission=HAND_OVER),
    Panel(code="day.contracts", title=_("Contracts to renew"), place="home", weight=50,
          template="kartoteka/home/contracts.html", data=_contracts),
)  # fmt: skip
