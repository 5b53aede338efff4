"""What is deleted lies in a bin and comes back whole; personal data go for good on demand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from acme_dummy import plugin as acme
from sqlalchemy import func, select

from kartoteka.api import delete, get
from kartoteka.errors import NotAllowed, Rejected
from kartoteka.fields.types import now
from kartoteka.history.log import changes_of
from kartoteka.models import Activity, Change, Client, Contact, ContactPoint, Purchase, StageChange
from kartoteka.models.removal import Removal
from kartoteka.services import bin as bin_, totals
from kartoteka.services.deals import move_deal
from kartoteka.services.personal_data import collected, erase
from kartoteka.testing import Firm, statements
from tests.conftest import SALE, MakeFirm
from tests.core.test_merging import add, entity, everything, make_one, person_at, snapshot, two


@pytest.fixture
def firm(make: MakeFirm) -> Firm:
    return make(SALE, acme)


def filled(firm: Firm) -> tuple[int, int]:
    """Write a client with a row of each kind and a neighbour; return client and person."""
    kept, _other = two(firm)
    person = person_at(firm, kept)
    everything(firm, kept, person, "1")
    with firm.session() as session:
        add(session, firm, "acme_visit", client_id=kept, title="Визит", contact_id=person)
        add(session, firm, "contact_point", client_id=kept, kind="phone", value="84957770011")
        add(session, firm, "contact_point", contact_id=person, kind="mobile", value="89161234567")
        add(session, firm, "consent", contact_id=person, act="given", channel="email", way="paper",
            wording="Согласен")  # fmt: skip
        from kartoteka.models import Deal

        move_deal(session, session.scalars(select(Deal)).one(), "offer", values={"amount": 5})
        session.commit()
    return kept, person


def throw(firm: Firm, code: str, number: int, who: str = "director") -> int:
    with firm.session(who) as session:
        delete(session, entity(firm, code), get(session, entity(firm, code), number))
        session.commit()
    with firm.session() as session:
        return session.scalar(select(func.max(Removal.id))) or 0


def bring_back(firm: Firm, number: int, who: str = "director") -> Any:
    with firm.session(who) as session:
        done = bin_.restore(session, bin_.get(session, number))
        session.commit()
        return done


@pytest.mark.parametrize("code", ["client", "contact", "deal", "purchase"])
def test_a_record_comes_back_with_everything_that_went_with_it(firm: Firm, code: str) -> None:
    client, person = filled(firm)
    before = snapshot(firm)
    number = {"client": client, "contact": person}.get(code, 1)
    lies = throw(firm, code, number)
    assert snapshot(firm) != before
    done = bring_back(firm, lies)
    assert (done.record_id, done.stays) == (number, ())
    assert snapshot(firm) == before
    with firm.session() as session:
        assert totals.check(session.connection()) == []
        assert session.scalars(select(StageChange.id)).all()
    with firm.session("director") as session:
        told = changes_of(session, code, number)
        assert [one.action for one in told][:2] == ["restore", "delete"]
        assert told[-1].action == "create"
        with pytest.raises(Rejected, match="already"):
            bin_.restore(session, bin_.get(session, lies))


def test_a_restored_record_is_found_again(firm: Firm) -> None:
    client, _person = filled(firm)
    bring_back(firm, throw(firm, "client", client))
    page = firm.browser("manager1")
    assert "Ромашка" in page.get("/client/list/?q=ООО+Ромашка").get_data(as_text=True)
    assert page.get(f"/client/show/{client}").status_code == 200


def test_the_bin_is_for_whoever_sees_everything(firm: Firm) -> None:
    client, _person = filled(firm)
    number = throw(firm, "client", client, "manager1")
    for who in ("manager1", "curator1", "assistant1"):
        assert firm.browser(who).get("/bin/").status_code == 403
        with firm.session(who) as session, pytest.raises(NotAllowed):
            bin_.get(session, number)
    page = firm.browser("director")
    shown = page.get("/bin/").get_data(as_text=True)
    assert "ООО «Ромашка»" in shown
    assert "Manager1 Test" in shown
    assert page.post(f"/bin/restore/{number}").location == f"/client/show/{client}"
    assert "The bin is empty" in page.get("/bin/").get_data(as_text=True)


def test_what_lies_too_long_is_forgotten(firm: Firm) -> None:
    client, _person = filled(firm)
    number = throw(firm, "client", client)
    with firm.session() as session:
        assert bin_.empty(session, timedelta(days=90)) == 0
        assert bin_.empty(session, now() + timedelta(days=1)) == 1
        session.commit()
    with firm.session("director") as session:
        assert bin_.listed(session)[0] == 0
        with pytest.raises(Rejected, match="already"):
            bin_.restore(session, bin_.get(session, number))


def test_a_row_without_its_client_can_not_come_back(firm: Firm) -> None:
    client, _person = filled(firm)
    number = throw(firm, "purchase", 1)
    throw(firm, "client", client)
    with firm.session("director") as session, pytest.raises(Rejected, match="is gone"):
        bin_.restore(session, bin_.get(session, number))


def test_a_row_comes_back_to_the_client_its_own_was_merged_with(firm: Firm) -> None:
    client, _person = filled(firm)
    number = throw(firm, "purchase", 1)
    with firm.session() as session:
        other = session.scalar(select(Client.id).where(Client.id != client)) or 0
    make_one(firm, other, client)
    bring_back(firm, number)
    with firm.session() as session:
        assert session.scalars(select(Purchase.client_id)).all() == [other]
        assert totals.check(session.connection()) == []


def test_a_number_taken_meanwhile_is_not_taken_away(firm: Firm) -> None:
    client, _person = filled(firm)
    number = throw(firm, "client", client)
    with firm.session() as session:
        session.add(Client(id=client, name="Новый"))
        session.commit()
    done = bring_back(firm, number)
    assert done.record_id != client
    with firm.session() as session:
        assert get(session, entity(firm), client).name == "Новый"
        assert session.scalars(select(Purchase.client_id)).all() == [done.record_id]


def test_deleting_takes_as_many_statements_however_much_goes(firm: Firm) -> None:
    counts: list[int] = []
    for many in (2, 20):
        client, _other = two(firm)
        with firm.session() as session:
            for place in range(many):
                add(session, firm, "activity", client_id=client, kind="note", subject=f"{place}",
                    happened_at="2026-02-03T10:00")  # fmt: skip
            session.commit()
        with firm.session("director") as session:
            record = get(session, entity(firm), client)
            with statements(session) as sent:
                delete(session, entity(firm), record)
            session.commit()
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_everything_kept_of_a_person_is_in_one_file(firm: Firm) -> None:
    _client, person = filled(firm)
    with firm.session("director") as session:
        told = collected(session, get(session, entity(firm, "contact"), person))
    assert told["contact"]["name"] == "Щукин Пётр"
    assert [one["normalised"] for one in told["contact_point"]] == ["+79161234567"]
    assert {"employment", "consent", "deal", "activity", "acme_visit", "history"} <= set(told)
    page = firm.browser("director")
    answer = page.get(f"/personal-data/{person}/file")
    assert answer.json["contact"]["name"] == "Щукин Пётр"
    assert firm.browser("curator1").get(f"/personal-data/{person}/file").status_code == 403


def test_personal_data_are_erased_everywhere_with_a_trace(firm: Firm) -> None:
    client, person = filled(firm)
    twin = person_at(firm, client, "Пётр Щукин")
    make_one(firm, person, twin, code="contact")
    with firm.session("director") as session:
        point = session.scalars(select(ContactPoint).where(ContactPoint.contact_id == person))
        delete(session, entity(firm, "contact_point"), point.one())
        add(session, firm, "contact_point", contact_id=person, kind="mobile", value="89167654321")
        session.commit()
    with firm.session() as session:
        talk = session.scalars(select(Activity.id)).one()
    throw(firm, "activity", talk)
    page = firm.browser("director")
    assert page.post(f"/personal-data/{person}/erase", data={"again": "0"}).status_code == 400
    answer = page.post(f"/personal-data/{person}/erase", data={"again": f"{person}"})
    assert answer.location == f"/contact/show/{person}"
    with firm.session() as session:
        contact = session.get_one(Contact, person)
        assert (contact.name, contact.note, contact.birthday) == ("Erased person", None, None)
        mine = select(ContactPoint).where(ContactPoint.contact_id == person)
        assert session.scalars(mine).all() == []
        texts = " ".join(str(one) for one in session.scalars(select(Change.changes)))
        assert "Щукин" not in texts
        assert "9161234567" not in texts.replace(" ", "").replace("-", "")
        assert "9167654321" not in texts.replace(" ", "")
        assert "Щукин" not in (contact.search_text or "")
        kept = session.scalars(select(Removal.contents).where(Removal.entity == "contact")).all()
        assert kept == [None]
        others = " ".join(str(one) for one in session.scalars(select(Removal.contents)))
        assert "activity" in others
        assert "Звонок" not in others
        assert "7654321" not in others
        assert session.scalars(select(Purchase.id)).all()
    with firm.session("director") as session:
        assert changes_of(session, "contact", person)[0].action == "erase"


def test_only_who_has_the_right_erases(firm: Firm) -> None:
    _client, person = filled(firm)
    with firm.session("curator1") as session, pytest.raises(NotAllowed):
        erase(session, get(session, entity(firm, "contact"), person))
