"""Check the reports that plugins declare."""

from __future__ import annotations

from collections.abc import Collection

from kartoteka.criteria.periods import PERIODS
from kartoteka.errors import PluginError
from kartoteka.hooks.contributions.reports import Report

#: Named periods that are no words of criteria; `reports.periods` knows their days.
FURTHER = (
    "last_7_days", "last_30_days", "last_90_days", "last_12_months", "next_7_days",
    "next_30_days", "next_90_days",
)  # fmt: skip


def check_report(plugin: str, report: Report, groups: Collection[str]) -> None:
    """Refuse a report that no page could show as it is declared.

    Raises:
        PluginError: names the plugin and what to mend.
    """
    if report.group not in groups:
        raise PluginError(
            plugin,
            f"report {report.code!r} stands in the group {report.group!r}, which is no heading "
            f"of the menu. Choose one of: {', '.join(groups)}.",
        )
    if report.period and report.period not in PERIODS and report.period not in FURTHER:
        raise PluginError(
            plugin,
            f"report {report.code!r} has the period {report.period!r}. Choose one of: "
            f"{', '.join([*PERIODS, *FURTHER])}.",
        )
    taken = [one.code for one in report.parameters if one.code in ("period", "since", "until")]
    if taken:
        raise PluginError(
            plugin, f"report {report.code!r} has a parameter {taken[0]!r} of its own. Rename it."
        )


__all__ = ["check_report"]
