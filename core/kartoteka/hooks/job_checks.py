"""Check the jobs that plugins declare."""

from __future__ import annotations

from collections.abc import Collection

from kartoteka.errors import PluginError
from kartoteka.hooks.contributions import Job
from kartoteka.services.cron import is_cron


def check_job(plugin: str, job: Job, roles: Collection[str]) -> None:
    """Refuse a job that could never start as it is declared.

    Raises:
        PluginError: names the plugin and what to mend.
    """
    if not job.code.startswith(f"{plugin}."):
        raise PluginError(plugin, f"job {job.code!r} must start with '{plugin}.'. Rename it.")
    if job.schedule and not is_cron(job.schedule):
        raise PluginError(
            plugin,
            f"job {job.code!r} has the schedule {job.schedule!r}, which is not five words of "
            "cron. Example: '30 3 * * *'.",
        )
    if job.schedule and not job.as_system:
        raise PluginError(
            plugin,
            f"job {job.code!r} has a schedule but nobody in whose name it runs. Give it "
            "as_system=True.",
        )
    if unknown := [role for role in job.roles if role not in roles]:
        raise PluginError(
            plugin,
            f"job {job.code!r} may be started by {unknown[0]!r}, which is no role. Choose one "
            f"of: {', '.join(roles)}.",
        )


__all__ = ["check_job"]
