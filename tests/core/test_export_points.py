"""Phones and e-mails stand in exported files, and can be imported from them again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import Client, Invalid
from kartoteka.models import ContactPoint
from kartoteka.services import exporting
from kartoteka.services.import_file import open_table
from kartoteka.services.importing import import_table
from kartoteka.services.selection import Selection
from kartoteka.testing import Firm, statements
from tests.core.test_exports import add, cells, export
from tests.core.test_rest_rights import hide


def reached(firm: Firm, second: str = "b@example.com") -> int:
    """Write a client with phones and e-mails, of which one is not valid."""
    client, _other = add(firm, Client(name="Ромашка"), Client(name="Сосна"))
    add(
        firm,
        ContactPoint(client_id=client, kind="mobile", value="8 916 123-45-67"),
        ContactPoint(client_id=client, kind="phone", value="8 495 123-45-68", is_main=True),
        ContactPoint(client_id=client, kind="phone", value="8 495 000-00-00", is_valid=False),
        ContactPoint(client_id=client, kind="email", value=second),
        ContactPoint(client_id=client, kind="email", value="a@example.com", is_main=True),
    )
    return client


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_phones_and_emails_stand_in_the_file_main_ones_first(
    firm: Firm, tmp_path: Path, form: str
) -> None:
    reached(firm, "-b@example.com")
    rows = export(firm, "client", tmp_path / f"c.{form}", columns=("name", "phone", "email"),
                  selection=Selection(order="id"))  # fmt: skip
    assert rows[0] == ["id", "name", "phone", "email"]
    dash = "'" if form == "csv" else ""
    assert rows[1][2:] == [
        "+7 495 123-45-68; +7 916 123-45-67",
        f"a@example.com; {dash}-b@example.com",
    ]
    assert rows[2][2:] in (["", ""], [None, None])
    if form == "xlsx":
        cell = cells(tmp_path / "c.xlsx")[1][2]
        assert (cell.data_type, cell.number_format) == ("s", "@")


def test_an_exported_file_can_be_imported_again(firm: Firm, tmp_path: Path) -> None:
    client = reached(firm)
    path = tmp_path / "clients.csv"
    rows = export(firm, "client", path)
    assert rows[0][-2:] == ["phone", "email"]
    with firm.session(way="import") as session:
        session.add(ContactPoint(client_id=client, kind="phone", value="8 495 777-77-77"))
        session.commit()
        entity = firm.made.registry.entity("client")
        report = import_table(session, open_table(path), entity, key=("name",))
        session.commit()
        assert report.rejected == 0
        kinds = session.scalars(
            select(ContactPoint.kind).where(ContactPoint.client_id == client)
        ).all()
    assert sorted(kinds) == ["email", "email", "mobile", "phone", "phone", "phone"]


def test_phones_are_hidden_with_their_values(firm: Firm, tmp_path: Path, monkeypatch: Any) -> None:
    reached(firm)
    fields = firm.made.registry._fields
    monkeypatch.setitem(fields, "contact_point", fields["contact_point"])
    hide(firm, "contact_point", "value", "manager")
    assert {"phone", "email"} <= set(export(firm, "client", tmp_path / "c.csv")[0])
    hidden = export(firm, "client", tmp_path / "m.csv", who="manager1")[0]
    assert not {"phone", "email"} & set(hidden)
    with pytest.raises(Invalid):
        export(firm, "client", tmp_path / "m.csv", who="manager1", columns=("phone",))
    assert "phone" not in export(firm, "deal", tmp_path / "d.csv")[0]


def test_contact_points_come_with_one_statement_for_a_chunk(
    firm: Firm, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 20)
    numbers = add(firm, *(Client(name=f"C {n}") for n in range(40)))
    add(firm, *(ContactPoint(client_id=n, kind="phone", value="8 495 123-45-68")
                for n in numbers))  # fmt: skip
    with statements(firm) as sent:
        rows = export(firm, "client", tmp_path / "c.csv", columns=("name", "phone", "email"))
    assert {row[2] for row in rows[1:]} == {"+7 495 123-45-68"}
    assert len([one for one in sent if "contact_point" in str(one)]) == 2
