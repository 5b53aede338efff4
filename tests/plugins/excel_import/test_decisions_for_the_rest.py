"""All held rows of an import are decided about, not only those of a page, and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select

from kartoteka.api import Client, as_system
from kartoteka.testing import Firm, always_in_schema, statements
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.models import ImportHeld, ImportRun
from kartoteka_excel_import.running import rest
from kartoteka_excel_import.running.decisions import PAGE
from kartoteka_excel_import.screens import rest_of_held
from tests.core.long_work import work
from tests.plugins.excel_import.test_checking_rows import client
from tests.plugins.excel_import.test_decisions import checked, held, sent
from tests.plugins.excel_import.test_wizard_pages import run_of

always_in_schema(excel_import)


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return make(excel_import)


def many(firm: Firm, browser: Any, count: int = PAGE + 5, **options: str) -> str:
    """Return the address of a list whose rows are all similar to one client."""
    client(firm, "Romashka", address="Moscow")
    rows = "".join(f"Romashka;;Street {n}\n" for n in range(count))
    return checked(firm, browser, f"Name;Tax;Address\n{rows}", **options)


def choices(firm: Firm) -> Counter[str | None]:
    return Counter(choice for choice, _client in held(firm).values())


def test_the_rest_is_decided_at_once_and_taken_back(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = many(firm, browser)
    browser.post(f"{address}/held", data=sent(row_2="out", row_3="new"))
    page = browser.get(f"{address}/check?show=possible").text
    assert f"For all the rest: {PAGE + 3} rows of the whole list are not decided" in page
    page = browser.post(f"{address}/rest", data={"choice": "new"}, follow_redirects=True).text
    assert f"{PAGE + 3} rows are decided." in page
    assert f"For all the rest you said: a new client ({PAGE + 3} rows)." in page
    assert choices(firm) == {"new": PAGE + 4, "out": 1}
    browser.post(f"{address}/held", data=sent(row_4="out"))
    page = browser.post(f"{address}/rest", data={"back": "1"}, follow_redirects=True).text
    assert f"{PAGE + 2} rows are open again." in page
    assert choices(firm) == {None: PAGE + 2, "new": 1, "out": 2}


def test_only_the_last_decision_is_taken_back(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = many(firm, browser)
    browser.post(f"{address}/rest", data={"choice": "same"})
    assert choices(firm) == {"same": PAGE + 5}
    browser.post(f"{address}/held", data=sent(row_2=""))
    browser.post(f"{address}/rest", data={"choice": "out"})
    assert choices(firm) == {"same": PAGE + 4, "out": 1}
    browser.post(f"{address}/rest", data={"back": "2"})
    assert choices(firm) == {"same": PAGE + 4, None: 1}


def test_rows_that_may_be_several_clients_stay_open(firm: Firm) -> None:
    browser = firm.browser("manager1")
    client(firm, "Landish")
    client(firm, "OOO Landish")
    known = client(firm, "Romashka", address="Moscow")
    client(firm, "Oduvanchik", "manager2")
    rows = "Romashka;;Tula\nLandish;;Omsk\nOduvanchik;;\n"
    address = checked(firm, browser, f"Name;Tax;Address\n{rows}")
    browser.post(f"{address}/rest", data={"choice": "same"})
    assert held(firm) == {2: ("same", known), 3: (None, None), 4: (None, None)}


def test_many_rows_are_decided_by_a_job(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_of_held, "FEW", 10)
    monkeypatch.setattr(rest, "PART", 20)
    browser = firm.browser("manager1")
    address = many(firm, browser)
    answer = browser.post(f"{address}/rest", data={"choice": "same"}, follow_redirects=True)
    assert "put down row by row" in answer.text
    assert run_of(firm).state == "deciding"
    assert "works on this list now" in browser.post(
        f"{address}/held", data=sent(row_2="new", quiet="1")
    ).json["wrong"]  # fmt: skip
    browser.post(f"{address}/run")
    assert run_of(firm).state == "deciding"
    work(firm)
    assert (run_of(firm).state, choices(firm)) == ("checked", {"same": PAGE + 5})
    browser.post(f"{address}/rest", data={"back": "1"})
    assert choices(firm) == {None: PAGE + 5}


def test_a_job_that_is_cancelled_leaves_what_it_decided_to_be_taken_back(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest_of_held, "FEW", 10)
    browser = firm.browser("manager1")
    address = many(firm, browser)
    browser.post(f"{address}/rest", data={"choice": "same"})
    browser.post(f"/job/cancel/{run_of(firm).job_id}")
    page = browser.get(f"{address}/check?show=possible").text
    assert "are not decided" in page
    browser.post(f"{address}/rest", data={"choice": "out"})
    assert choices(firm) == {"out": PAGE + 5}


def test_the_rest_is_no_new_client_where_only_what_is_there_is_completed(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = many(firm, browser, mode="update")
    page = browser.post(f"{address}/rest", data={"choice": "new"}, follow_redirects=True).text
    assert "Nothing can be a new client" in page
    browser.post(f"{address}/rest", data={"choice": "nonsense"})
    assert choices(firm) == {None: PAGE + 5}


def test_nobody_else_decides_about_the_rest(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = many(firm, browser)
    other = firm.browser("manager2")
    assert other.post(f"{address}/rest", data={"choice": "out"}).status_code in {403, 404}
    assert choices(firm) == {None: PAGE + 5}


def test_pages_have_no_ceiling(firm: Firm) -> None:
    """More rows than the 5,000 that could once be decided about."""
    browser = firm.browser("manager1")
    address = many(firm, browser, 2)
    with firm.session() as session, as_system(session, "test"):
        run = session.scalars(select(ImportRun.id)).one()
        about = session.scalars(select(ImportHeld.about).limit(1)).one()
        session.execute(
            insert(ImportHeld),
            [{"run_id": run, "row": row, "about": about, "choice": "new"}
             for row in range(10, 12_008)],
        )  # fmt: skip
        session.execute(insert(ImportHeld).values(run_id=run, row=20_000, about=about))
        session.commit()
    last = -(-12_001 // PAGE)
    page = browser.get(f"{address}/check?show=possible&page={last}").text
    assert f"Page {last} of {last}" in page
    assert "Row 20000" in page
    browser.post(f"{address}/held", data=sent(row_2="out", row_3="out"))
    assert "Row 20000" in browser.get(f"{address}/check?show=possible&page=open").text


def test_a_decision_about_the_rest_takes_few_statements(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = firm.browser("manager1")
    address = many(firm, browser)
    taken: list[int] = []
    for back in ("1", "1"):
        with statements(firm) as found:
            browser.post(f"{address}/rest", data={"choice": "same"})
        taken.append(len(found))
        browser.post(f"{address}/rest", data={"back": back})
    assert max(taken) < 40, taken
    with firm.session() as session:
        assert session.scalars(select(Client.name)).all() == ["Romashka"]
