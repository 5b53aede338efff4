"""Long work: a job, what it is started with, what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.orm import Session

from kartoteka.i18n import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class JobArgument:
    """One value a job is started with: a key of its JSON object, checked before it is kept.

    Args:
        kind: str, int, float, bool, list or dict.
        choices: the values that are possible; empty for any.
    """

    name: str
    kind: type[Any] = str
    default: Any = None
    required: bool = False
    choices: Sequence[Any] = ()
    help: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Long work that runs in a worker and is shown with its progress on the screen of jobs.

    Args:
        code: stable code; a plugin's starts with `<plugin>.`.
        run: does the work; gets a `JobContext`, returns a sentence, a `JobResult` or None.
        arguments: what it is started with; anything else is refused.
        check: raises `Invalid` or `Rejected` when the values do not fit together.
        at_most_one: how many may wait or run at once: any number (empty), one in all
            (`firm`), one for each person (`person`), one with the same values (`arguments`).
        schedule: five words of cron in the time zone of the firm (`30 3 * * *`); empty for none.
        due: asked before its schedule starts it: False leaves no trace. For schedules of minutes;
            it gets a session of the system and should cost one statement.
        roles: who may start it on screen and by REST; the system and Admin always may.
        permission: code of a `Permission` that whoever starts it must hold too; empty for none.
        as_system: works with all rows whoever asked; otherwise with the rights of who asked.
        says: makes the sentence of its result from `JobResult.data`, each time somebody looks, in
            the language of that person; without it everybody reads `JobResult.words`.
    """

    code: str
    title: Text
    run: Callable[[Any], Any]
    arguments: Sequence[JobArgument] = ()
    check: Callable[[Session, Mapping[str, Any]], None] | None = None
    at_most_one: Literal["", "firm", "person", "arguments"] = ""
    schedule: str = ""
    due: Callable[[Session], bool] | None = None
    roles: Sequence[str] = ()
    permission: str = ""
    as_system: bool = False
    says: Callable[[Mapping[str, Any]], str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class JobResult:
    """What came of a job: a sentence for people, values for programs, a file to download.

    Without `words` the sentence is what `Job.says` makes of `data`.
    `file` is a path that `JobContext.file` gave.
    """

    words: str = ""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    file: Path | None = None
