"""Each number of each report opens the very rows it counts, for whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from kartoteka.criteria import document
from kartoteka.reports import building
from kartoteka.reports.result import Cell, Head, Result, simple
from kartoteka.services import figures, selection
from kartoteka.services.filtering import Filter
from kartoteka.services.selection import Selection
from kartoteka.testing import Firm, statements
from tests.core.report_rows import fill

FURTHER = {
    "revenue": ("manager", "product"), "conversion": ("manager", "source", "product"),
    "new_clients": ("manager", "region"),
}  # fmt: skip


@pytest.fixture
def worked(firm: Firm) -> Firm:
    """A firm with a year of work."""
    with firm.session() as session:
        fill(firm, session)
    return firm


def built(session: Any) -> Iterator[Result]:
    """Yield every report, in all the ways its rows can be asked for."""
    for report in building.open_to(session):
        ways = [{}, *({"by": one} for one in FURTHER.get(report.code, ()))]
        ways += [{"manager": ""}] if report.code == "week" else []
        for sent in ways:
            yield building.build(building.asked(session, report.code, sent))


def cells(result: Result) -> Iterator[tuple[Head, Cell]]:
    for block in result.blocks:
        for line in [*block.lines, *([block.total] if block.total else [])]:
            yield from zip(block.heads, line.cells, strict=True)
        yield from block.tiles


@pytest.mark.parametrize("who", ["director", "curator1", "manager1"])
def test_a_number_opens_as_many_rows_as_it_says(worked: Firm, who: str) -> None:
    tried = 0
    with worked.session(who) as session:
        entities = worked.made.registry.entities
        known: dict[str, Any] = {}
        for result in built(session):
            for head, cell in cells(result):
                if cell.opens is None or cell.opens.criteria is None:
                    assert cell.opens is not None or head.kind != "number" or not cell.value
                    continue
                entity = entities[cell.opens.entity]
                tree = document.read(dict(cell.opens.criteria))
                key = f"{entity.code} {document.text_of(tree)}"
                if key not in known:
                    known[key] = selection.count(session, entity, Selection(criteria=tree))
                where = (result.code, head.code, key)
                if head.kind == "number":
                    assert known[key] == cell.value, where
                    tried += 1
                else:
                    assert known[key] > 0, where
                plain = simple(cell.opens.criteria)
                if plain is not None:
                    filters = [Filter(field=one.operand.code, op=one.op, value=one.value or "")
                               for one in plain]  # fmt: skip
                    opened = Selection(filters=filters)
                    assert selection.count(session, entity, opened) == known[key], where
    assert tried > 150


def test_a_sum_is_that_of_the_rows_it_opens(worked: Firm) -> None:
    with worked.session("curator1") as session:
        entity = worked.made.registry.entities["purchase"]
        result = building.build(building.asked(session, "revenue", {"by": "manager"}))
        assert result.blocks[0].total is not None
        for line in [*result.blocks[0].lines, result.blocks[0].total]:
            cell = line.cells[2]
            assert cell.opens is not None
            assert cell.opens.criteria is not None
            tree = document.read(dict(cell.opens.criteria))
            table = figures.reckon(session, entity, Selection(criteria=tree), ["amount"])
            listed = sum((found.sum for _code, found in table.whole.of("amount")), Decimal(0))
            assert sum(Decimal(amount) for _code, amount in cell.value) == listed


def test_a_report_takes_the_same_statements_for_any_number_of_rows(worked: Firm) -> None:
    def sent() -> dict[str, int]:
        counts: dict[str, int] = {}
        with worked.session("curator1") as session:
            for report in building.open_to(session):
                with statements(worked) as found:
                    building.build(building.asked(session, report.code, {}))
                counts[report.code] = len(found)
        return counts

    before = sent()
    with worked.session() as session:
        fill(worked, session, seed=2)
    assert sent() == before
    assert max(before.values()) <= 12
    assert sum(before.values()) <= 85, before
