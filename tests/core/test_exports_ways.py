"""Lists are exported from their page and from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy import select

from kartoteka.api import Client
from kartoteka.cli.context import Installation
from kartoteka.cli.exporting import export
from kartoteka.jobs.executor import Executor
from kartoteka.testing import Firm
from tests.core.long_work import LEASE


def add(firm: Firm, *names: str, who: str = "manager1") -> None:
    with firm.session() as session:
        session.add_all(Client(name=name, owner_id=firm.users[who]) for name in names)
        session.commit()


def test_the_button_of_a_list_starts_a_job_and_leads_to_it(firm: Firm) -> None:
    add(firm, "Альфа", "Бета")
    add(firm, "Hidden", who="manager3")
    browser = firm.browser("manager1")
    page = browser.get("/client/list/?q=альф").get_data(as_text=True)
    assert "/client/export?q=" in page
    asked = browser.get("/client/export?q=альф").get_data(as_text=True)
    assert "1 row" in asked
    answer = browser.post("/client/export?q=альф", data={"format": "csv", "columns": "shown"})
    assert answer.status_code == 302
    Executor(firm.app, "test", LEASE).work()
    number = int(answer.location.rsplit("/", 1)[1])
    shown = browser.get(f"/job/show/{number}").get_data(as_text=True)
    assert f"/job/result/{number}" in shown
    text = browser.get(f"/job/result/{number}").get_data().decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert [row[1] for row in rows] == ["Name", "Альфа"]


def test_ticked_rows_are_exported_alone(firm: Firm) -> None:
    add(firm, "One", "Two")
    with firm.session() as session:
        number = session.scalar(select(Client.id).where(Client.name == "Two"))
    browser = firm.browser("manager1")
    assert "1 row" in browser.get(f"/client/export?ids={number}").get_data(as_text=True)
    answer = browser.post("/client/export", data={"ids": str(number), "format": "csv"})
    Executor(firm.app, "test", LEASE).work()
    job = answer.location.rsplit("/", 1)[1]
    assert b"One" not in browser.get(f"/job/result/{job}").get_data()


def test_an_export_nobody_can_read_is_refused_with_a_sentence(firm: Firm) -> None:
    browser = firm.browser("manager1")
    for address in ("?f=broken", "?f=no_such:eq:1"):
        assert browser.get(f"/client/export{address}").status_code == 400, address
        assert browser.post(f"/client/export{address}", data={}).status_code == 400, address
    for address, form in (("?sort=no_such", "csv"), ("", "exe")):
        answer = browser.post(f"/client/export{address}", data={"format": form})
        assert answer.status_code == 400


def command(firm: Firm, *arguments: str) -> Any:
    made = Installation(firm.made.config.folder)
    made.__dict__.update(config=firm.made.config, made=firm.made, app=firm.app)
    return CliRunner().invoke(export, list(arguments), obj=made, catch_exceptions=False)


def test_the_command_writes_a_file_with_the_rights_of_a_person(firm: Firm, tmp_path: Path) -> None:
    add(firm, "Альфа", "Бета")
    add(firm, "Hidden", who="manager3")
    tree = json.dumps({"version": 1, "tree": {"field": "name", "op": "starts", "value": "Аль"}})
    path = tmp_path / "clients.xlsx"
    done = command(firm, "clients", "--criteria", tree, "-o", str(path), "--as", "manager1")
    assert done.exit_code == 0, done.output
    rows = [[cell.value for cell in row] for row in load_workbook(path).worksheets[0].iter_rows()]
    assert [row[1] for row in rows] == ["name", "Альфа"]
    told = command(firm, "client", "-o", str(tmp_path / "all.csv"), "--json", "--columns", "name")
    assert json.loads(told.output)["rows"] == 3
    assert [one.name for one in sorted(tmp_path.iterdir()) if one.is_file()] >= ["all.csv"]
    assert not list(tmp_path.glob(".*.part"))
