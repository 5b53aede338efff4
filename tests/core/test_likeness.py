"""Forms tell who somebody may be, and ask once before a client is there twice."""

from __future__ import annotations

from typing import Any

import pytest
from acme_dummy import plugin as acme
from sqlalchemy import func, select

from kartoteka.api import Matcher, PluginError, create
from kartoteka.matching.base_pairs import find_in_base
from kartoteka.matching.candidate import Candidate
from kartoteka.matching.clients import possible_duplicates
from kartoteka.models import Client, Contact
from kartoteka.services import duplicates
from kartoteka.testing import Firm
from tests.conftest import SALE, MakeFirm
from tests.core.test_possible_duplicates import MAIL, TAX, filled


@pytest.fixture
def firm(make: MakeFirm) -> Firm:
    return make(SALE, acme)


def look(firm: Firm, who: str, code: str, own_id: int | None = None, **typed: Any) -> Any:
    address = f"/possible-duplicates/{code}" + (f"?own_id={own_id}" if own_id else "")
    answer = firm.browser(who).post(address, data=typed)
    assert answer.status_code == 200
    return answer.json


def test_a_form_is_told_under_the_input_that_says_it(firm: Firm) -> None:
    ids = filled(firm)
    told = look(firm, "manager1", "client", name="Новая", tax_id=TAX)
    assert told["name"] == ""
    assert f'href="/client/show/{ids["ООО «Ромашка»"]}"' in told["tax_id"]
    assert "the same: tax number" in told["tax_id"]
    told = look(firm, "manager1", "client", name="Romashka LLC")
    assert "the same: name" in told["name"]
    assert look(firm, "manager1", "client", name="Совсем другое", tax_id="77")["name"] == ""


def test_of_a_client_out_of_sight_only_the_manager_is_told(firm: Firm) -> None:
    filled(firm)
    told = look(firm, "manager3", "client", tax_id=TAX)["tax_id"]
    assert "Manager1 Test" in told
    assert "Ромашка" not in told
    assert "href" not in told


def test_a_client_is_not_its_own_duplicate_nor_one_told_apart(firm: Firm) -> None:
    ids = filled(firm)
    own = ids["ООО «Ромашка»"]
    assert look(firm, "manager1", "client", own, name="ООО «Ромашка»")["name"] == ""
    with firm.session() as session:
        twin = create(session, firm.made.registry.entity("client"),
                      {"name": "Ромашка", "owner_id": firm.users["manager1"]}).id  # fmt: skip
        session.commit()
    assert "Ромашка" in look(firm, "manager1", "client", own, name="ООО «Ромашка»")["name"]
    with firm.session("manager1") as session:
        duplicates.say_different(session, own, twin)
        session.commit()
    assert look(firm, "manager1", "client", own, name="ООО «Ромашка»")["name"] == ""


def test_a_form_of_a_person_is_told_by_phone_and_name(firm: Firm) -> None:
    filled(firm)
    typed: dict[str, Any] = {
        "name": "Кто-то",
        "point_kind": ["mobile"],
        "point": ["8 916 123 45 67"],
    }
    told = look(firm, "director", "contact", **typed)
    assert "Щукин Пётр" in told["point"]
    assert told["name"] == ""
    assert "Щукин" in look(firm, "director", "contact", name="Щукин Петр")["name"]
    told = look(firm, "manager3", "contact", **typed)["point"]
    assert "Щукин" not in told
    assert "the same: phone" in told


@pytest.mark.parametrize(
    ("address", "typed", "model"),
    [
        ("/client/add", {"name": "ЗАО Ромашка", "kind": "organisation", "note": "Тула"}, Client),
        ("/contact/add", {"name": "Щукин Пётр", "note": "Тула"}, Contact),
        ("/client/person/1", {"name": "Щукин Пётр", "position": "Тула"}, Contact),
    ],
)
def test_saving_asks_once_and_keeps_what_was_typed(
    firm: Firm, address: str, typed: dict[str, str], model: Any
) -> None:
    filled(firm)

    def count() -> int:
        with firm.session() as session:
            return session.scalar(select(func.count(model.id))) or 0

    before, page = count(), firm.browser("director")
    answer = page.post(address, data=typed)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Save all the same" in shown
    assert "Тула" in shown
    assert count() == before
    answer = page.post(address, data={**typed, "all_the_same": "1"})
    assert answer.status_code == 302
    assert count() == before + 1


def test_what_is_wrong_is_said_before_it_is_asked(firm: Firm) -> None:
    filled(firm)
    answer = firm.browser("director").post(
        "/client/add", data={"name": "Ромашка", "kind": "organisation", "tax_id": "12"}
    )
    assert "Save all the same" not in answer.get_data(as_text=True)


def test_a_program_is_told_after_the_client_is_created(firm: Firm) -> None:
    ids = filled(firm)
    program = firm.program("manager1")
    answer = program.post("/api/v1/client/", json={"name": "Новая", "tax_id": TAX})
    assert answer.status_code == 201
    (found,) = answer.json["possible_duplicates"]
    assert (found["client_id"], found["same"]) == (ids["ООО «Ромашка»"], ["tax_id"])
    answer = program.post("/api/v1/client/", json={"name": "Кипарис и сыновья"})
    assert "possible_duplicates" not in answer.json
    hidden = firm.program("manager3").post("/api/v1/client/", json={"name": "Х", "tax_id": TAX})
    assert {one["client_id"] for one in hidden.json["possible_duplicates"]} == {None}


def test_clients_are_compared_by_the_columns_of_plugins(firm: Firm) -> None:
    entity = firm.made.registry.entity
    with firm.session() as session:
        ids = [
            create(session, entity("client"), {"name": name, "acme_nickname": "Зелёный дом"}).id
            for name in ("Альфа", "Бета")
        ]
        for number in ids:
            create(session, entity("acme_visit"), {"client_id": number, "title": "Выставка 7"})
        session.commit()
    others = [Candidate(name=name) for name in ("Незабудка", "Полынь", "Крапива", "Лопух")]
    mine = Candidate(name="Гамма", further=(("acme.nickname", "Зелёный дом"),))
    with firm.session("director") as session:
        for asked in ([mine], [*others, mine]):
            found = possible_duplicates(session, asked)
            assert {one.client_id for one in found} == set(ids)
            assert {one.same for one in found} == {("acme.nickname",)}
        _all, pairs = find_in_base(session, 0.1)
        assert [pair.same for pair in pairs] == [("acme.nickname", "acme.visits")]
    told = look(firm, "director", "client", name="Гамма", acme_nickname="Зелёный дом")["name"]
    assert "the same: nickname" in told


@pytest.mark.parametrize(
    ("matcher", "said"),
    [
        (Matcher(code="x", title="X", field="nope"), "no field of clients"),
        (Matcher(code="x", title="X"), "either `field` or `values`"),
        (Matcher(code="x", title="X", values=lambda _s, _ids: {}, is_key=True), "`holders`"),
    ],
)
def test_a_wrong_matcher_stops_the_start(firm: Firm, matcher: Matcher, said: str) -> None:
    from kartoteka.hooks.field_checks import check_matcher

    with pytest.raises(PluginError, match=said):
        check_matcher("acme", matcher, firm.made.registry.fields("client"))


def test_pairs_are_found_decided_and_remembered(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session() as session:
        ids = [
            create(session, entity, {"name": name, "owner_id": firm.users[owner], "tax_id": tax}).id
            for name, owner, tax in (
                ("Ромашка", "manager1", TAX), ("Ромашка", "manager2", TAX),
                ("Василёк и партнёры", "manager3", None), ("Василёк и партнёры", "manager3", None),
            )
        ]  # fmt: skip
        session.commit()

    def search() -> tuple[int, int]:
        with firm.session() as session:
            counts = duplicates.keep(session, find_in_base(session)[1])
            session.commit()
            return counts

    assert search() == (2, 2)
    with firm.session("curator1") as session:
        total, (pair,) = duplicates.pairs(session, "open")
        assert (total, pair.ids) == (1, (ids[0], ids[1]))
    page = firm.browser("curator1")
    shown = page.get("/duplicates/").get_data(as_text=True)
    assert "Ромашка" in shown
    assert "Василёк" not in shown
    sent = {"first": ids[0], "second": ids[1]}
    assert page.post("/duplicates/decide", data=sent).status_code == 302
    assert search() == (1, 0)
    with firm.session("director") as session:
        assert duplicates.pairs(session, "open")[0] == 1
        assert duplicates.pairs(session, "different")[0] == 1
    assert "Ромашка" in page.get("/duplicates/?state=different").get_data(as_text=True)
    page.post("/merge/client/", data={"kept": ids[0], "merged": ids[1], "version": 1,
                                      "merged_version": 1})  # fmt: skip
    assert "/merge/undo/" in page.get("/duplicates/?state=merged").get_data(as_text=True)
    assert firm.browser("manager1").get("/duplicates/").status_code == 403


def test_mail_of_the_base_is_what_the_form_is_asked_about(firm: Firm) -> None:
    filled(firm)
    told = look(firm, "director", "client", name="Новая", point_kind=["email"], point=[MAIL])
    assert "Ромашка" in told["name"]
