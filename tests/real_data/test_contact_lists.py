"""Lists of firms that nobody here wrote: imported, found, with their phones in order."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kartoteka.api import Client, ContactPoint, Query, fetch
from kartoteka.services.import_file import open_table
from kartoteka.services.import_rows import Report
from kartoteka.services.importing import import_table
from kartoteka.testing import Firm

ORGANIZATIONS = [("Name", "name"), ("Organization Id", "external_id"), ("Website", "website"),
                 ("Industry", "industry"), ("Description", "note")]  # fmt: skip
LIBRARIES = [("CommonName", "name"), ("INN", "tax_id"), ("Address", "address"),
             ("LegalAddress", "postal_address"), ("PublicPhone", "phone"), ("ChiefPhone", "phone"),
             ("Email", "email"), ("WebSite", "website")]  # fmt: skip


@pytest.fixture
def lists(shared_data: Path) -> Path:
    return shared_data / "03-contact-lists"


def load(
    firm: Firm, path: Path, columns: Sequence[tuple[str, str]] = (), region: str = "RU",
    key: Sequence[str] = (), values: Sequence[tuple[str, str]] = (),
) -> Report:  # fmt: skip
    with firm.session(way="import") as session:
        session.info["reading"] = replace(session.info["reading"], region=region)
        entity = firm.made.registry.entity("client")
        report = import_table(
            session, open_table(path), entity, columns=columns, key=key, values=values
        )
        session.commit()
    return report


def found(firm: Firm, text: str) -> list[str]:
    with firm.session("director") as session:
        page = fetch(session, firm.made.registry.entity("client"), Query(search=text))
        return sorted(client.name for client in page.records)


def test_organizations_come_in_once(firm: Firm, lists: Path) -> None:
    path = lists / "organizations-100.csv"
    first = load(firm, path, ORGANIZATIONS, key=["external_id"])
    second = load(firm, path, ORGANIZATIONS, key=["external_id"])
    assert (first.created, first.rejected) == (100, 0)
    assert (second.unchanged, second.updated, second.created) == (100, 0, 0)
    assert found(firm, "MCKINNEY riley") == ["Mckinney, Riley and Day"]
    with firm.session() as session:
        client = session.scalars(
            select(Client).where(Client.external_id == "FAB0d41d5b5d22c")
        ).one()
    assert (client.name, client.industry) == ("Ferrell LLC", "Plastics")
    assert client.website == "https://price.net/"


def test_libraries_of_one_legal_entity_stay_apart(firm: Firm, lists: Path) -> None:
    report = load(firm, lists / "ru_moscow_libraries_10.csv", LIBRARIES)
    assert (report.rows_total, report.created, report.rejected) == (10, 10, 0)
    with firm.session() as session:
        shared = session.execute(
            select(Client.tax_id, func.count()).group_by(Client.tax_id).order_by(Client.tax_id)
        )
        assert dict(shared.all())["7743842112"] == 3
        points = session.execute(
            select(ContactPoint.kind, ContactPoint.normalised)
            .join(Client, Client.id == ContactPoint.client_id)
            .where(Client.name == "Библиотека №223")
        )
        kinds = sorted(kind for kind, _value in points)
    assert kinds == ["address", *["email"] * 3, *["phone"] * 5]
    assert found(firm, "библиотека мандельштама") == ["Библиотека №60 имени О.Э. Мандельштама"]
    assert found(firm, "339-86-77") == ["Библиотека №184"]
    assert found(firm, "7743842112") == [
        "Библиотека №25 имени В. Иванова", "Библиотека №30", "Библиотека №42 имени А.П. Платонова",
    ]  # fmt: skip


def test_libraries_come_as_the_manual_says_and_their_manager_sees_them(
    firm: Firm, lists: Path
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("kartoteka import libraries"))
    options = shlex.split(line)
    columns = [
        (column, field)
        for column, _sign, field in (
            pair.partition("=") for pair in options[options.index("--map") + 1].split(",")
        )
    ]
    key = [options[options.index("--key") + 1]]
    path = lists / "ru_moscow_libraries_10.csv"
    report = load(firm, path, columns, key=key, values=[("owner_id", "manager1")])
    again = load(firm, path, columns, key=key, values=[("owner_id", "manager1")])
    assert (report.created, report.rejected, again.unchanged) == (10, 0, 10)
    with firm.session("manager1") as session:
        assert session.scalar(select(func.count(Client.id))) == 10
    with firm.session("manager2") as session:
        assert session.scalar(select(func.count(Client.id))) == 0


def test_libraries_are_not_merged_by_their_shared_number(firm: Firm, lists: Path) -> None:
    report = load(firm, lists / "ru_moscow_libraries_10.csv", LIBRARIES, key=["tax_id"])
    assert report.updated == 0
    assert report.created + report.rejected == 10
    assert all("the same value already" in problem.reason for problem in report.problems)


def test_bulgarian_offices_with_their_phones(firm: Firm, lists: Path) -> None:
    report = load(firm, lists / "bg_sofia_police_offices.csv", region="BG")
    assert (report.rows_total, report.created, report.rejected) == (9, 8, 1)
    (problem,) = report.problems
    assert (problem.row, problem.column) == (9, "telephone")
    assert "'112'" in problem.reason
    with firm.session() as session:
        numbers = session.scalars(
            select(ContactPoint.normalised)
            .join(Client, Client.id == ContactPoint.client_id)
            .where(Client.name == "07 РПУ")
            .order_by(ContactPoint.id)
        ).all()
    assert numbers == ["+35929828760", "+35929828727", "+35928626108"]
    assert found(firm, "07 рпу") == ["07 РПУ"]
    assert found(firm, "02/866-2227") == ["04 РПУ"]
