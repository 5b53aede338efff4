"""Ready workbooks: made from the declarations of fields, and read back without anybody's help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from kartoteka.api import PluginError, PluginInfo, hookimpl, in_language
from kartoteka.cli.main import main
from kartoteka.testing import Firm, always_in_schema
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.checking.check import Checker
from kartoteka_excel_import.mapping.guess import guess
from kartoteka_excel_import.reading.cells import letter_of
from kartoteka_excel_import.reading.table import open_table
from kartoteka_excel_import.workbooks.columns import Column
from kartoteka_excel_import.workbooks.lists import ClientList, lists_of
from kartoteka_excel_import.workbooks.writing import write_workbook

always_in_schema(excel_import)


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return make("wholesale", excel_import)


class FitnessClub:
    """A plugin with a ready workbook of its own."""

    PLUGIN = PluginInfo(
        name="acme", title="Acme", version="1", requires_core=">=0.1", requires=("excel_import",)
    )

    @staticmethod
    @hookimpl
    def templates() -> Iterable[Any]:
        return [
            ClientList(
                code="club", title="Clubs", values={"kind": "organisation"},
                columns=("deal.title", "deal.amount"), without=("client.legal_form",),
            ),
            ClientList(code="person", title="Guests", has_people=False),
        ]  # fmt: skip


def written(firm: Firm, code: str, to: Path, language: str = "ru") -> list[Column]:
    with firm.app.app_context(), in_language(language), firm.session("manager1") as session:
        return write_workbook(session, lists_of(firm.made.registry)[code], to)


def test_there_is_one_for_each_kind_of_client_and_for_each_profile(firm: Firm) -> None:
    found = lists_of(firm.made.registry)
    assert list(found) == ["organisation", "shop", "manufacturer", "person"]
    assert found["shop"].values == {"wholesale_type": "shop"}


def test_a_profile_asks_for_its_own_fields_and_not_for_those_of_others(
    firm: Firm, tmp_path: Path
) -> None:
    shop = {column.code for column in written(firm, "shop", tmp_path / "a.xlsx")}
    maker = {column.code for column in written(firm, "manufacturer", tmp_path / "b.xlsx")}
    person = {column.code for column in written(firm, "person", tmp_path / "c.xlsx")}
    assert {"client.wholesale_floor_area", "contact.name", "client.phone"} <= shop
    assert "client.wholesale_equipment" in maker - shop
    assert not any(code.startswith(("contact.", "employment.")) for code in person)
    # Sellers do not see this field, so the workbook does not have it either.
    assert "client.wholesale_problem_note" not in shop | maker | person


def test_only_who_gives_clients_out_is_asked_for_their_manager(firm: Firm, tmp_path: Path) -> None:
    mine = {column.code for column in written(firm, "shop", tmp_path / "a.xlsx")}
    assert "client.owner_id" not in mine
    with firm.app.app_context(), firm.session("director") as session:
        wanted = lists_of(firm.made.registry)["shop"]
        columns = write_workbook(session, wanted, tmp_path / "b.xlsx")
    (owner,) = [column for column in columns if column.code == "client.owner_id"]
    assert "Manager2 Test" in owner.options


def test_necessary_columns_come_first_with_notes_lists_and_texts(
    firm: Firm, tmp_path: Path
) -> None:
    path = tmp_path / "shop.xlsx"
    columns = written(firm, "shop", path)
    sheet: Any = openpyxl.load_workbook(path).worksheets[0]
    assert columns[0].code == "client.name"
    assert columns[0].must
    assert [cell.value for cell in sheet[1]] == [column.head for column in columns]
    places = {column.code: place for place, column in enumerate(columns)}
    assert "12" in str(sheet.cell(1, places["client.tax_id"] + 1).comment.text)
    for code in ("client.tax_id", "client.phone", "contact.phone"):
        letter = letter_of(places[code])
        assert sheet.column_dimensions[letter].number_format == "@", code
    offered = {
        str(one.sqref).partition(":")[0]: one for one in sheet.data_validations.dataValidation
    }
    letter = letter_of(places["client.wholesale_price_range"])
    assert offered[f"{letter}2"].type == "list"
    assert offered[f"{letter}2"].errorStyle in (None, "stop")


@pytest.mark.parametrize("language", ["ru", "bg", "en"])
@pytest.mark.parametrize("code", ["organisation", "shop", "manufacturer", "person"])
def test_each_column_is_understood_with_full_confidence(
    firm: Firm, tmp_path: Path, code: str, language: str
) -> None:
    path = tmp_path / "list.xlsx"
    columns = written(firm, code, path, language)
    with firm.app.app_context(), firm.session("manager1") as session, open_table(path) as table:
        plan = guess(session, table.layout, list(table.chunks()))
    assert table.layout.header_row == 1
    assert [column.target for column in plan.columns] == [column.code for column in columns]
    unsure = {column.head: column.confidence for column in plan.columns if column.confidence < 0.9}
    assert unsure == {}


@pytest.mark.parametrize("language", ["ru", "bg", "en"])
@pytest.mark.parametrize("code", ["organisation", "shop", "manufacturer", "person"])
def test_a_row_of_its_examples_is_a_good_row(
    firm: Firm, tmp_path: Path, code: str, language: str
) -> None:
    path = tmp_path / "list.xlsx"
    columns = written(firm, code, path, language)
    book: Any = openpyxl.load_workbook(path)
    for place, column in enumerate(columns, 1):
        book.worksheets[0].cell(2, place, column.example or None)
    book.save(path)
    with firm.app.app_context(), in_language(language), firm.session("manager1") as session:
        with open_table(path) as table:
            chunks = list(table.chunks())
        plan = guess(session, table.layout, chunks)
        assert [one.target for one in plan.columns] == [column.code for column in columns]
        batch = Checker(session, table.layout, plan).check(chunks[0])
    assert [(one.column, one.reason) for one in batch.problems] == []
    assert batch.verdicts == ["create"]


def test_a_plugin_brings_its_own_and_may_replace_ours(
    make: Callable[..., Firm], tmp_path: Path
) -> None:
    firm = make(excel_import, FitnessClub)
    found = lists_of(firm.made.registry)
    assert list(found) == ["organisation", "person", "club"]
    assert str(found["person"].title) == "Guests"
    codes = [column.code for column in written(firm, "club", tmp_path / "club.xlsx")]
    assert {"deal.title", "deal.amount"} <= set(codes)
    assert "client.legal_form" not in codes


@pytest.mark.parametrize(
    ("answer", "said"),
    [("Clubs", "must return ClientList"),
     (ClientList(code="x", title="X", values={"colour": "red"}), "'colour'")],
)  # fmt: skip
def test_a_broken_answer_stops_the_start_and_names_the_plugin(
    make: Callable[..., Firm], answer: Any, said: str
) -> None:
    class Broken:
        PLUGIN = FitnessClub.PLUGIN

        @staticmethod
        @hookimpl
        def templates() -> Iterable[Any]:
            return [answer]

    with pytest.raises(PluginError, match=said) as caught:
        make(excel_import, Broken)
    assert "acme" in str(caught.value)


def test_the_command_lists_and_writes_them(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    run = CliRunner().invoke
    assert run(main, ["init", str(folder), "--admin-password", "a long password 1"]).exit_code == 0
    settings = folder / "kartoteka.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("plugins = []", 'plugins = ["wholesale", "excel_import"]'), encoding="utf-8"
    )
    assert run(main, ["--dir", str(folder), "db", "upgrade"]).exit_code == 0
    template = ["--dir", str(folder), "excel-import", "template"]
    listed = run(main, template)
    assert listed.exit_code == 0, listed.output
    assert "manufacturer" in listed.output
    path = tmp_path / "магазины.xlsx"
    done = run(main, [*template, "shop", "--out", str(path), "--language", "ru"])
    assert done.exit_code == 0, done.output
    assert openpyxl.load_workbook(path).worksheets[0].title == "Магазин"
    wrong = run(main, [*template, "ship"])
    assert wrong.exit_code == 2
    assert "ship" in wrong.output
    assert "shop" in wrong.output
