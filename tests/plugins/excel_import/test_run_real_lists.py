"""Real lists: what the preview promised is what the import does; undone, all of it is gone."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kartoteka.api import (
    Activity,
    Client,
    ClientSource,
    Contact,
    ContactPoint,
    Deal,
    DmuMember,
    Employment,
    Purchase,
    registry_of,
)
from kartoteka.testing import Firm
from kartoteka_excel_import.checking.preview import preview
from kartoteka_excel_import.mapping.guess import guess
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.table import open_table
from kartoteka_excel_import.running.accounts import accounts
from kartoteka_excel_import.running.foreground import Foreground
from kartoteka_excel_import.running.rejected import write_rejected
from kartoteka_excel_import.running.start import begin, begin_undo
from kartoteka_excel_import.running.undo import undo
from kartoteka_excel_import.running.undone import undone_rows
from kartoteka_excel_import.running.uploads import keep, path_of
from kartoteka_excel_import.running.work import import_rows
from tests.plugins.excel_import.making import contents

LISTS = (
    "1c_kontragenty.csv", "atomic_crm_import_template.csv", "bg_sofia_police_offices.csv",
    "customers-100.csv", "leads-100.csv", "organizations-100.csv", "people-100.csv",
    "ru_moscow_libraries_10.csv",
)  # fmt: skip
ALL = (
    Client, Contact, Employment, ContactPoint, ClientSource, Deal, DmuMember, Purchase, Activity,
)  # fmt: skip


def planned(firm: Firm, path: Path) -> tuple[Plan, Counter[str]]:
    """Return how a list would be read, and what its preview promises."""
    with firm.session("manager1") as session:
        with open_table(path, readers=readers_of(registry_of(session))) as table:
            plan = guess(session, table.layout, list(islice(table.chunks(), 1)))
        with open_table(path, wish=plan.wish) as table:
            return plan, Counter[str](preview(session, table, plan).counts)


def imported(firm: Firm, path: Path, folder: Path, plan: Plan) -> int:
    with firm.session("manager1") as session:
        with path.open("rb") as source:
            run = keep(session, folder, path.name, source)
        run.plan = plan.as_json()
        begin(session, run)
        run.state = "running"
        run = import_rows(Foreground(session), run.id, path_of(folder, run))
        session.commit()
        return run.id


def counts(run: ImportRun) -> Counter[str]:
    found = {
        "create": run.created, "update": run.updated, "unchanged": run.unchanged,
        "duplicate": run.duplicate, "possible": run.possible, "rejected": run.rejected,
    }  # fmt: skip
    return +Counter(found)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_goes_in_as_promised_and_out_without_a_trace(
    lists: Firm, shared_data: Path, tmp_path: Path, name: str
) -> None:
    path = shared_data / "03-contact-lists" / name
    plan, promised = planned(lists, path)
    number = imported(lists, path, tmp_path / "imports", plan)
    with lists.session("manager1") as session:
        run = session.get_one(ImportRun, number)
        assert counts(run) == +promised
        assert run.rows_total == sum(promised.values()) > 0
        rows = [row for account in accounts(session, run) for row in account.numbers]
        assert len(rows) == len(set(rows)) == run.rows_total
        # What was not imported comes back with the heads of the list.
        back = tmp_path / "rejected.xlsx"
        assert write_rejected(session, run, back) == run.possible + run.rejected
        if run.possible + run.rejected:
            assert contents(back).heads[:-1] == [column.head for column in plan.columns]
    # A second time the same list brings nothing new.
    second = imported(lists, path, tmp_path / "imports", plan)
    with lists.session("manager1") as session:
        run = session.get_one(ImportRun, number)
        again = session.get_one(ImportRun, second)
        assert again.created == 0, counts(again)
        begin_undo(session, run)
        session.commit()
        run = undo(Foreground(session), number)
        session.commit()
        hows = Counter(one.how for one in undone_rows(session, run))
        assert +hows == +Counter({"reversed": promised["create"] + promised["update"]})
        assert [session.scalar(select(func.count(one.id))) for one in ALL] == [0] * len(ALL)
