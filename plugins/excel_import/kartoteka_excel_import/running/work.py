"""Import a list chunk by chunk: rows, their account and the place where the next begins together.

A chunk is checked in a session that only reads, so that nobody waits for it, and sees the base as
it was before the first row: what earlier rows brought the checker knows by itself. It is written in
parts that take a second or two. Each part is one transaction with its account and with `rows_done`
of the run. A worker that dies leaves the run at the end of its last part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Reading,
    Rejected,
    actor_of,
    as_system,
    collector_waits,
    gettext,
    now,
    registry_of,
)
from kartoteka_excel_import.checking.batch import Batch
from kartoteka_excel_import.checking.check import Checker
from kartoteka_excel_import.mapping.plan import Plan, plan_of
from kartoteka_excel_import.models import ImportAccount, ImportProblem, ImportRun
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.shapes import Chunk
from kartoteka_excel_import.reading.table import Begun, open_table
from kartoteka_excel_import.running.accounts import accounts
from kartoteka_excel_import.running.decisions import decisions_of
from kartoteka_excel_import.running.kept_cells import kept_row
from kartoteka_excel_import.running.places import Places
from kartoteka_excel_import.running.writing import Writer, Written

#: Rows of one transaction.
ROWS = 5000
_COUNTERS: Mapping[str, str] = {
    "create": "created", "update": "updated", "unchanged": "unchanged", "duplicate": "duplicate",
    "possible": "possible", "rejected": "rejected",
}  # fmt: skip
_WHY = "the account of an import belongs to its run"


class Work(Protocol):
    """What the work needs of a `JobContext`; a command without a worker brings its own."""

    @property
    def session(self) -> Session:
        """The session that writes."""
        ...

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session that only reads."""
        ...

    def checkpoint(
        self, position: Any = None, *, done: int | None = None, total: int | None = None,
        words: str = "",
    ) -> None:  # fmt: skip
        """Commit what was done with the place where the next part begins."""
        ...

    def progress(self, done: int, total: int | None = None, words: str = "") -> None:
        """Say how far the work is."""
        ...


def run_of(session: Session, number: int) -> ImportRun:
    """Return a run the person sees.

    Raises:
        Rejected: there is none.
    """
    run = session.get(ImportRun, number) if 0 < number < 2**31 else None
    if run is None:
        raise Rejected(gettext("There is no such import, or you have no right to it."))
    return run


def import_rows(work: Work, number: int, path: Path, begun: Begun | None = None) -> ImportRun:
    """Import what is left of a list, and return its run; the last commit is the caller's.

    Args:
        number: of the run; it has a plan and its mark in the history.
        path: where the file lies.
        begun: the file as its plan reads it, when it is open already; whoever opened it closes it.

    Raises:
        Unreadable: the file can not be read on; what was imported before stays, with its account.
    """
    session = work.session
    run = run_of(session, number)
    plan, name, batch_code = plan_of(run.plan), run.file_name, run.batch or ""
    total = run.rows_total
    done = run.rows_done
    decisions = decisions_of(session, run)
    readers = readers_of(registry_of(session))
    session.info["actor"] = actor_of(session).by("import", batch_code)
    _read_phones_of(session, plan)
    writer = Writer(session, _places(session, run), _heads(plan), plan.owner_id)
    work.checkpoint(done, done=done, total=total, words=gettext("Reading the file"))
    with ExitStack() as stack:
        reading = stack.enter_context(work.reading())
        if begun is None:
            opened = open_table(path, name=name, wish=plan.wish, readers=readers)
            begun = Begun(table=stack.enter_context(opened), chunks=opened.chunks())
        _read_phones_of(reading, plan)
        checker = Checker(reading, begun.table.layout, plan, batch_code, decisions)
        for chunk in _left(begun.chunks, done):
            batch = checker.check(chunk)
            for first in range(0, len(batch), ROWS):
                last = min(first + ROWS, len(batch))
                done += last - first
                with collector_waits():
                    _write_part(session, number, writer, batch, first, last, done)
                    work.checkpoint(done, done=done, total=total, words=gettext("Importing"))
                    session.expunge_all()
        counts = begun.table.counts
    run = run_of(session, number)
    run.rows_total, run.blank, run.totals = counts.rows, counts.blank, counts.totals
    run.state, run.finished_at, run.error = "done", now(), None
    session.flush()
    return run


def _read_phones_of(session: Session, plan: Plan) -> None:
    """Let phones without a country code be those of the country of the list."""
    if plan.region:
        known: Reading = session.info.get("reading") or Reading()
        session.info["reading"] = replace(known, region=plan.region)


def _write_part(
    session: Session, number: int, writer: Writer, batch: Batch, first: int, last: int, done: int
) -> None:
    written = writer.write(batch, first, last)
    # Its version keeps two workers from writing one part.
    run = run_of(session, number)
    if run.rows_done != done - (last - first):
        raise Rejected(gettext("Somebody else imports this list at the same time."))
    run.rows_done = done
    for verdict, count in Counter(written.account.verdicts).items():
        counter = _COUNTERS[verdict]
        setattr(run, counter, getattr(run, counter) + count)
    run.left_out += len(_without_a_cell(written))
    session.flush()
    with as_system(session, _WHY):
        session.execute(
            insert(ImportAccount).values(
                run_id=number, first_row=written.account.numbers[0],
                last_row=written.account.numbers[-1], rows=written.account.as_json(),
            )
        )  # fmt: skip
        problems = list(_problems(number, batch, first, written))
        if problems:
            session.execute(insert(ImportProblem), problems)


def _problems(run_id: int, batch: Batch, first: int, written: Written) -> Iterator[dict[str, Any]]:
    """Yield what was wrong, with the cells of each row that was not written."""
    account, without = written.account, _without_a_cell(written)
    open_rows = {
        number: first + place
        for place, (number, verdict) in enumerate(
            zip(account.numbers, account.verdicts, strict=True)
        )
        if verdict in ("rejected", "possible") or number in without
    }
    for problem in written.problems:
        place = open_rows.pop(problem.row, None)
        yield {
            "run_id": run_id, "row": problem.row, "column": _plain(problem.column)[:255],
            "reason": _plain(problem.reason), "is_rejection": problem.is_rejection,
            "is_left_out": problem.is_left_out and problem.row in without,
            "cells": None if place is None else kept_row(batch.cells, place),
        }  # fmt: skip
    for number, place in open_rows.items():
        is_rejected = batch.verdicts[place] == "rejected"
        yield {
            "run_id": run_id, "row": number, "column": "", "is_rejection": is_rejected,
            "is_left_out": False,
            "reason": gettext("It was not imported.") if is_rejected
            else gettext("It is similar to a client that is there."),
            "cells": kept_row(batch.cells, place),
        }  # fmt: skip


def _without_a_cell(written: Written) -> set[int]:
    """Return the numbers of rows that were taken without a cell."""
    rows = {problem.row for problem in written.problems if problem.is_left_out}
    if not rows:
        return rows
    return {
        number
        for number, verdict in zip(written.account.numbers, written.account.verdicts, strict=True)
        if number in rows and verdict not in ("rejected", "possible")
    }


def _plain(text: str) -> str:
    """Return a text that any database keeps; sentences may quote what stands in the file."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def _left(chunks: Iterable[Chunk], done: int) -> Iterator[Chunk]:
    """Yield the rows behind those that are done."""
    for chunk in chunks:
        count = len(chunk.numbers)
        if done >= count:
            done -= count
            continue
        if done:
            rows = set(chunk.numbers[done:])
            chunk = Chunk(
                numbers=chunk.numbers[done:],
                columns=[column[done:] for column in chunk.columns],
                faults=tuple(fault for fault in chunk.faults if fault.row in rows),
            )
            done = 0
        yield chunk


def _places(session: Session, run: ImportRun) -> Places:
    """Return which records the rows brought that were written before."""
    places = Places()
    for account in accounts(session, run):
        for entity, pairs in account.made.items():
            places.keep(entity, ((account.numbers[place], made) for place, made in pairs))
    return places


def _heads(plan: Plan) -> dict[str, str]:
    return {column.target: column.head for column in plan.columns if column.target}


def problems_of(session: Session, run: ImportRun, most: int = 1000) -> list[ImportProblem]:
    """Return what was wrong in the rows of a run, in their order."""
    return list(
        session.scalars(
            select(ImportProblem)
            .where(ImportProblem.run_id == run.id)
            .order_by(ImportProblem.row, ImportProblem.id)
            .limit(most)
        )
    )


__all__ = ["ROWS", "Work", "import_rows", "problems_of", "run_of"]
