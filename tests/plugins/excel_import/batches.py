"""Batches of checked rows as the tests of writing make them by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from kartoteka.api import actor_of, as_system
from kartoteka_excel_import.checking.batch import Batch, Part, Problem, Verdict
from kartoteka_excel_import.mapping.plan import Plan, PlannedColumn
from kartoteka_excel_import.models import ImportAccount, ImportRun
from kartoteka_excel_import.running.places import Places
from kartoteka_excel_import.running.writing import Writer, Written

HEADS = {"client.name": "Фирма", "client.phone": "Телефон", "contact.name": "ФИО"}
PLAN = Plan(
    columns=tuple(
        PlannedColumn(letter=letter, head=head, target=code)
        for letter, (code, head) in zip("ABC", HEADS.items(), strict=True)
    )
)
Row = Mapping[str, Mapping[str, Any] | None]


def part(entity: str, rows: Sequence[Mapping[str, Any] | None], **points: Sequence[str]) -> Part:
    """Return a part of as many rows; None where the row does not name it.

    A row may have the keys `id`, `same_as` and `changes` beside values; `points` gives a value of
    each row by kind.
    """
    special = {"id", "same_as", "changes"}
    names = dict.fromkeys(name for row in rows if row for name in row if name not in special)
    return Part(
        entity=entity,
        columns={name: [(row or {}).get(name) for row in rows] for name in names},
        points={
            kind: [((value, _key(kind, value)),) if value else () for value in values]
            for kind, values in points.items()
        },
        present=[row is not None for row in rows],
        record_ids=[(row or {}).get("id") for row in rows],
        same_as=[(row or {}).get("same_as") for row in rows],
        changes=[(row or {}).get("changes") for row in rows],
    )


def _key(kind: str, value: str) -> str:
    if kind != "phone":
        return value.lower()
    digits = "".join(filter(str.isdigit, value))
    return "+7" + digits[1:] if digits.startswith("8") else "+" + digits


def batch(
    *parts: Part, first: int = 2, verdicts: Sequence[Verdict] = (),
    problems: Sequence[Problem] = (), cells: Sequence[Sequence[Any]] = (),
) -> Batch:  # fmt: skip
    """Return a batch of rows that are all to be created, unless verdicts are given."""
    count = len(parts[0].present)
    return Batch(
        numbers=list(range(first, first + count)),
        parts={one.entity: one for one in parts},
        verdicts=list(verdicts) or ["create"] * count,
        problems=list(problems),
        cells=list(cells) or [[f"cell {n}" for n in range(count)]],
    )


def new_run(session: Session, **values: Any) -> ImportRun:
    """Return a run of the session's person that is being imported."""
    counts = dict.fromkeys(
        ("created", "updated", "unchanged", "duplicate", "possible", "rejected", "rows_done"), 0
    )
    usual = {
        "asked_by_id": actor_of(session).user_id, "file_name": "list.xlsx", "state": "running",
        "mode": "both", "plan": PLAN.as_json(), "batch": "import-test",
    }  # fmt: skip
    run = ImportRun(**{**usual, **counts, **values})
    session.add(run)
    session.flush()
    return run


def written(session: Session, some: Batch, places: Places | None = None) -> Written:
    """Write a batch by the way and with the batch code of the run, and keep its account."""
    before = session.info["actor"]
    run = session.query(ImportRun).order_by(ImportRun.id.desc()).first() or new_run(session)
    session.info["actor"] = actor_of(session).by("import", run.batch or "")
    writer = Writer(session, places or Places(), HEADS, None)
    found = writer.write(some, 0, len(some))
    with as_system(session, "a test keeps the account"):
        session.execute(
            insert(ImportAccount).values(
                run_id=run.id, first_row=some.numbers[0], last_row=some.numbers[-1],
                rows=found.account.as_json(),
            )
        )  # fmt: skip
    run.rows_done += len(some)
    run.state = "done"
    session.flush()
    session.info["actor"] = before
    return found
