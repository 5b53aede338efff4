"""What came of an import: figures, the rows behind them with their records, the way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from babel.numbers import format_decimal
from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.api import Reading, gettext, labels, ngettext, registry_of
from kartoteka_excel_import.models import ImportAccount, ImportProblem, ImportRun
from kartoteka_excel_import.running.accounts import account_of
from kartoteka_excel_import.screens.tiles import VERDICTS, Tile, shown_first, tiles_of

ON_PAGE = 50
_ORDER = ("create", "update", "rejected", "possible", "duplicate", "unchanged")
#: Verdict: column of the run that counts its rows.
_COUNTS = {
    "create": "created", "update": "updated", "unchanged": "unchanged",
    "duplicate": "duplicate", "possible": "possible", "rejected": "rejected",
}  # fmt: skip
#: Records that are shown before those that hang on them.
_FIRST = ("client", "contact", "deal", "purchase")


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordLink:
    """A record that a row made or changed."""

    label: str
    address: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RowShown:
    """One row of the file and what became of it."""

    row: int
    links: Sequence[RecordLink]
    more: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultPage:
    """The result, ready for the template."""

    is_busy: bool
    sentence: str
    alert: str
    tiles: Sequence[Tile]
    title: Any
    records: Sequence[RowShown]
    problems: Sequence[ImportProblem]
    problems_total: int
    rejected: int
    may_undo: bool
    may_go_on: bool
    next: str
    previous: str


def result_page(session: Session, run: ImportRun, asked: Mapping[str, str]) -> ResultPage:
    """Return what became of an import, or that it is at work.

    Args:
        asked: `show`: a verdict; `after`: number of the row behind which the page begins.
    """
    reading: Reading = session.info.get("reading") or Reading()
    counts = {code: int(getattr(run, name)) for code, name in _COUNTS.items()}
    here = shown_first(counts, asked.get("show", ""), _ORDER)
    text = asked.get("after", "")
    after = int(text) if text.isdecimal() and len(text) < 10 else 0
    is_busy = run.state in {"running", "undoing"}
    rows = [] if is_busy else list(_rows(session, run, here, after))
    problems, total = ([], 0) if is_busy else _problems(session, run, here, after)

    def address(**more: Any) -> str:
        return url_for("ImportView.show", pk=run.id, _anchor="rows", **more)

    is_more = len(rows) > ON_PAGE or len(problems) < total
    last = max([*(row.row for row in rows[:ON_PAGE]), *(one.row for one in problems)], default=0)
    return ResultPage(
        is_busy=is_busy,
        sentence=_sentence(run, counts),
        alert="success" if run.state == "done" else "warning",
        tiles=tiles_of(
            counts, here, is_over=True, number=partial(format_decimal, locale=reading.babel),
            address=lambda code: address(show=code),
        ),
        title=VERDICTS[here][1],
        records=rows[:ON_PAGE],
        problems=problems,
        problems_total=total,
        rejected=counts["rejected"] + counts["possible"],
        may_undo=run.state in {"done", "failed", "cancelled"} and bool(run.created or run.updated),
        may_go_on=run.state in {"failed", "cancelled"},
        next=address(show=here, after=last) if is_more and last else "",
        previous=address(show=here) if after else "",
    )  # fmt: skip


def _sentence(run: ImportRun, counts: Mapping[str, int]) -> str:
    if run.state == "running":
        return gettext("The rows are being imported.")
    if run.state == "undoing":
        return gettext("The import is being undone.")
    written = counts["create"] + counts["update"]
    if run.state == "done":
        return ngettext(
            "The list is imported: %(num)s row was written.",
            "The list is imported: %(num)s rows were written.", written,
        )  # fmt: skip
    if run.state == "cancelled":
        return ngettext(
            "The import was cancelled. %(num)s row was written before.",
            "The import was cancelled. %(num)s rows were written before.", written,
        )  # fmt: skip
    return ngettext(
        "The import broke off. %(num)s row was written before.",
        "The import broke off. %(num)s rows were written before.", written,
    )  # fmt: skip


def _rows(session: Session, run: ImportRun, verdict: str, after: int) -> Iterator[RowShown]:
    """Yield the rows of a verdict behind a row, one more than a page holds."""
    wanted: list[tuple[int, list[tuple[str, int]]]] = []
    chunks = session.scalars(
        select(ImportAccount.rows)
        .where(ImportAccount.run_id == run.id, ImportAccount.last_row > after)
        .order_by(ImportAccount.first_row)
        .execution_options(yield_per=5)
    )
    for kept in chunks:
        account = account_of(kept)
        records: dict[int, list[tuple[str, int]]] = {}
        for entity, pairs in [*account.made.items(), *account.changed.items()]:
            for place, number in pairs:
                records.setdefault(place, []).append((entity, number))
        for place, (row, found) in enumerate(zip(account.numbers, account.verdicts, strict=True)):
            if found == verdict and row > after:
                wanted.append((row, records.get(place, [])))
        if len(wanted) > ON_PAGE:
            break
    chunks.close()
    if verdict in {"rejected", "possible"}:
        return
    wanted = wanted[: ON_PAGE + 1]
    names = _names(session, {key for _row, keys in wanted for key in keys})
    for row, keys in wanted:
        named = [key for key in sorted(set(keys), key=_place) if key in names]
        others = Counter(entity for entity, number in set(keys) if (entity, number) not in names)
        yield RowShown(
            row=row, links=[_link(session, key, names) for key in named],
            more=", ".join(_counted(session, entity, count) for entity, count in others.items()),
        )  # fmt: skip


def _place(key: tuple[str, int]) -> tuple[int, str, int]:
    entity, number = key
    return (_FIRST.index(entity) if entity in _FIRST else len(_FIRST), entity, number)


def _names(session: Session, keys: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return what records are called; one statement for each kind."""
    found: dict[tuple[str, int], str] = {}
    for entity in {entity for entity, _number in keys if entity in _FIRST}:
        numbers = {number for code, number in keys if code == entity}
        for number, label in labels(session, entity, numbers).items():
            found[entity, number] = label
    return found


def _link(
    session: Session, key: tuple[str, int], names: Mapping[tuple[str, int], str]
) -> RecordLink:
    entity, number = key
    return RecordLink(
        label=names[key], address=url_for(f"{entity}.show", pk=number),
        note=str(registry_of(session).entity(entity).title),
    )  # fmt: skip


def _counted(session: Session, entity: str, count: int) -> str:
    """Name records that have no page worth opening: phones, places of work, sources."""
    title = str(registry_of(session).entity(entity).title).lower()
    return title if count == 1 else f"{title} × {count}"


def _problems(
    session: Session, run: ImportRun, verdict: str, after: int
) -> tuple[list[ImportProblem], int]:
    """Return what was wrong in rows of a verdict, and how much there is in all behind a row."""
    if verdict not in {"rejected", "possible", "create"}:
        return [], 0
    wanted = [
        ImportProblem.run_id == run.id,
        ImportProblem.row > after,
        ImportProblem.is_rejection.is_(verdict != "create"),
    ]
    total = session.scalar(select(func.count(ImportProblem.id)).where(*wanted)) or 0
    shown = select(ImportProblem).where(*wanted).order_by(ImportProblem.row, ImportProblem.id)
    return list(session.scalars(shown.limit(ON_PAGE)).all()), total


__all__ = ["ResultPage", "result_page"]
