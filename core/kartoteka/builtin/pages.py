"""The pages of the core that are made by hand, and their places in the navigation."""

from __future__ import annotations

from collections.abc import Sequence

from kartoteka.hooks.contributions import Link, View
from kartoteka.i18n import _

LINKS = (
    Link(code="my_day", title=_("My day"), href="/", menu="work", icon="fa-sun", weight=5),
    Link(code="board", title=_("Board"), href="/deal/board", menu="sales",
         icon="fa-table-columns", weight=11, entity="deal"),
    Link(code="region_map", title=_("Map of regions"), href="/region/map", menu="market",
         icon="fa-earth-europe", weight=11, entity="region"),
)  # fmt: skip


def views() -> Sequence[View]:
    """Return the pages; imported here, because screens need the finished application module."""
    from kartoteka.screens.account_page import AccountView
    from kartoteka.screens.bin_page import BinView
    from kartoteka.screens.client_page import ClientView
    from kartoteka.screens.contact_page import ContactView
    from kartoteka.screens.deal_page import DealView
    from kartoteka.screens.document_page import DocumentView
    from kartoteka.screens.duplicates_page import DuplicatesView
    from kartoteka.screens.handover_page import HandoverView
    from kartoteka.screens.intake_site_page import IntakeSiteView
    from kartoteka.screens.job_page import JobView
    from kartoteka.screens.likeness import PossibleDuplicatesView
    from kartoteka.screens.merge_page import MergeView
    from kartoteka.screens.norms_page import CallQueueView, NormsView
    from kartoteka.screens.notifications_page import NotificationsView
    from kartoteka.screens.personal_data_page import PersonalDataView
    from kartoteka.screens.region_page import RegionView
    from kartoteka.screens.reports_page import ReportsView
    from kartoteka.screens.requests_page import RequestsView
    from kartoteka.screens.segments_page import SegmentsView
    from kartoteka.screens.staff_page import StaffView
    from kartoteka.screens.stages_page import StagesView
    from kartoteka.screens.tasks_page import TasksView
    from kartoteka.screens.views_page import SavedViewView

    return (
        View(view=TasksView, title=_("My to-do"), menu="work", icon="fa-calendar-check", weight=10),
        View(view=RequestsView, title=_("New requests"), menu="work", icon="fa-inbox", weight=12,
             roles=("director", "curator")),
        View(view=IntakeSiteView, title=_("Web sites")),
        View(view=CallQueueView, title=_("Call now"), menu="work", icon="fa-phone", weight=15),
        View(view=SegmentsView, title=_("Segments"), menu="clients", icon="fa-users-viewfinder",
             weight=30),
        View(view=DuplicatesView, title=_("Duplicates"), menu="clients", icon="fa-clone",
             weight=40, roles=("director", "curator")),
        View(view=NormsView, title=_("Norms"), menu="work", icon="fa-gauge-high", weight=80,
             roles=("director", "curator")),
        View(view=ReportsView, title=_("Reports"), menu="sales", icon="fa-chart-column",
             weight=90),
        View(view=ClientView, title=_("Clients")),
        View(view=ContactView, title=_("Contacts")),
        View(view=DealView, title=_("Deals")),
        View(view=DocumentView, title=_("Documents")),
        View(view=JobView, title=_("Jobs")),
        View(view=RegionView, title=_("Regions")),
        View(view=HandoverView, title=_("Hand over"), roles=("director", "curator")),
        View(view=MergeView, title=_("Merge")),
        View(view=PersonalDataView, title=_("Personal data"), roles=("director",)),
        View(view=PossibleDuplicatesView, title=_("Possible duplicates")),
        View(view=StaffView, title=_("Staff"), menu="settings", icon="fa-users", weight=5,
             roles=("director",)),
        View(view=BinView, title=_("Bin"), menu="settings", icon="fa-trash-can", weight=95,
             roles=("director",)),
        View(view=StagesView, title=_("Stages"), menu="settings", icon="fa-bars-progress",
             weight=24, roles=("director",)),
        View(view=SavedViewView, title=_("Views")),
        View(view=NotificationsView, title=_("Notifications")),
        View(view=AccountView, title=_("My account")),
    )  # fmt: skip
