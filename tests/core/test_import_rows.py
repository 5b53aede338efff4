"""Importing a file: every row is accounted for, taken whole or not at all, and written set-wise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from kartoteka.api import (
    Client,
    ClientSource,
    Contact,
    ContactPoint,
    Employment,
    NotAllowed,
    PluginInfo,
    RecordSaved,
    Region,
    Rejected,
    hookimpl,
)
from kartoteka.db.search import FEW
from kartoteka.errors import Unreadable
from kartoteka.history.log import changes_of
from kartoteka.models.change import Change
from kartoteka.services.import_file import open_table
from kartoteka.services.import_rows import Report
from kartoteka.services.importing import import_table
from kartoteka.services.listing import Query, fetch
from kartoteka.testing import Firm, statements

Pairs = Sequence[tuple[str, str]]
Load = Callable[..., Report]


@pytest.fixture
def load(firm: Firm, tmp_path: Path) -> Load:
    """Return a function that imports a text as a file and commits."""
    return loader(firm, tmp_path)


def loader(firm: Firm, folder: Path) -> Load:
    def run(text: str, entity: str = "client", who: str | None = None, **options: Any) -> Report:
        path = folder / "file.csv"
        path.write_text(text, encoding="utf-8")
        with firm.session(who, way="import") as session:
            session.info["actor"] = session.info["actor"].by("import", "batch-1")
            made = firm.made.registry.entity(entity)
            report = import_table(session, open_table(path), made, **options)
            session.commit()
        total = report.created + report.updated + report.unchanged + report.rejected
        assert total == report.rows_total
        return report

    return run


def reasons(report: Report) -> list[tuple[int, str]]:
    return [(problem.row, problem.column) for problem in report.problems]


def test_columns_are_known_by_their_header_and_others_are_named(firm: Firm, load: Load) -> None:
    report = load("Наименование;ИНН;Телефон;Цвет\nРомашка;7707083893;84951234567;красный\n")
    assert report.mapping == {"Наименование": "name", "ИНН": "tax_id", "Телефон": "phone"}
    assert report.ignored == ["Цвет"]
    with firm.session() as session:
        client = session.scalars(select(Client)).one()
        point = session.scalars(select(ContactPoint)).one()
    assert (client.name, client.tax_id) == ("Ромашка", "7707083893")
    assert (point.kind, point.value, point.normalised) == ("phone", "84951234567", "+74951234567")


def test_bad_row_is_rejected_whole_and_named_with_its_column(firm: Firm, load: Load) -> None:
    report = load(
        "Name,INN,Phone\n"
        "Good,7707083893,+74951234567\n"
        "Bad number,7707083894,+74951234568\n"
        "Bad phone,,not a phone\n"
        ",7707083893,\n"
    )
    assert (report.created, report.rejected) == (1, 3)
    assert reasons(report) == [(3, "INN"), (4, "Phone"), (5, "Name")]
    with firm.session() as session:
        assert list(session.scalars(select(Client.name))) == ["Good"]
        assert session.scalar(select(func.count()).select_from(ContactPoint)) == 1


def test_rows_of_wrong_width_are_rejected_and_blank_ones_left_out(load: Load) -> None:
    report = load("name,note\nA,1\n\nB\nC,1,2\nD,1,\n , \n")
    assert (report.rows_total, report.created, report.rejected) == (4, 2, 2)
    assert [problem.row for problem in report.problems] == [4, 5]


def test_second_run_with_the_same_key_changes_nothing(firm: Firm, load: Load) -> None:
    text = "No,Name,Phone\nA1,Alpha,+74951234567\nA2,Beta,+74951234568\n"
    columns = [("No", "external_id"), ("Name", "name"), ("Phone", "phone")]
    first = load(text, columns=columns, key=["external_id"])
    second = load(text, columns=columns, key=["external_id"])
    third = load(
        text.replace("Beta", "Gamma").replace("+74951234567", ""),
        columns=columns, key=["external_id"],
    )  # fmt: skip
    assert (first.created, second.unchanged, third.updated, third.unchanged) == (2, 2, 1, 1)
    with firm.session() as session:
        assert session.scalar(select(func.count()).select_from(ContactPoint)) == 2
        assert set(session.scalars(select(Client.name))) == {"Alpha", "Gamma"}


def test_clients_of_one_tax_number_are_never_merged(firm: Firm, load: Load) -> None:
    text = "Name,INN\nOne,7707083893\nTwo,7707083893\n"
    assert load(text).created == 2
    keyed = load(text, key=["tax_id"])
    assert (keyed.updated, keyed.rejected) == (0, 2)
    with firm.session() as session:
        assert set(session.scalars(select(Client.name))) == {"One", "Two"}


def test_empty_cell_does_not_empty_a_field(firm: Firm, load: Load) -> None:
    load("external_id,name,note\n1,Alpha,Kept\n", columns=_same("external_id", "name", "note"))
    report = load(
        "external_id,name,note\n1,Alpha,\n",
        columns=_same("external_id", "name", "note"), key=["external_id"],
    )  # fmt: skip
    assert report.unchanged == 1
    with firm.session() as session:
        assert session.scalar(select(Client.note)) == "Kept"


def test_imported_client_is_found_sorted_and_in_the_history(firm: Firm, load: Load) -> None:
    load("name,phone\nООО Ёлка,8 (495) 123-45-67\n", who="manager1")
    with firm.session("manager1") as session:
        entity = firm.made.registry.entity("client")
        for text in ("ёлка", "ЕЛКА", "123-45-67"):
            assert [c.name for c in fetch(session, entity, Query(search=text)).records] == [
                "ООО Ёлка"
            ]
        client = session.scalars(select(Client)).one()
        (change,) = changes_of(session, "client", client.id)
    assert (change.way, change.batch, change.user_id) == (
        "import", "batch-1", firm.users["manager1"],
    )  # fmt: skip
    assert (client.owner_id, client.department_id) == (
        firm.users["manager1"], firm.departments["North"],
    )  # fmt: skip


def test_managers_do_not_update_what_they_do_not_see(firm: Firm, load: Load) -> None:
    text = "external_id,name\n1,Alpha\n"
    load(text, who="manager1", columns=_same("external_id", "name"))
    report = load(
        text.replace("Alpha", "Stolen"),
        who="manager3", columns=_same("external_id", "name"), key=["external_id"],
    )  # fmt: skip
    assert report.created == 1
    with firm.session("manager1") as session:
        assert list(session.scalars(select(Client.name))) == ["Alpha"]


def test_managers_do_not_import_regions(load: Load) -> None:
    with pytest.raises(NotAllowed):
        load("name\nМосква\n", entity="region", who="manager1")


def test_constants_sources_and_regions_are_linked_by_name(firm: Firm, load: Load) -> None:
    load("name,iso_code\nг Москва,RU-MOW\nМосковская обл,RU-MOS\n", entity="region")
    report = load(
        "name,region,source\nA,Москва,Internet\nB,RU-MOS,internet\nC,Мордор,\nD,,Нет такого\n",
        values=[("kind", "organisation"), ("owner_id", "manager1")],
    )
    assert (report.created, reasons(report)) == (2, [(4, "region"), (5, "source")])
    with firm.session() as session:
        rows = session.execute(
            select(Client.name, Region.iso_code, Client.owner_id)
            .join(Region, Region.id == Client.region_id)
            .order_by(Client.name)
        ).all()
        assert session.scalar(select(func.count()).select_from(ClientSource)) == 2
    mine = firm.users["manager1"]
    assert [tuple(row) for row in rows] == [("A", "RU-MOW", mine), ("B", "RU-MOS", mine)]


def test_contacts_come_with_their_client_and_position(firm: Firm, load: Load) -> None:
    load("name\nРомашка\n")
    text = "ФИО,Клиент,Должность,E-mail\nИванова Анна,РОМАШКА,директор,Anna@Example.COM\n"
    report = load(text + "Петров,Лютик,,\n", entity="contact")
    assert (report.created, reasons(report)) == (1, [(3, "Клиент")])
    assert load(text, entity="contact", key=["name"]).unchanged == 1
    with firm.session() as session:
        contact = session.scalars(select(Contact)).one()
        job = session.scalars(select(Employment)).one()
        point = session.scalars(select(ContactPoint)).one()
    assert (job.contact_id, job.position) == (contact.id, "директор")
    assert point.normalised == "Anna@example.com"


def test_regions_find_their_parent_further_down_in_the_file(firm: Firm, load: Load) -> None:
    report = load(
        "name,parent,kind\nХимки,Московская область,settlement\nМосковская область,,region\n"
        "Атлантида,Посейдония,region\n",
        entity="region",
        columns=[("name", "name"), ("parent", "parent_id"), ("kind", "kind")],
    )
    assert (report.created, reasons(report)) == (2, [(4, "parent")])
    with firm.session() as session:
        tree = {r.name: r.parent_id for r in session.scalars(select(Region))}
        oblast = session.scalar(select(Region.id).where(Region.name == "Московская область"))
    assert tree["Химки"] == oblast


def test_value_that_must_be_unique_is_refused_in_file_and_base(load: Load) -> None:
    assert load("name,iso_code\nA,RU-1\nB,RU-1\n", entity="region").rejected == 1
    report = load("name,iso_code\nC,RU-1\nD,RU-2\n", entity="region")
    assert (report.created, reasons(report)) == (1, [(2, "iso_code")])


def refusing_plugin(heard: list[tuple[str, int]]) -> Any:
    """A plugin that refuses some clients and hears of the others."""

    def before_save(session: Any, change: Any) -> None:
        if change.entity == "client" and "forbidden" in change.record.name:
            raise Rejected("This firm is on our black list.", "name")

    def on_event(event: Any) -> None:
        if isinstance(event, RecordSaved) and event.entity == "client":
            heard.append((event.action, event.record_id))

    info = PluginInfo(name="picky", title="Picky", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(
        PLUGIN=info, before_save=hookimpl(before_save), on_event=hookimpl(on_event)
    )


def test_rule_of_a_plugin_rejects_its_row_only(make: Any, tmp_path: Path) -> None:
    heard: list[tuple[str, int]] = []
    firm = make(refusing_plugin(heard))
    names = [f"Firm {n}" + (" forbidden" if n in {3, 17} else "") for n in range(1, 31)]
    report = loader(firm, tmp_path)("name,phone\n" + "".join(f"{n},+74951234567\n" for n in names))
    assert (report.created, reasons(report)) == (28, [(4, "name"), (18, "name")])
    with firm.session() as session:
        ids = set(session.scalars(select(Client.id)))
        written = list(session.scalars(select(Change.record_id).where(Change.entity == "client")))
        points = session.scalar(select(func.count()).select_from(ContactPoint))
    assert len(ids) == points == 28
    # News and history tell of what is there, once, and of nothing that was rolled back.
    assert sorted(written) == sorted(number for _action, number in heard) == sorted(ids)


def failing_plugin(entity: str, fails: Callable[[Any], bool]) -> Any:
    """A plugin with a mistake that shows at some records."""

    def before_save(session: Any, change: Any) -> None:
        if change.entity == entity and fails(change.record):
            raise KeyError("colour")

    info = PluginInfo(name="clumsy", title="Clumsy", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(PLUGIN=info, before_save=hookimpl(before_save))


def test_plugin_that_fails_at_a_row_rejects_that_row_and_is_named_and_logged(
    make: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    firm = make(failing_plugin("client", lambda client: "odd" in client.name))
    names = [f"Firm {n}" + (" odd" if n in {3, 17} else "") for n in range(1, 31)]
    report = loader(firm, tmp_path)("name,phone\n" + "".join(f"{n},+74951234567\n" for n in names))
    assert (report.created, report.rejected) == (28, 2)
    assert [problem.row for problem in report.problems] == [4, 18]
    assert all("Plugin 'clumsy': before_save()" in item.reason for item in report.problems)
    logged = [record for record in caplog.records if "Plugin 'clumsy'" in record.getMessage()]
    assert [bool(record.exc_info) for record in logged] == [True, False]
    with firm.session() as session:
        assert session.scalar(select(func.count()).select_from(ContactPoint)) == 28


def test_plugin_that_fails_at_what_hangs_on_a_row_rejects_the_row(
    make: Any, tmp_path: Path
) -> None:
    firm = make(failing_plugin("contact_point", lambda point: point.value.endswith("99")))
    report = loader(firm, tmp_path)("name,phone\nA,+74951234567\nB,+74951234599\n")
    assert (report.created, [problem.row for problem in report.problems]) == (1, [3])


def test_district_that_a_plugin_refuses_rejects_the_rows_in_it(make: Any, tmp_path: Path) -> None:
    firm = make(failing_plugin("region", lambda region: region.name == "Far"))
    report = loader(firm, tmp_path)(
        "name,country,district\nA,Россия,Near\nB,Россия,Far\nC,Россия,Far\nD,Россия,\n",
        entity="region",
    )
    assert (report.created, reasons(report)) == (2, [(3, "district"), (4, "district")])
    assert sorted(report.also_created) == ["Near", "Россия"]
    with firm.session() as session:
        parents = dict(session.execute(select(Region.name, Region.parent_id)).all())
    assert sorted(parents) == ["A", "D", "Near", "Россия"]


def test_statements_do_not_grow_with_rows(firm: Firm, load: Load) -> None:
    def sent_for(rows: int, start: int) -> int:
        numbers = range(start, start + rows)
        with statements(firm) as sent:
            load(
                "No,Name,Phone,Source\n"
                + "".join(f"N{n},Firm {n},+7495{n:07},Internet\n" for n in numbers),
                columns=[("No", "external_id"), ("Name", "name"), ("Phone", "phone"),
                         ("Source", "source")],
                key=["external_id"],
            )  # fmt: skip
        return len(sent)

    few, many = sent_for(2 * FEW, 1), sent_for(400, 1000)  # both are indexed together
    assert many <= few + 3  # a block of INSERT … VALUES is sent in a few parts
    assert many < 45


def test_cell_of_ten_megabytes_rejects_its_row(load: Load) -> None:
    huge = "x" * 10_000_000
    report = load(f"name,note,phone\n{huge},,\nA,{huge},\nB,,{huge}\nC,fine,\n")
    assert (report.created, report.rejected) == (1, 3)
    assert all(len(problem.reason) < 200 for problem in report.problems)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": [("Nmae", "name")]}, "no column 'Nmae'"),
        ({"columns": [("Name", "nmae")]}, "no field 'nmae'"),
        ({"columns": [("Name", "name"), ("INN", "name")]}, "Two columns"),
        ({"columns": [("INN", "tax_id")]}, "No column fills 'name'"),
        ({"key": ["note"]}, "must be a field that a column fills"),
        ({"values": [("nothing", "1")]}, "no field 'nothing'"),
        ({"columns": [("Name", "name"), ("INN", "purchase_total")]}, "no field 'purchase_total'"),
    ],
)
def test_mapping_that_can_not_be_meant_stops_before_the_first_row(
    load: Load, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(Unreadable, match=said):
        load("Name,INN\nA,7707083893\n", **options)


def test_file_without_header_is_refused(load: Load) -> None:
    with pytest.raises(Unreadable, match="Does the file have a header"):
        load("Ромашка,7707083893\nЛютик,7736050003\n")


def _same(*names: str) -> Pairs:
    return [(name, name) for name in names]


def test_all_that_is_wrong_with_a_row_is_named_at_once(load: Load) -> None:
    report = load("name,phone,tax_id\n,12,1\nGood,+7 912 111-22-33,\n")
    assert (report.created, report.rejected) == (1, 1)
    assert {problem.column for problem in report.problems} == {"name", "phone", "tax_id"}


def test_a_file_that_comes_again_without_a_key_is_noticed(load: Load) -> None:
    first = load("name\nАльфа\nБета\nБета\n")
    assert first.alike == 0
    again = load("name\nАЛЬФА\nбета\nГамма\n")
    assert (again.created, again.alike) == (3, 2)
    with_key = load("name\nГамма\n", key=["name"])
    assert (with_key.unchanged, with_key.alike) == (1, 0)
