"""The check tells what would change: present value and new one, of fields the person may see."""

from __future__ import annotations

from kartoteka.api import Client, ContactPoint, Region
from kartoteka.testing import Firm, statements
from kartoteka_excel_import.checking.changes import changes_at, told_changes
from kartoteka_excel_import.checking.preview import Preview
from tests.core.test_rest_rights import hide
from tests.plugins.excel_import.checked import Checked, acting, checked, chunk_of, layout_of

HEADS = ("Название", "ИНН", "Адрес", "Телефон", "Регион")
TARGETS = ("client.name", "client.tax_id", "client.address", "client.phone", "client.region_id")
INN = "7743842112"


def shown(found: Checked) -> Preview:
    """Return the preview of a list that was checked in one chunk."""
    (batch,) = found.batches
    told = Preview(layout=layout_of(HEADS), columns=found.plan.columns)
    told.add(batch, chunk_of([["x"] * len(HEADS)] * len(batch)))
    return told


def test_each_changed_field_is_told_with_its_old_and_new_value(importing: Firm) -> None:
    with acting(importing) as session:
        old, new = (Region(name=name, kind="region") for name in ("Тула", "Калуга"))
        session.add_all([old, new])
        session.flush()
        client = Client(name="Ромашка", tax_id=INN, address="Москва", region_id=old.id)
        session.add(client)
        session.flush()
        session.add(ContactPoint(client_id=client.id, kind="phone", value="84951234567"))
        session.flush()
        rows = [("Ромашка", INN, "Тула, Мира, 5", "84951234567, 84951234568", "Калуга")]
        found = shown(checked(session, HEADS, rows, TARGETS))
        with statements(session) as asked:
            found.tell_changes(session)
    assert [(one.row, one.field, one.title, one.old, one.new) for one in found.changes] == [
        (2, "address", "Address", "Москва", "Тула, Мира, 5"),
        (2, "region_id", "Region", "Тула", "Калуга"),
        (2, "phone", "Phone", "", "84951234568"),
    ]
    assert len(asked) == 1  # names of regions, whatever the number of rows
    assert found.as_json()["changes"][0]["old"] == "Москва"
    assert found.in_file == 0


def test_rows_that_complete_an_earlier_row_are_counted_for_themselves(importing: Firm) -> None:
    rows = [("Ромашка", INN, "", "84951234567", ""), ("Ромашка", INN, "Тула", "84951234569", "")]
    with acting(importing) as session:
        found = shown(checked(session, HEADS, rows, TARGETS))
        found.tell_changes(session)
    assert found.as_json()["update"] == found.as_json()["update_in_file"] == 1
    assert [(one.field, one.new, one.earlier) for one in found.changes] == [
        ("address", "Тула", 2), ("phone", "84951234569", 2),
    ]  # fmt: skip


def test_a_field_that_the_person_may_not_see_is_not_told(importing: Firm) -> None:
    with acting(importing) as session:
        session.add(Client(name="Ромашка", tax_id=INN, address="Москва"))
        session.flush()
        found = checked(session, HEADS, [("Ромашка", INN, "Тула", "", "")], TARGETS)
        (batch,) = found.batches
        raw = list(changes_at(batch, 0))
        assert [one.old for one in told_changes(session, raw)] == ["Москва"]
    hide(importing, "client", "address", "manager")
    with acting(importing, "manager1") as session:
        assert told_changes(session, raw) == []
