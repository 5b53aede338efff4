"""Accounts are managed by the director and the Admin; a person's records follow the person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from kartoteka.api import Client, Contact, Deal, Invalid, NotAllowed, Rejected, Staff, Task, now
from kartoteka.history.log import changes_of
from kartoteka.services import staff
from kartoteka.testing import Firm, statements
from kartoteka.testing.bases import PASSWORD

NEW = staff.Person(first_name="Нина", last_name="Ильина", email="", roles=["manager"])


def person(firm: Firm, who: str, **changes: object) -> staff.Person:
    """Return what the form about a person says now, with some of it changed."""
    with firm.session() as session:
        user = session.get_one(User, firm.users[who])
        account = session.get_one(Staff, firm.users[who])
        said = staff.Person(
            first_name=user.first_name, last_name=user.last_name, email="",
            roles=[role.name for role in user.roles], department_id=account.department_id,
            superior_id=account.superior_id,
        )  # fmt: skip
    return replace(said, **changes)  # pyright: ignore[reportArgumentType]


def test_the_director_adds_a_colleague_who_can_work(firm: Firm) -> None:
    with firm.session("director") as session:
        said = replace(NEW, department_id=firm.departments["North"], time_zone="Europe/Sofia")
        user = staff.add_person(session, "nina", "correct horse", said)
        session.commit()
        number = user.id
    with firm.session("director") as session:
        added = {one.username: one for one in staff.everybody(session)}["nina"]
    assert (added.id, added.name, added.roles, added.department, added.time_zone) == (
        number, "Нина Ильина", ["manager"], "North", "Europe/Sofia",
    )  # fmt: skip


@pytest.mark.parametrize("who", ["curator1", "manager1", "assistant1"])
def test_others_do_not_manage_accounts(firm: Firm, who: str) -> None:
    with firm.session(who) as session:
        for act in (
            lambda: staff.everybody(session),
            lambda: staff.add_person(session, "nina", "correct horse", NEW),
            lambda: staff.change_person(session, firm.users["manager2"], NEW),
            lambda: staff.set_active(session, firm.users["manager2"], active=False),
            lambda: staff.set_password(session, firm.users["manager2"], "another horse"),
        ):
            with pytest.raises(NotAllowed):
                act()


def test_the_list_takes_the_same_statements_for_any_number_of_people(firm: Firm) -> None:
    def sent_for_all() -> int:
        with firm.session("director") as session, statements(firm) as sent:
            staff.everybody(session)
            return len(sent)

    before = sent_for_all()
    with firm.session("director") as session:
        for number in range(10):
            staff.add_person(session, f"new{number}", "correct horse", NEW)
        session.commit()
    assert sent_for_all() == before == 4


def test_only_an_admin_touches_admins(firm: Firm) -> None:
    with firm.session("director") as session:
        with pytest.raises(NotAllowed):
            staff.set_password(session, firm.users["admin"], "another horse")
        with pytest.raises(NotAllowed):
            staff.change_person(
                session, firm.users["manager1"], person(firm, "manager1", roles=["Admin"])
            )
        with pytest.raises(NotAllowed):
            staff.add_person(session, "nina", "correct horse", replace(NEW, roles=["Admin"]))
    with firm.session("admin") as session:
        staff.change_person(
            session, firm.users["manager1"], person(firm, "manager1", roles=["Admin"])
        )


def test_nobody_takes_the_right_to_manage_from_themselves(firm: Firm) -> None:
    with firm.session("director") as session:
        with pytest.raises(NotAllowed):
            staff.change_person(
                session, firm.users["director"], person(firm, "director", roles=["manager"])
            )
        with pytest.raises(Rejected):
            staff.set_active(session, firm.users["director"], active=False)


def test_an_assistant_has_a_superior_who_is_no_ring(firm: Firm) -> None:
    ones = firm.users
    with firm.session("director") as session:
        with pytest.raises(Invalid) as alone:
            staff.change_person(
                session, ones["assistant1"], person(firm, "assistant1", superior_id=None)
            )
        with pytest.raises(Invalid) as ring:
            staff.change_person(
                session, ones["manager1"], person(firm, "manager1", superior_id=ones["assistant1"])
            )
        with pytest.raises(Invalid) as nobody:
            staff.change_person(
                session, ones["manager1"], person(firm, "manager1", superior_id=99_999)
            )
    assert [list(error.value.errors) for error in (alone, ring, nobody)] == [["superior_id"]] * 3


def test_records_follow_a_person_into_another_department(firm: Firm) -> None:
    with firm.session("manager1") as session:
        client = Client(name="Ёлка", kind="organisation")
        session.add(client)
        session.flush()
        deal = Deal(title="Deal", client_id=client.id)
        task = Task(title="Call", due_at=now(), client_id=client.id)
        session.add_all([deal, task, Contact(name="Anna")])
        session.commit()
        client_id, deal_id = client.id, deal.id
    south = firm.departments["South"]
    with firm.session("curator1") as session:
        assert session.get(Client, client_id) is not None
    with firm.session("director") as session:
        moved = staff.change_person(
            session, firm.users["manager1"], person(firm, "manager1", department_id=south)
        )
        session.commit()
        assert moved == 3  # client, contact, task; the deal goes with its client
        newest = changes_of(session, "client", client_id)[0]
        assert newest.changes == {"department_id": [firm.departments["North"], south]}
        assert newest.user_id == firm.users["director"]
        said = changes_of(session, "staff", firm.users["manager1"])[0].changes
        assert said == {"department_id": [firm.departments["North"], south]}
    with firm.session("curator1") as session:
        assert (session.get(Client, client_id), session.get(Deal, deal_id)) == (None, None)
    with firm.session("curator2") as session:
        assert session.get(Client, client_id) is not None
        assert session.get(Deal, deal_id) is not None


def test_moving_a_person_takes_the_same_statements_for_any_number_of_records(firm: Firm) -> None:
    def sent_for(department: str) -> int:
        with firm.session("director") as session:
            with statements(firm) as sent:
                said = person(firm, "manager1", department_id=firm.departments[department])
                staff.change_person(session, firm.users["manager1"], said)
            session.commit()
            return len(sent)

    def add(count: int) -> None:
        with firm.session("manager1") as session:
            session.add_all(
                [Client(name=f"C{number}", kind="organisation") for number in range(count)]
            )
            session.commit()

    add(1)
    before = sent_for("South")
    add(20)
    assert sent_for("North") == before


def test_who_is_deactivated_is_out_and_keeps_the_clients(firm: Firm) -> None:
    with firm.session("manager1") as session:
        session.add(Client(name="Ёлка", kind="organisation"))
        session.commit()
    with firm.session("director") as session:
        before = session.get_one(Staff, firm.users["manager1"]).session_version
        assert staff.clients_of(session, firm.users["manager1"]) == 1
        staff.set_active(session, firm.users["manager1"], active=False)
        session.commit()
        assert not session.get_one(User, firm.users["manager1"]).active
        assert session.get_one(Staff, firm.users["manager1"]).session_version > before
        assert staff.clients_of(session, firm.users["manager1"]) == 1


def test_the_last_who_may_manage_accounts_is_not_shut_out(firm: Firm) -> None:
    admins = ("admin", "second")
    with firm.session() as session:
        made = {
            name: staff.add_user(session, username=name, password=PASSWORD, roles=["Admin"]).id
            for name in admins
            if name not in firm.users
        }
        session.commit()
    numbers = {**firm.users, **made}
    with firm.session() as session:
        staff.set_active(session, numbers["second"], active=False)
        with pytest.raises(Rejected, match=r"admin is the last active account with the role Admin"):
            staff.set_active(session, numbers["admin"], active=False)
        assert session.get_one(User, numbers["admin"]).active
        staff.set_active(session, numbers["second"], active=True)
        staff.set_active(session, numbers["admin"], active=False)
        # While there is an Admin, the director may go.
        staff.set_active(session, numbers["director"], active=False)


def test_the_last_director_of_a_firm_without_admin_is_not_shut_out(firm: Firm) -> None:
    with firm.session() as session:
        for user in session.scalars(select(User).where(User.roles.any(name="Admin"))):
            user.active = False
        session.flush()
        with pytest.raises(Rejected, match=r"director is the last active account"):
            staff.set_active(session, firm.users["director"], active=False)


def test_what_is_wrong_with_a_new_account_is_said_once(firm: Firm) -> None:
    def errors(**said: Any) -> dict[str, str]:
        values: dict[str, Any] = {
            "username": "nina",
            "password": PASSWORD,
            "roles": ["manager"],
            **said,
        }
        with firm.session() as session, pytest.raises(Invalid) as refused:
            staff.add_user(session, **values)
        return refused.value.errors

    with firm.session() as session:
        staff.add_user(session, username="nina", password=PASSWORD, roles=["manager"])
        session.commit()
    assert errors() == {"username": "There is a user 'nina' already."}
    assert errors(username=" ") == {"username": "Give a user name."}
    assert errors(username="petya", language="xx") == {"language": "Choose one of: en, ru, bg."}
    assert set(errors(email="nina@localhost.invalid")) >= {"username"}


def test_a_new_password_ends_the_sessions_of_the_account(firm: Firm) -> None:
    with firm.session("director") as session:
        before = session.get_one(Staff, firm.users["manager1"]).session_version
        staff.set_password(session, firm.users["manager1"], "another horse")
        session.commit()
        assert session.get_one(Staff, firm.users["manager1"]).session_version > before
        with pytest.raises(Invalid):
            staff.set_password(session, firm.users["manager1"], "short")


def test_the_own_password_is_changed_with_the_old_one(firm: Firm) -> None:
    own = firm.users["manager1"]
    with firm.session("manager1") as session:
        with pytest.raises(Invalid) as refused:
            staff.set_password(session, own, "another horse", old="wrong")
        assert list(refused.value.errors) == ["old"]
        staff.set_password(session, own, "another horse", old=PASSWORD)
        session.commit()


def test_everybody_chooses_language_and_time_zone(firm: Firm) -> None:
    with firm.session("assistant1") as session:
        staff.set_habits(session, language="bg", time_zone="Asia/Omsk")
        session.commit()
        mine = session.get_one(Staff, firm.users["assistant1"])
        assert (mine.language, mine.time_zone) == ("bg", "Asia/Omsk")
        with pytest.raises(Invalid) as refused:
            staff.set_habits(session, language="xx", time_zone="Mars/Base")
        assert set(refused.value.errors) == {"language", "time_zone"}


@pytest.mark.parametrize("who", ["director", "admin"])
def test_an_administrator_is_marked_in_the_list(firm: Firm, who: str) -> None:
    page = firm.browser(who).get("/staff/").text
    assert page.count('<span class="badge badge-warn">Administrator</span>') == 1


def test_what_happened_to_an_account_stands_on_its_page(firm: Firm) -> None:
    with firm.session("director") as session:
        staff.add_person(session, "nina", "correct horse", replace(NEW, roles=["manager"]))
        session.commit()
        one = {one.username: one for one in staff.everybody(session)}["nina"]
        staff.change_person(session, one.id, replace(NEW, roles=["curator"]))
        session.commit()
    page = firm.browser("director").get(f"/staff/edit/{one.id}").text
    history = page[page.index("History of changes") :]
    curator = firm.made.registry.roles["curator"].title
    for words in ("Director Test", "created", "changed", "Roles:", "<del>Manager</del>",
                  f"<ins>{curator}</ins>", "<ins>nina</ins>"):  # fmt: skip
        assert words in history, words
    assert firm.browser("curator1").get(f"/staff/edit/{one.id}").status_code in (302, 403, 404)
