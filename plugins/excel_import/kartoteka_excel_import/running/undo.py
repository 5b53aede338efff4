"""Take an import back: chunk by chunk, the last one first, with what became of each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kartoteka.api import (
    TakenBack,
    actor_of,
    as_system,
    gettext,
    labels,
    now,
    registry_of,
    take_back,
    written_by,
)
from kartoteka_excel_import.checking.batch import WRITTEN
from kartoteka_excel_import.models import ImportAccount, ImportRun
from kartoteka_excel_import.running.accounts import Account, account_of
from kartoteka_excel_import.running.work import Work, run_of

How = Literal["reversed", "kept", "failed"]
_LETTERS: Mapping[str, str] = {"reversed": "r", "kept": "k", "failed": "f"}
_HOWS: Mapping[str, How] = {"r": "reversed", "k": "kept", "f": "failed"}
#: Of several records of a row the worst outcome is that of the row.
_WORSE: Mapping[str, int] = {"reversed": 0, "kept": 1, "failed": 2}
_MOST_REASONS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoneRow:
    """What became of a row that was imported.

    Args:
        row: its number in the file.
        why: sentences; empty where all of it was reversed.
        by: who worked on it since.
    """

    row: int
    how: How
    why: str = ""
    by: str = ""


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
        counts.update(_HOWS[letter] for letter in found["rows"] if letter in _HOWS)
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


def undone_rows(session: Session, run: ImportRun) -> Iterator[UndoneRow]:
    """Yield what became of each row that was imported, in the order of the file."""
    after = 0
    while found := session.execute(
        select(ImportAccount.id, ImportAccount.rows, ImportAccount.undone)
        .where(ImportAccount.run_id == run.id, ImportAccount.id > after)
        .order_by(ImportAccount.id)
        .limit(100)
    ).all():
        after = found[-1][0]
        told = [(account_of(rows), undone) for _id, rows, undone in found if undone]
        people = {
            reason["by"] for _account, undone in told for reason in undone["why"].values()
        } - {None}
        names = labels(session, "ab_user", people)
        for account, undone in told:
            yield from _rows(session, account, undone, names)


def _rows(
    session: Session, account: Account, undone: Mapping[str, Any], names: Mapping[int, str]
) -> Iterator[UndoneRow]:
    for place, letter in enumerate(undone["rows"]):
        if letter in _HOWS:
            reason = undone["why"].get(str(place), {})
            yield UndoneRow(
                row=account.numbers[place], how=_HOWS[letter], by=names.get(reason.get("by"), ""),
                why=_words(session, reason),
            )  # fmt: skip


def _words(session: Session, reason: Mapping[str, Any]) -> str:
    """Say why, with the fields that somebody changed."""
    if not reason:
        return ""
    entity = registry_of(session).entities.get(reason["entity"])
    if entity is None:
        return str(reason["why"])
    fields = registry_of(session).fields(entity)
    titles = ", ".join(str(fields[name].title) for name in reason["fields"] if name in fields)
    what = f"{entity.title}: {titles}" if titles else str(entity.title)
    return f"{what}. {reason['why']}"


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
    gone = {place for place, letter in enumerate(before) if letter == _LETTERS["reversed"]}
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
    take_back(session, changes, tell=tell)
    letters = [_LETTERS["reversed"] if one in WRITTEN else "-" for one in account.verdicts]
    why: dict[str, Any] = {}
    for place, one in worst.items():
        letters[place] = _LETTERS[one.how]
        if one.how != "reversed":
            why[str(place)] = {
                "entity": one.entity, "why": one.why, "fields": list(one.fields), "by": one.by_id,
            }  # fmt: skip
    return {"rows": "".join(letters), "why": why}


__all__ = ["How", "UndoneRow", "undo", "undone_rows"]
