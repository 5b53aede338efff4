"""A merge seen from outside: the old number, the history, the screen, the commands."""

from __future__ import annotations

import json

import pytest
from acme_dummy import plugin as acme
from click.testing import CliRunner
from sqlalchemy import select, text

from kartoteka.api import create_many, get
from kartoteka.cli.main import main
from kartoteka.errors import Merged, NotAllowed
from kartoteka.history.log import changes_of
from kartoteka.matching.base_pairs import find_in_base
from kartoteka.models import Client, Deal, Purchase
from kartoteka.services import duplicates
from kartoteka.testing import Firm
from tests.conftest import SALE, MakeFirm, sale_plugin
from tests.core.test_merging import (
    add,
    entity,
    everything,
    make_one,
    person_at,
    take_back,
    two,
)


@pytest.fixture
def firm(make: MakeFirm) -> Firm:
    return make(SALE, acme)


def test_the_old_number_leads_to_the_record_that_stays(firm: Firm) -> None:
    first, second = two(firm)
    third, _fourth = two(firm)
    make_one(firm, second, first)
    make_one(firm, third, second)
    with firm.session("manager1") as session, pytest.raises(Merged) as found:
        get(session, entity(firm), first)
    assert found.value.kept_id == third
    with firm.session("manager3") as session, pytest.raises(NotAllowed) as refused:
        get(session, entity(firm), first)
    assert not isinstance(refused.value, Merged)
    page = firm.browser("manager1")
    for who in (page, firm.browser("director")):
        for act in ("show", "edit", "history"):
            answer = who.get(f"/client/{act}/{first}")
            assert (answer.status_code, answer.location) == (302, f"/client/{act}/{third}")
    program = firm.program("manager1")
    answer = program.get(f"/api/v1/client/{first}")
    assert (answer.status_code, answer.json["merged_into"]) == (301, third)
    assert answer.location.endswith(f"/api/v1/client/{third}")
    answer = program.put(f"/api/v1/client/{first}", json={"name": "Другое"})
    assert (answer.status_code, answer.json["merged_into"]) == (410, third)
    assert firm.program("manager3").get(f"/api/v1/client/{first}").status_code == 404


def test_the_number_of_a_merged_record_is_not_given_again(firm: Firm) -> None:
    kept, merged = two(firm)
    make_one(firm, kept, merged)
    with firm.session("director") as session:
        together = create_many(session, "client", {"name": ["Много", "Больше"]})
        session.rollback()
        numbers = [add(session, firm, "client", name=name) for name in ("Новый", "Новее")]
        session.commit()
    assert merged not in [*together, *numbers]
    with firm.session("director") as session, pytest.raises(Merged):
        get(session, entity(firm), merged)


def test_the_history_tells_it_of_both_and_of_every_row(firm: Firm) -> None:
    kept, merged = two(firm)
    everything(firm, merged, person_at(firm, merged), "2")
    number = make_one(firm, kept, merged)
    with firm.session("director") as session:
        told = changes_of(session, "client", kept)
        assert told[0].action == "merge"
        assert told[0].changes["name"][0] == "Ромашка"
        assert told[1].changes["address"] == [None, "Тула"]
        assert changes_of(session, "client", merged)[0].action == "delete"
        purchase = session.scalars(select(Purchase.id)).one()
        assert changes_of(session, "purchase", purchase)[0].changes == {"client_id": [merged, kept]}
    take_back(firm, number)
    with firm.session("director") as session:
        assert [c.action for c in changes_of(session, "client", merged)] == [
            "restore", "delete", "create",
        ]  # fmt: skip
        assert changes_of(session, "client", kept)[0].action == "unmerge"


def test_a_merge_on_screen_and_back(firm: Firm) -> None:
    kept, merged = two(firm)
    page = firm.browser("manager1")
    shown = page.get(f"/merge/client/?ids={kept},{merged}").get_data(as_text=True)
    assert "Розница" in shown
    assert 'name="choice.address" value="merged" aria-describedby="of-address" checked' in shown
    sent = {"kept": kept, "merged": merged, "version": 1, "merged_version": 1,
            "choice.industry": "merged"}  # fmt: skip
    answer = page.post("/merge/client/", data=sent)
    assert answer.location == f"/client/show/{kept}"
    with firm.session("director") as session:
        assert get(session, entity(firm), kept).industry == "Розница"
    block = page.get(f"/client/panel/{kept}/merges").get_data(as_text=True)
    assert "/merge/undo/1" in block
    assert page.post("/merge/undo/1").location == f"/client/show/{merged}"
    assert firm.browser("manager3").get(f"/merge/client/?ids={kept},{merged}").status_code == 403
    assert page.get("/merge/deal/?ids=1,2").status_code == 404


def test_merging_is_offered_only_to_who_may_edit(firm: Firm) -> None:
    kept, merged = two(firm)
    one, other = two(firm)
    make_one(firm, kept, merged)
    with firm.session() as session:
        duplicates.keep(session, find_in_base(session, 0.1)[1])
        session.commit()

    def offered() -> list[bool]:
        page = firm.browser("director")
        pages = {
            "Merge…": ("/client/list/", f"/client/show/{one}", "/duplicates/",
                       f"/client/compare?ids={one},{other}"),
            "/merge/undo/": ("/duplicates/?state=merged",),
            "Take the merge back</button>": (f"/client/panel/{kept}/merges",),
        }  # fmt: skip
        return [words in page.get(path).text for words, paths in pages.items() for path in paths]

    before = offered()
    with firm.app.app_context():
        manager = firm.app.extensions["appbuilder"].sm
        edit = manager.find_permission_view_menu("can_edit", "Client")
        manager.del_permission_role(manager.find_role("director"), edit)
    assert all(before)
    assert not any(offered())


def test_the_number_of_an_undone_merge_may_be_taken_by_another(firm: Firm) -> None:
    kept, merged = two(firm)
    everything(firm, merged, person_at(firm, merged), "2")
    number = make_one(firm, kept, merged)
    with firm.session() as session:
        session.add(Client(id=merged, name="Новый"))
        session.commit()
    done = take_back(firm, number)
    assert done.record_id not in (kept, merged)
    with firm.session() as session:
        assert get(session, entity(firm), done.record_id).name == "Ромашка"
        assert session.scalars(select(Deal.client_id)).all() == [done.record_id]


def test_rows_of_a_plugin_that_is_switched_off_go_along_and_come_back(firm: Firm) -> None:
    kept, merged = two(firm)
    engine = firm.made.engine
    with engine.begin() as connection:
        connection.execute(text(
            "CREATE TABLE sleeping_note (id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL "
            "REFERENCES client (id) ON DELETE CASCADE, words VARCHAR(20))"
        ))  # fmt: skip
        connection.execute(text(f"INSERT INTO sleeping_note VALUES (1, {merged}, 'x')"))

    def holder() -> int | None:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT client_id FROM sleeping_note"))

    try:
        number = make_one(firm, kept, merged)
        assert holder() == kept
        take_back(firm, number)
        assert holder() == merged
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE sleeping_note"))


def test_commands_merge_and_take_back(make: MakeFirm) -> None:
    # A base of its own: the commands open it beside the application that other tests keep.
    firm = make(sale_plugin())
    kept, merged = two(firm)
    folder = firm.made.config.folder
    (folder / "kartoteka.toml").write_text(
        f'database_url = "{firm.made.config.database_url}"\nplugins = []\n', encoding="utf-8"
    )

    def run(*words: str) -> tuple[int, str]:
        given = {"KARTOTEKA_SECRET_KEY": "s" * 48}
        found = CliRunner().invoke(main, ["--dir", str(folder), "duplicates", *words], env=given)
        return found.exit_code, found.output

    code, said = run("merge", str(kept), str(merged), "--as", "manager1", "--json")
    assert code == 0, said
    assert json.loads(said) == {
        "merge": 1, "entity": "client", "kept_id": kept, "merged_id": merged, "name": "Ромашка",
    }  # fmt: skip
    code, said = run("unmerge", "1", "--json")
    assert code == 0, said
    assert json.loads(said) == {
        "merge": 1, "entity": "client", "kept_id": kept, "record_id": merged, "stays": [],
    }  # fmt: skip
    code, said = run("unmerge", "1")
    assert (code, "already" in said) == (1, True)
    code, said = run("merge", str(kept), str(merged), "--as", "manager3")
    assert code == 1
