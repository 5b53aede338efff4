"""The reports of the core."""

from kartoteka.builtin.reports import clients, dates, money, sales, sources, stages, team

REPORTS = (
    *team.REPORTS, *sales.REPORTS, *stages.REPORTS, *money.REPORTS, *sources.REPORTS,
    *clients.REPORTS, *dates.REPORTS,
)  # fmt: skip

__all__ = ["REPORTS"]
