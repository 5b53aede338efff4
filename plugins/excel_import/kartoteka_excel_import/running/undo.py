"""Take an import back: chunk by chunk, the last one first, with what became of each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kartoteka.api import (
    TakenBack,
    actor_of,
    as_system,
    gettext,
    now,
    take_back,
    written_by,
)
from kartoteka_excel_import.checking.batch import WRITTEN
from kartoteka_excel_import.models import ImportAccount, ImportRun
from kartoteka_excel_import.running.accounts import Account, account_of
from kartoteka_excel_import.running.undone import HOWS, LETTERS, as_kept
from kartoteka_excel_import.running.work import Work, run_of

#: Of several records of a row the worst outcome is that of the row.
_WORSE: Mapping[str, int] = {"reversed": 0, "kept": 1, "failed": 2}


def undo(work: Work, number: int) -> ImportRun:
    """Take back all that a run wrote and nobody worked on since; the last commit is the caller's.

    May be called again: what was kept or failed is tried once more.
    """
    session = work.session
    run = run_of(session, number)
    code = run.batch or ""
    total, was = run.rows_done, run.undone or {}
    before: int | None = was.get("before")
    counts = Counter(was.get("counts", {})) if before is not None else Counter[str]()
    session.info["actor"] = actor_of(session).by("import", f"undo-{code}")
    done = sum(counts.values())
    while kept := _next(session, number, before):
        before, account, undone = kept
        found = _take_back(session, code, account, undone or {})
        counts.update(HOWS[letter] for letter in found["rows"] if letter in HOWS)
        with as_system(session, "the account of an import belongs to its run"):
            session.execute(
                update(ImportAccount).where(ImportAccount.id == before).values(undone=found)
            )
        run = run_of(session, number)
        run.undone = {"before": before, "counts": dict(counts)}
        done += len(account.numbers)
        work.checkpoint(before, done=min(done, total), total=total, words=gettext("Taking back"))
        session.expunge_all()
    run = run_of(session, number)
    run.undone = {"counts": dict(counts)}
    run.state, run.finished_at, run.error = "undone", now(), None
    session.flush()
    return run


def _next(
    session: Session, number: int, before: int | None
) -> tuple[int, Account, dict[str, Any] | None] | None:
    """Return the last chunk before another one, with what became of it before."""
    wanted = select(ImportAccount.id, ImportAccount.rows, ImportAccount.undone).where(
        ImportAccount.run_id == number
    )
    if before is not None:
        wanted = wanted.where(ImportAccount.id < before)
    row = session.execute(wanted.order_by(ImportAccount.id.desc()).limit(1)).first()
    return None if row is None else (row[0], account_of(row[1]), row[2])


def _take_back(
    session: Session, code: str, account: Account, undone: Mapping[str, Any]
) -> dict[str, Any]:
    """Take back what one chunk wrote; return the outcome of its rows as it is kept.

    What went before is let alone: another record may have its number now.
    """
    rows_of = account.rows_of()
    before = undone.get("rows", "")
    gone = {place for place, letter in enumerate(before) if letter == LETTERS["reversed"]}
    worst: dict[int, TakenBack] = {}

    def tell(one: TakenBack) -> None:
        for place in rows_of.get((one.entity, one.record_id), ()):
            known = worst.get(place)
            if known is None or _WORSE[one.how] > _WORSE[known.how]:
                worst[place] = one

    changes = written_by(session, code, account.until + 1, 0, after=account.since)
    if gone:
        rest = {key for key, places in rows_of.items() if not places <= gone}
        changes = [one for one in changes if (one.entity, one.record_id) in rest]
    take_back(session, changes, keep_whole=True, tell=tell)
    letters = [LETTERS["reversed"] if one in WRITTEN else "-" for one in account.verdicts]
    why: dict[str, Any] = {}
    for place, one in worst.items():
        letters[place] = LETTERS[one.how]
        if one.how != "reversed":
            why[str(place)] = as_kept(one)
    return {"rows": "".join(letters), "why": why}


__all__ = ["undo"]
