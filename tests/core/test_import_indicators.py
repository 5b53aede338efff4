"""Tables of indicators: regions down, years across."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from kartoteka.api import (
    Indicator,
    IndicatorValue,
    NotAllowed,
    PluginInfo,
    Region,
    hookimpl,
)
from kartoteka.errors import Unreadable
from kartoteka.models.change import Change
from kartoteka.services.import_file import open_table
from kartoteka.services.import_indicators import IndicatorReport, import_indicator
from kartoteka.testing import Firm, statements

TABLE = 'Регион,2019,2020 г.\nг. Москва,19673.3,\nРеспублика Адыгея,"143,1",150.5\n'


def load(
    firm: Firm, folder: Path, text: str, indicator: str = "grp", who: str | None = None, **how: Any
) -> IndicatorReport:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    with firm.session(who, way="import") as session:
        if session.scalar(select(func.count()).select_from(Region)) == 0:
            session.add_all([Region(name="г Москва"), Region(name="Респ Адыгея")])
            session.flush()
        report = import_indicator(session, open_table(path), indicator, **how)
        session.commit()
    total = report.created + report.updated + report.unchanged + report.rejected
    assert total == report.rows_total
    return report


def test_values_are_written_with_their_source(firm: Firm, tmp_path: Path) -> None:
    report = load(firm, tmp_path, TABLE, about=[("source", "Росстат"), ("is_official", "yes")])
    assert (report.created, report.values_created, report.periods) == (2, 3, ["2019", "2020"])
    with firm.session() as session:
        rows = session.execute(
            select(Region.name, IndicatorValue.period, IndicatorValue.value)
            .join(IndicatorValue, IndicatorValue.region_id == Region.id)
            .where(IndicatorValue.source == "Росстат", IndicatorValue.is_official)
            .order_by(Region.name, IndicatorValue.period)
        ).all()
        changes = session.scalar(
            select(func.count()).where(Change.entity == "indicator_value", Change.way == "import")
        )
    assert [(r.name, r.period.year, r.value) for r in rows] == [
        ("Респ Адыгея", 2019, Decimal("143.1")),
        ("Респ Адыгея", 2020, Decimal("150.5")),
        ("г Москва", 2019, Decimal("19673.3")),
    ]
    assert changes == 3


def test_second_run_changes_nothing_and_a_new_figure_updates(firm: Firm, tmp_path: Path) -> None:
    load(firm, tmp_path, TABLE)
    assert load(firm, tmp_path, TABLE).values_unchanged == 3
    again = load(firm, tmp_path, TABLE.replace("150.5", "151"))
    assert (again.updated, again.unchanged, again.values_updated) == (1, 1, 1)


def test_region_that_is_not_there_and_a_bad_figure_are_named(firm: Firm, tmp_path: Path) -> None:
    report = load(
        firm, tmp_path,
        "Регион,2019,2020\nАтлантида,1,2\nг Москва,много,3\nАдыгея,…,5\nРесп. Адыгея,1,1\n",
    )  # fmt: skip
    assert (report.created, report.rejected, report.unmatched) == (1, 3, ["Атлантида"])
    assert [(p.row, p.column) for p in report.problems] == [
        (2, "Регион"), (3, "2019"), (5, "Регион"),
    ]  # fmt: skip
    with firm.session() as session:
        assert list(session.scalars(select(IndicatorValue.value))) == [Decimal(5)]


def test_statements_do_not_grow_with_regions(firm: Firm, tmp_path: Path) -> None:
    with firm.session() as session:
        session.add_all([Region(name=f"Край {n}") for n in range(200)])
        session.commit()

    def sent_for(indicator: str, count: int) -> int:
        lines = "".join(f"Край {n},1.5,2.5\n" for n in range(count))
        with statements(firm) as sent:
            assert load(firm, tmp_path, "Регион,2019,2020\n" + lines, indicator).created == count
        return len(sent)

    assert sent_for("unemployment", 200) <= sent_for("grp", 10) + 2


def test_unknown_indicator_is_refused_or_made(firm: Firm, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"no indicator 'forests'.*grp"):
        load(firm, tmp_path, TABLE, "forests")
    values = [("title", "Forests"), ("section", "economy"), ("unit", "%")]
    assert load(firm, tmp_path, TABLE, "forests", values=values).values_created == 3
    with firm.session() as session:
        assert session.scalar(select(Indicator.title).where(Indicator.code == "forests"))


def test_table_without_years_is_refused(firm: Firm, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no column whose header is a year"):
        load(firm, tmp_path, "Регион,Всего\nМосква,1\n")
    with pytest.raises(Unreadable, match="no column 'Край'"):
        load(firm, tmp_path, TABLE, region_column="Край")


def test_managers_do_not_write_indicators(firm: Firm, tmp_path: Path) -> None:
    load(firm, tmp_path, TABLE)
    with pytest.raises(NotAllowed):
        load(firm, tmp_path, TABLE, who="manager1")


def test_row_at_which_a_plugin_fails_is_rejected_and_the_others_are_written(
    make: Any, tmp_path: Path
) -> None:
    def before_save(session: Any, change: Any) -> None:
        if change.entity == "indicator_value" and change.record.value == 13:
            raise KeyError("colour")

    info = PluginInfo(name="clumsy", title="Clumsy", version="1", requires_core=">=0.1,<1")
    firm = make(SimpleNamespace(PLUGIN=info, before_save=hookimpl(before_save)))
    report = load(firm, tmp_path, "Регион,2019,2020\nг. Москва,1,2\nРеспублика Адыгея,3,13\n")
    assert (report.created, report.values_created) == (1, 2)
    assert [(problem.row, "'clumsy'" in problem.reason) for problem in report.problems] == [
        (3, True)
    ]
    again = load(firm, tmp_path, "Регион,2019,2020\nг. Москва,13,5\nРеспублика Адыгея,3,\n")
    assert (again.created, again.values_updated, again.values_created) == (1, 0, 1)
    assert [problem.row for problem in again.problems] == [2]
    with firm.session() as session:
        values = sorted(session.scalars(select(IndicatorValue.value)))
    assert values == [1, 2, 3]
