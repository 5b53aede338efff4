"""Say what came of a job in the language of whoever looks."""

from __future__ import annotations

import logging

from kartoteka.hooks.registry import Registry
from kartoteka.models.job import SENTENCE, StartedJob

log = logging.getLogger(__name__)


def result_words(registry: Registry, row: StartedJob) -> str:
    """Return the sentence of a job that is done.

    A job that says nothing about its values, or that a plugin brought which is gone, says what it
    said when it ended.
    """
    kept = row.result_words or ""
    job = registry.jobs.get(row.kind)
    if job is None or job.says is None or row.state != "done" or row.result is None:
        return kept
    try:
        return str(job.says(row.result))[:SENTENCE]
    except Exception:
        # Values of an older version of the plugin.
        log.warning("Job %s (%s) does not know its own result", row.id, row.kind, exc_info=True)
        return kept


__all__ = ["result_words"]
