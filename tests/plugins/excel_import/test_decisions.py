"""What a person decides about rows that are held back: kept with the run, followed by the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from kartoteka.api import Client, ContactPoint
from kartoteka.testing import Firm, always_in_schema, statements
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.models import ImportHeld
from kartoteka_excel_import.running import uploads, work as running
from kartoteka_excel_import.running.decisions import PAGE
from kartoteka_excel_import.running.foreground import Foreground
from kartoteka_excel_import.running.start import begin
from tests.core.long_work import work
from tests.core.test_rest_rights import hide
from tests.plugins.excel_import.test_checking_rows import client
from tests.plugins.excel_import.test_wizard_pages import run_of, uploaded

always_in_schema(excel_import)
TEXT = (
    "Name;Tax;Address\n"
    "Romashka;7743842112;Tula\nLandish;;Omsk\nVasilek;7743842112;\nOduvanchik;;\nRomashka;;\n"
)
FILLED = {"to.A": "client.name", "to.B": "client.tax_id", "to.C": "client.address"}


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return make(excel_import)


@pytest.fixture
def base(firm: Firm) -> dict[str, int]:
    """Clients that rows 2, 3 and 6 are similar to; of row 3 there are two."""
    return {
        "Romashka": client(firm, "Romashka", address="Moscow", tax_id="7728812089",
                           phone="+74951234567"),
        "Landish 1": client(firm, "Landish"),
        "Landish 2": client(firm, "OOO Landish"),
        "Foreign": client(firm, "Oduvanchik", "manager2"),
    }  # fmt: skip


def checked(firm: Firm, browser: Any, text: str = TEXT, **options: str) -> str:
    """Return the address of a list whose check is done."""
    address = uploaded(browser, text)
    browser.post(f"{address}/table", data={"header": "1"})
    browser.post(f"{address}/columns", data=FILLED)
    browser.post(f"{address}/options", data={"mode": "both", **options})
    work(firm)
    assert run_of(firm).state == "checked"
    return address


def held(firm: Firm) -> dict[int, tuple[str | None, int | None]]:
    with firm.session() as session:
        rows = session.scalars(select(ImportHeld).order_by(ImportHeld.row)).all()
        return {one.row: (one.choice, one.client_id) for one in rows}


def sent(**choices: str) -> dict[str, Any]:
    rows = [name.removeprefix("row_") for name in choices if name.startswith("row_")]
    return {"page": "1", "row": rows, **{k.replace("_", "-"): v for k, v in choices.items()}}


def clients(firm: Firm) -> dict[str, int]:
    with firm.session() as session:
        found = select(Client.name, func.count()).group_by(Client.name)
        return {row[0]: row[1] for row in session.execute(found)}


def test_decisions_are_kept_and_followed(firm: Firm, base: dict[str, int]) -> None:
    browser = firm.browser("manager1")
    address = checked(firm, browser)
    assert list(held(firm)) == [2, 3, 5]
    page = browser.get(f"{address}/check?show=possible").text
    assert "tax number" in page.lower()
    assert f"same:{base['Romashka']}" in page
    assert "Manager2" in page  # of a client of somebody else only who is responsible
    assert f"same:{base['Foreign']}" not in page
    same = f"same:{base['Landish 2']}"
    browser.post(f"{address}/held", data=sent(row_2="new", row_3=same, row_5="out"))
    assert held(firm) == {2: ("new", None), 3: ("same", base["Landish 2"]), 5: ("out", None)}
    page = browser.get(f"{address}/check?show=possible").text
    assert f'value="{same}" checked' in page
    assert "Decided: 3 rows of 3." in page
    browser.post(f"{address}/run", data=sent(row_2="new", row_3=same, row_5="out"))
    work(firm)
    run = run_of(firm)
    # By its name alone row 6 may now be the client of the base, or the new one of row 2.
    assert (run.state, run.possible) == ("done", 2)
    assert clients(firm)["Romashka"] == 2
    with firm.session() as session:
        assert session.get_one(Client, base["Landish 2"]).address == "Omsk"
        assert session.get_one(Client, base["Romashka"]).address == "Moscow"
    page = browser.get(f"{address}?show=possible").text
    assert "Left out, as you decided." in page
    assert "A client of the base has this name, and row 2." in page


def test_the_button_of_the_import_takes_what_is_chosen_along(
    firm: Firm, base: dict[str, int]
) -> None:
    browser = firm.browser("manager1")
    address = checked(firm, browser)
    browser.post(f"{address}/run", data=sent(row_2=f"same:{base['Romashka']}"))
    work(firm)
    assert held(firm)[2] == ("same", base["Romashka"])
    with firm.session() as session:
        assert session.get_one(Client, base["Romashka"]).address == "Tula"


def test_a_button_decides_about_all_rows_of_the_page(firm: Firm, base: dict[str, int]) -> None:
    browser = firm.browser("manager1")
    address = checked(firm, browser)
    rows = sent(row_2="", row_3="", row_5="")
    browser.post(f"{address}/held", data={**rows, "all": "same"})
    assert held(firm) == {2: ("same", base["Romashka"]), 3: (None, None), 5: (None, None)}
    browser.post(f"{address}/held", data={**rows, "all": "new"})
    assert [choice for choice, _id in held(firm).values()] == ["new"] * 3
    browser.post(f"{address}/held", data={**rows, "all": "out"})
    assert [choice for choice, _id in held(firm).values()] == ["out"] * 3
    answer = browser.post(f"{address}/held", data={**rows, "quiet": "1"}).json
    assert answer == {
        "wrong": "", "said": "Decided: 0 rows of 3.", "writes": 1, "button": "Import 1 row",
    }  # fmt: skip


@pytest.mark.parametrize("choice", ["same:{Foreign}", "same:99999", "same:", "same:{Landish 1}"])
def test_only_a_client_the_row_may_mean_can_be_chosen(
    firm: Firm, base: dict[str, int], choice: str
) -> None:
    browser = firm.browser("manager1")
    address = checked(firm, browser)
    wrong = choice.format(**base)
    page = browser.post(
        f"{address}/held", data=sent(row_5=wrong, row_2="new"), follow_redirects=True
    )
    assert "Choose one of the clients that row 5 may be." in page.text
    assert held(firm)[2] == (None, None)
    assert browser.post(f"{address}/run", data=sent(row_5=wrong)).location.endswith("#rows")
    assert run_of(firm).state == "checked"


def test_where_nothing_new_is_taken_no_row_is_a_new_client(
    firm: Firm, base: dict[str, int]
) -> None:
    browser = firm.browser("manager1")
    address = checked(firm, browser, mode="update")
    page = browser.get(f"{address}/check?show=possible").text
    assert 'value="new"' not in page
    answer = browser.post(f"{address}/held", data=sent(row_2="new", quiet="1"))
    assert "only what is there" in answer.json["wrong"]


def test_decisions_outlive_a_new_check_of_the_same_rows(firm: Firm, base: dict[str, int]) -> None:
    browser = firm.browser("manager1")
    address = checked(firm, browser)
    browser.post(f"{address}/held", data=sent(row_2="new", row_3=f"same:{base['Landish 1']}"))
    with firm.session() as session:
        session.get_one(Client, base["Landish 2"]).name = "Fialka"
        session.commit()
    browser.post(f"{address}/options", data={"mode": "both"})
    work(firm)
    assert held(firm) == {2: ("new", None), 5: (None, None)}


def test_nobody_else_decides_and_nothing_is_decided_too_late(
    firm: Firm, base: dict[str, int]
) -> None:
    browser = firm.browser("manager1")
    address = checked(firm, browser)
    other = firm.browser("manager2")
    assert other.post(f"{address}/held", data=sent(row_2="new")).status_code in {403, 404}
    hide(firm, "client", "tax_id", "manager")
    assert "7728812089" not in browser.get(f"{address}/check?show=possible").text
    browser.post(f"{address}/run", data=sent(row_2="out"))
    work(firm)
    answer = browser.post(f"{address}/held", data=sent(row_2="new", quiet="1"))
    assert answer.json["wrong"] == "Check the list first."
    assert held(firm)[2] == ("out", None)


def test_a_client_that_is_gone_since_holds_the_row_back(firm: Firm, base: dict[str, int]) -> None:
    browser = firm.browser("manager1")
    address = checked(firm, browser)
    browser.post(f"{address}/held", data=sent(row_2=f"same:{base['Romashka']}"))
    with firm.session() as session:
        session.get_one(Client, base["Romashka"]).owner_id = firm.users["manager2"]
        session.commit()
    browser.post(f"{address}/run")
    work(firm)
    assert run_of(firm).possible == 3
    assert "is not there any more" in browser.get(f"{address}?show=possible").text


class _Stopped(Exception):
    """The worker died."""


def test_an_import_that_goes_on_follows_the_decisions(
    firm: Firm, base: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = firm.browser("manager1")
    text = TEXT + "Landish;;Tver\n" + "Landish;;Tver\n"
    address = checked(firm, browser, text)
    same = f"same:{base['Landish 1']}"
    browser.post(f"{address}/held", data=sent(row_2="new", row_3=same, row_7="new", row_8="new"))
    monkeypatch.setattr(running, "ROWS", 2)

    class Dying(Foreground):
        def progress(self, done: int, total: int | None = None, words: str = "") -> None:
            if done >= 4:
                raise _Stopped

    number = run_of(firm).id
    for worker in (Dying, Foreground):
        with firm.app.app_context(), firm.session("manager1", way="import") as session:
            run = running.run_of(session, number)
            run.state = "cancelled" if run.rows_done else run.state
            path = uploads.path_of(uploads.folder_of(firm.made.config), run)
            begin(session, run)
            if worker is Dying:
                with pytest.raises(_Stopped):
                    running.import_rows(worker(session), number, path)
                session.rollback()
            else:
                running.import_rows(worker(session), number, path)
            session.commit()
    made = clients(firm)
    assert (made["Romashka"], made["Landish"]) == (2, 2)
    with firm.session() as session:
        assert session.get_one(Client, base["Landish 1"]).address == "Omsk"
        points = session.scalar(select(func.count()).select_from(ContactPoint))
    assert points == 1


def test_a_page_of_held_rows_costs_the_same_however_many_there_are(firm: Firm) -> None:
    for name in ("Romashka", "Romashka"):
        client(firm, name)
    browser = firm.browser("manager1")

    def cost(count: int) -> tuple[int, str]:
        rows = "".join(f"Romashka;;Street {n}\n" for n in range(count))
        address = checked(firm, browser, f"Name;Tax;Address\n{rows}")
        browser.get(f"{address}/check?show=possible")
        with statements(firm) as found:
            page = browser.get(f"{address}/check?show=possible&page=2").text
        return len(found), page

    few, _page = cost(3)
    many, page = cost(PAGE + 5)
    assert few == many
    assert page.count("<fieldset") == 5
    assert "Page 2 of 2" in page
