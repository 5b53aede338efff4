"""Lists are exported from their page and from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from flask_appbuilder.security.sqla import models as fab
from openpyxl import load_workbook
from sqlalchemy import func, select

from kartoteka.api import (
    Client,
    Invalid,
    NotAllowed,
    PluginInfo,
    Segment,
    StartedJob,
    field_is,
    hookimpl,
    start_job,
)
from kartoteka.cli.context import Installation
from kartoteka.cli.exporting import export
from kartoteka.errors import Unreadable
from kartoteka.jobs.executor import Executor
from kartoteka.models import SavedView
from kartoteka.services import views
from kartoteka.services.views import Sharing, Wish
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


def test_a_view_with_the_longest_criteria_is_exported_as_it_is_listed(firm: Firm) -> None:
    add(firm, "Альфа", "Бета")
    names = [f"{number:05}{'ю' * 40}" for number in range(1999)]
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        wish = Wish(criteria=field_is("name", "in", ["Альфа", *names]))
        number = views.create(session, entity, "Many", wish).id
        session.commit()
    browser = firm.browser("manager1")

    page = browser.get(f"/client/list/?view={number}")
    assert page.status_code == 200
    assert "Альфа" in page.text
    answer = browser.post(f"/client/export?view={number}", data={"format": "csv"})
    assert answer.status_code == 302, answer.text
    Executor(firm.app, "test", LEASE).work()
    job = int(answer.location.rsplit("/", 1)[1])
    assert "1 row of" in browser.get(f"/job/show/{job}").text
    rows = browser.get(f"/job/result/{job}").get_data().decode("utf-8-sig").splitlines()
    assert len(rows) == 2


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


def view(firm: Firm, who: str, name: str, shared: str = "nobody", **wish: Any) -> int:
    """Return the id of a view of the list of clients that a person keeps."""
    with firm.session(who) as session:
        made = views.create(session, firm.made.registry.entity("client"), name, Wish(**wish))
        views.describe(session, made, name=name, sharing=Sharing(shared_with=shared))
        session.commit()
        return made.id


def exported(firm: Firm, path: Path, *arguments: str) -> list[list[str]]:
    """Return the rows of a csv file that the command wrote."""
    done = command(firm, "clients", "-o", str(path), *arguments)
    assert done.exit_code == 0, done.output
    return list(csv.reader(path.read_text("utf-8-sig").splitlines()))


def test_a_view_is_exported_by_its_id_or_name(firm: Firm, tmp_path: Path) -> None:
    add(firm, "Альфа", "Альт", "Бета")
    add(firm, "Алый", who="manager3")
    tree = field_is("name", "starts", "Ал")
    number = view(firm, "manager1", "На А", criteria=tree, columns=("name",), order="-name",
                  search="аль")  # fmt: skip
    path = tmp_path / "a.csv"

    for said in (str(number), "На А"):
        rows = exported(firm, path, "--view", said, "--as", "manager1")
        assert [row[1:] for row in rows] == [["name"], ["Альфа"], ["Альт"]], said
    # What is said beside the view goes over it; the system has every view.
    rows = exported(firm, path, "--view", str(number), "--search", "ал", "--order", "name",
                    "--columns", "name,kind")  # fmt: skip
    assert [row[1] for row in rows] == ["name", "Алый", "Альт", "Альфа"]
    assert rows[0] == ["id", "name", "kind"]


def test_a_segment_of_a_plugin_is_exported_by_its_code_or_title(make: Any, tmp_path: Path) -> None:
    tree = field_is("name", "starts", "Ал")
    segment = Segment(code="acme_first", title="Names on A", entity="client", criteria=tree)
    info = PluginInfo(name="acme", title="Acme", version="1", requires_core=">=0.1,<1")
    plugin = SimpleNamespace(PLUGIN=info, segments=hookimpl(lambda: [segment]))
    firm = make(plugin)
    add(firm, "Альфа", "Бета")
    for said in ("acme_first", "names on a"):
        rows = exported(firm, tmp_path / "a.csv", "--view", said, "--as", "manager1")
        assert [row[1] for row in rows] == ["name", "Альфа"], said


def test_a_view_out_of_reach_broken_or_of_two_meanings_is_refused(
    firm: Firm, tmp_path: Path
) -> None:
    add(firm, "Альфа")
    number = view(firm, "manager1", "Mine")
    for who in ("manager1", "manager2"):
        view(firm, who, "Twice", shared="everybody")
    with firm.session() as session:
        broken = SavedView(
            entity="client", name="Broken", owner_id=firm.users["manager1"],
            shared_with="nobody", is_segment=False,
            criteria='{"version":1,"tree":{"fact":"tasting_score","op":"ge","value":5}}',
        )  # fmt: skip
        session.add(broken)
        session.commit()
    path = tmp_path / "a.csv"
    for arguments, error in (
        (["--view", "Nobody's", "--as", "manager1"], NotAllowed),
        (["--view", "Mine", "--as", "manager2"], NotAllowed),
        (["--view", str(number), "--as", "manager2"], NotAllowed),
        (["--view", "Twice", "--as", "manager3"], Invalid),
        (["--view", "Twice"], Invalid),
        (["--view", "Broken", "--as", "manager1"], Unreadable),
        (["--view", "Mine", "--criteria", "{}"], Unreadable),
    ):
        with pytest.raises(error):
            command(firm, "clients", "-o", str(path), *arguments)
        assert not path.exists()
    with pytest.raises(Invalid, match="another list"):
        command(firm, "deals", "-o", str(path), "--view", str(number))
    assert len(exported(firm, path, "--view", "Twice", "--as", "manager1")) == 2  # the own one


def take_the_right_to_export(firm: Firm, role: str) -> None:
    """Take from a role what staff may take from it on the page of roles."""
    with firm.session() as session:
        found = session.scalars(select(fab.Role).where(fab.Role.name == role)).one()
        found.permissions = [
            one for one in found.permissions
            if (one.permission.name, one.view_menu.name) != ("export", "Kartoteka")
        ]  # fmt: skip
        session.commit()


def test_who_may_not_export_does_not_by_any_way(firm: Firm, tmp_path: Path) -> None:
    add(firm, "Альфа")
    asked = {"kind": "core.export", "arguments": {"entity": "client", "format": "csv"}}
    assert firm.program("manager1").post("/api/v1/job/start", json=asked).status_code == 202
    take_the_right_to_export(firm, "manager")

    browser, program = firm.browser("manager1"), firm.program("manager1")
    assert "/client/export" not in browser.get("/client/list/").text
    assert browser.post("/client/export", data={"format": "csv"}).status_code == 403
    refused = program.post("/api/v1/job/start", json=asked)
    assert refused.status_code == 403
    assert "You have no right to start this" in refused.json["message"]
    with firm.session("manager1") as session, pytest.raises(NotAllowed):
        start_job(session, "core.export", {"entity": "client"})
    with pytest.raises(NotAllowed, match="no right to export"):
        command(firm, "clients", "-o", str(tmp_path / "a.csv"), "--as", "manager1")
    with firm.session() as session:
        assert session.scalar(select(func.count(StartedJob.id))) == 1
    for who in ("curator1", "director", "admin"):
        assert firm.program(who).post("/api/v1/job/start", json=asked).status_code == 202, who


def test_a_program_exports_what_its_person_sees(firm: Firm) -> None:
    add(firm, "Альфа", "Бета")
    add(firm, "Hidden", who="manager3")
    program = firm.program("manager1")
    asked = {"kind": "core.export", "arguments": {
        "entity": "client", "format": "csv", "columns": ["name"],
        "selection": {"filters": [["completeness", "ge", 0.5]], "order": "name"},
    }}  # fmt: skip
    wrong = program.post("/api/v1/job/start", json=asked)
    assert wrong.status_code == 422
    asked["arguments"]["selection"]["filters"] = [["name", "filled", ""]]  # pyright: ignore
    job = program.post("/api/v1/job/start", json=asked)
    assert (job.status_code, job.json["result"]["state"]) == (202, "waiting")
    Executor(firm.app, "test", LEASE).work()
    address = f"/api/v1/job/{job.json['id']}"
    assert program.get(address).json["result"]["state"] == "done"
    text = program.get(f"{address}/result").get_data().decode("utf-8-sig")
    assert [row[1] for row in csv.reader(text.splitlines())] == ["name", "Альфа", "Бета"]
    assert firm.program("manager3").get(f"{address}/result").status_code == 404


def test_a_program_is_told_why_a_job_does_not_start(firm: Firm) -> None:
    program = firm.program("manager1")
    for body, status in (
        ({}, 422), ({"kind": "no.such"}, 422), ({"kind": "core.export"}, 422),
        ({"kind": "core.export", "arguments": []}, 422),
        ({"kind": "core.export", "arguments": {"entity": "\0"}}, 422),
        ({"kind": "core.export", "arguments": {"entity": "client", "more": 1}}, 422),
        ({"kind": "core.export", "arguments": {"entity": "no_such"}}, 403),
        ({"kind": "core.check_totals"}, 403), ({"kind": "core.clean_jobs", "x": 1}, 422),
    ):  # fmt: skip
        assert program.post("/api/v1/job/start", json=body).status_code == status, body
    director = firm.program("director")
    assert director.post("/api/v1/job/start", json={"kind": "core.check_totals"}).status_code == 202
    again = director.post("/api/v1/job/start", json={"kind": "core.check_totals"})
    assert again.status_code == 422
    assert "waiting or running already" in again.json["message"]
