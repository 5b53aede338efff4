"""A report that is declared once is on its page, in files, in REST and on the command line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from kartoteka.api import (
    Chart,
    Client,
    Figure,
    Grid,
    PluginInfo,
    Report,
    ReportAsk,
    Rows,
    StartedJob,
    field_is,
    hookimpl,
)
from kartoteka.errors import PluginError
from kartoteka.fields.field import fields_of
from kartoteka.reports import building
from kartoteka.testing import Firm
from tests.core.long_work import work
from tests.core.report_rows import fill

MakeFirm = Callable[..., Firm]


def sizes(ask: ReportAsk) -> Sequence[Grid]:
    columns = [
        Figure(code="clients", title="Clients of a size", entity="client", by="size_class"),
        Figure(code="bought", title="Bought", entity="client", by="size_class", how="sum",
               of="purchase_total", where=[field_is("purchase_count", "gt", 0)]),
    ]  # fmt: skip
    rows = Rows(title="Size", codes=[("A", "Large"), ("B", "Middle"), ("C", "Small")])
    return [Grid(rows=rows, columns=columns, chart=Chart(of=("clients",)))]


def plugin(**more: Any) -> Any:
    """Return a plugin that brings one report."""
    made: dict[str, Any] = {"code": "shop_sizes", "title": "Sizes", "about": "How large they are.",
                            "entity": "client", "group": "clients", "tables": sizes}  # fmt: skip

    def reports() -> list[Report]:
        return [Report(**(made | more))]

    info = PluginInfo(name="shop", title="Shop", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(PLUGIN=info, reports=hookimpl(reports))


def sized(firm: Firm) -> None:
    with firm.session() as session:
        for index, size in enumerate("AABCCC"):
            owner = firm.users["manager1" if index % 2 else "manager2"]
            session.add(Client(name=f"{size}{index}", owner_id=owner, size_class=size))
        session.commit()


def test_the_report_of_a_plugin_is_everywhere(make: MakeFirm, tmp_path: Path) -> None:
    firm = make(plugin())
    sized(firm)
    browser = firm.browser("director")
    assert "How large they are." in browser.get("/reports/").text
    page = browser.get("/reports/shop_sizes").text
    assert "<svg" in page
    assert "Clients of a size" in page
    link = re.search(r'href="(/client/list/\?[^"]+)">3</a>', page)
    assert link is not None
    listed = browser.get(link[1].replace("&amp;", "&")).text
    assert {name for name in ("A0", "B2", "C3", "C4", "C5") if name in listed} == {"C3", "C4", "C5"}
    found = firm.program("manager1").get("/api/v1/reports/shop_sizes").get_json()
    rows = {row["code"]: row["cells"]["clients"]["value"] for row in found["tables"][0]["rows"]}
    assert rows == {"A": 1, "B": 0, "C": 2}
    assert found["tables"][0]["total"]["cells"]["clients"]["value"] == 3
    codes = [one["code"] for one in firm.program("manager1").get("/api/v1/reports/").json["result"]]
    assert "shop_sizes" in codes


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"group": "nowhere"}, "no heading"), ({"code": "sizes"}, "must start with"),
     ({"period": "last_age"}, "period"), ({"entity": "nothing"}, "no entity")],
)  # fmt: skip
def test_a_report_that_can_not_be_shown_is_refused(
    make: MakeFirm, dialect: str, wrong: dict[str, str], said: str
) -> None:
    if dialect != "sqlite":
        pytest.skip("Nothing of it is in the database.")
    with pytest.raises(PluginError, match=said):
        make(plugin(**wrong))


def test_a_heavy_report_is_built_by_a_job_and_kept(make: MakeFirm) -> None:
    firm = make(plugin(heavy_from=1))
    sized(firm)
    browser = firm.browser("director")
    page = browser.get("/reports/shop_sizes").text
    assert "counted in the background" in page
    assert "<svg" not in page
    assert browser.post("/reports/shop_sizes/build").status_code == 302
    assert "/job/live" in browser.get("/reports/shop_sizes").text
    browser.post("/reports/shop_sizes/build")
    firm.browser("curator2").post("/reports/shop_sizes/build")
    with firm.session() as session:
        askers = session.scalars(select(StartedJob.asked_by_id).order_by(StartedJob.id)).all()
    assert askers == [firm.users["director"], firm.users["curator2"]]
    work(firm)
    page = browser.get("/reports/shop_sizes").text
    assert "As of" in page
    assert "<svg" in page
    assert ">3</a>" in page
    # The rows of one manager are few: they are counted at once.
    assert "As of" not in firm.browser("manager1").get("/reports/shop_sizes").text
    # Others do not get what was built for the director.
    assert "As of" not in firm.browser("curator1").get("/reports/shop_sizes").text


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_report_becomes_a_file(firm: Firm, form: str) -> None:
    with firm.session() as session:
        fill(firm, session)
    browser = firm.browser("director")
    answer = browser.post("/reports/revenue/export", data={"by": "manager", "format": form})
    work(firm)
    number = answer.location.rstrip("/").rpartition("/")[2]
    file = browser.get(f"/job/result/{number}")
    assert file.status_code == 200
    with firm.session("director") as session:
        result = building.build(building.asked(session, "revenue", {"by": "manager"}))
    rows = table(file.data, form)
    assert [row[0] for row in rows[1:]] == [
        line.cells[0].value for line in [*result.blocks[0].lines, result.blocks[0].total] if line
    ]
    assert {"Revenue, RUB", "Revenue, EUR"} <= set(rows[0])
    assert [int(row[1]) for row in rows[1:]] == [
        line.cells[1].value for line in [*result.blocks[0].lines, result.blocks[0].total] if line
    ]


def table(data: bytes, form: str) -> list[list[Any]]:
    if form == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    sheet: Any = load_workbook(io.BytesIO(data)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_a_hidden_field_hides_its_columns(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    with firm.session() as session:
        fill(firm, session)
    fields = firm.made.registry._fields["purchase"]  # pyright: ignore[reportPrivateUsage]
    hidden = {**fields, "amount": replace(fields["amount"], hidden_from=("manager",))}
    monkeypatch.setitem(firm.made.registry._fields, "purchase", hidden)  # pyright: ignore[reportPrivateUsage]
    with firm.session("manager1") as session:
        result = building.build(building.asked(session, "revenue", {}))
        codes = [head.code for head in result.blocks[0].heads]
        assert codes == ["row", "purchases", "margin"]
    with firm.session("director") as session:
        result = building.build(building.asked(session, "revenue", {}))
        assert "revenue" in [head.code for head in result.blocks[0].heads]
    assert "amount" in fields_of(firm.made.registry.entities["purchase"].model)


def test_what_can_not_be_asked_gets_a_sentence(firm: Firm) -> None:
    browser, program = firm.browser("manager1"), firm.program("manager1")
    for address, said in (
        ("?since=2026-02-30&until=2026-03-01", "not a date"),
        ("?since=2026-03-02&until=2026-03-01", "before the first"),
        ("?period=never", "no period"),
        ("?since=2000-01-01&until=2026-01-01", "too long"),
        ("?manager=nobody", "number"),
        ("?manager=99999999999999999999", "from the list"),
    ):
        answer = browser.get(f"/reports/week{address}")
        assert (answer.status_code, said in answer.text) == (400, True), address
        told = program.get(f"/api/v1/reports/week{address}")
        assert (told.status_code, said in json.dumps(told.get_json())) == (400, True), address
    assert program.get("/api/v1/reports/stages?pipeline=").status_code == 200
    assert program.get("/api/v1/reports/nothing").status_code == 404
    assert browser.get("/reports/nothing").status_code == 403


def test_an_empty_base_says_what_to_do(firm: Firm) -> None:
    browser = firm.browser("director")
    for report in firm.made.registry.reports.values():
        page = browser.get(f"/reports/{report.code}")
        assert page.status_code == 200, report.code
        assert 'class="empty"' in page.text or "<tbody>" in page.text, report.code
