"""Reports: what sources yield, what is wanted, which contracts end, who owes us."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from kartoteka.access.scope import actor_of
from kartoteka.errors import NotAllowed
from kartoteka.i18n import _, gettext
from kartoteka.screens import rights
from kartoteka.screens.client_marks import client_marks
from kartoteka.screens.page_view import PageView, access, expose
from kartoteka.screens.requests import db
from kartoteka.screens.shown import sees, shown_in
from kartoteka.services import reports

#: Each report: address, title, what it answers, the entity whose rows it counts.
REPORTS = (
    ("sources", _("Yield of sources"), _("Which sources bring clients, deals and revenue."),
     "client"),
    ("services", _("Demand for services"), _("What is wanted most, and what never."), "product"),
    ("contracts", _("Contracts to renew"), _("What is over, and what ends within 90 days."),
     "contract"),
    ("debts", _("Debts"), _("Who owes us, and for how long."), "purchase"),
)  # fmt: skip


class ReportsView(PageView):
    """Reports over the rows the reader sees."""

    route_base = "/reports"
    title = _("Reports")

    @expose("/")
    @access("use")
    def index(self) -> ResponseReturnValue:
        """Show which reports there are."""
        open_to_me = [report for report in REPORTS if rights.may("list", report[3])]
        return self.render("kartoteka/reports/index.html", reports=open_to_me)

    @expose("/sources")
    @access("use")
    def sources(self) -> ResponseReturnValue:
        """Show what each source yields."""
        return self._report("sources", found=reports.source_yield(db()))

    @expose("/services")
    @access("use")
    def services(self) -> ResponseReturnValue:
        """Show how each product or service is wanted."""
        return self._report("services", rows=reports.services_wanted(db()))

    @expose("/contracts")
    @access("use")
    def contracts(self) -> ResponseReturnValue:
        """Show contracts that are over or soon end."""
        found = reports.contracts_due(db(), shown_in(db()).today)
        marks = client_marks(db(), {row.contract.client_id for row in found.rows})
        return self._report("contracts", found=found, marks=marks)

    @expose("/debts")
    @access("use")
    def debts(self) -> ResponseReturnValue:
        """Show purchases that are not paid in full."""
        if not sees(db(), "purchase", "debt"):
            raise NotAllowed(gettext("You have no right to this page."))
        found = reports.debts(db(), shown_in(db()).today)
        marks = client_marks(db(), {row.purchase.client_id for row in found.rows})
        return self._report("debts", found=found, marks=marks)

    def _report(self, code: str, **context: object) -> ResponseReturnValue:
        title, entity = next(
            (title, entity) for key, title, _text, entity in REPORTS if key == code
        )
        if not rights.may("list", entity):
            raise NotAllowed(gettext("You have no right to this page."))
        session = db()
        return self.render(
            f"kartoteka/reports/{code}.html",
            title=title,
            shown=shown_in(session),
            sees_all=actor_of(session).sees_all,
            sees_revenue=rights.may("list", "purchase") and sees(session, "purchase", "amount"),
            sees_deals=rights.may("list", "deal"),
            **context,
        )


__all__ = ["ReportsView"]
