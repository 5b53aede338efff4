"""What people agreed to is kept word for word, never changed, and the latest word counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import (
    Invalid,
    NotAllowed,
    Rejected,
    all_of,
    create,
    criteria,
    delete,
    fact_is,
    now,
    update,
)
from kartoteka.models import Client, Consent, Contact, Employment
from kartoteka.services import consents
from kartoteka.testing import Firm, statements

TEXT = "I agree to get news once a month."


def person(firm: Firm, who: str, name: str, *firms: int) -> int:
    """Return a contact of a manager, at work at some clients."""
    with firm.session(who) as session:
        made = create(session, firm.made.registry.entity("contact"), {"name": name})
        for client_id in firms:
            create(session, firm.made.registry.entity("employment"),
                   {"client_id": client_id, "contact_id": made.id})  # fmt: skip
        session.commit()
        return made.id


def firm_of(firm: Firm, who: str, name: str) -> int:
    with firm.session(who) as session:
        made = create(session, firm.made.registry.entity("client"), {"name": name})
        session.commit()
        return made.id


def say(firm: Firm, who: str, contact_id: int, act: str = "given", days: int = 0,
        **values: Any) -> int:  # fmt: skip
    """Write down what a person said so many days ago."""
    given = {
        "contact_id": contact_id, "act": act, "channel": "email", "purpose": "marketing",
        "happened_at": now() - timedelta(days=days), "way": "form", "wording": TEXT, **values,
    }  # fmt: skip
    with firm.session(who) as session:
        made = create(session, firm.made.registry.entity("consent"), given)
        session.commit()
        return made.id


def test_the_latest_word_counts_for_each_channel_and_purpose(firm: Firm) -> None:
    ivan = person(firm, "manager1", "Иван")
    say(firm, "manager1", ivan, days=30)
    say(firm, "manager1", ivan, "withdrawn", days=10, wording=None)
    say(firm, "manager1", ivan, days=20)  # written down later, said before
    say(firm, "manager1", ivan, days=5, channel="sms")
    say(firm, "manager1", ivan, days=5, purpose="service")
    with firm.session("manager1") as session:
        found = {(one.channel, one.purpose): one.act for one in consents.latest(session, [ivan])}
        assert found == {
            ("email", "marketing"): "withdrawn", ("email", "service"): "given",
            ("sms", "marketing"): "given",
        }  # fmt: skip
        assert not consents.is_given(session, ivan, "email", "marketing")
        assert consents.is_given(session, ivan, "sms", "marketing")
        assert not consents.is_given(session, ivan, "phone", "marketing")
    say(firm, "manager1", ivan)
    with firm.session("manager1") as session:
        assert consents.is_given(session, ivan, "email", "marketing")


def test_of_one_moment_the_row_written_last_counts(firm: Firm) -> None:
    ivan, moment = person(firm, "manager1", "Иван"), now() - timedelta(days=1)
    say(firm, "manager1", ivan, happened_at=moment)
    say(firm, "manager1", ivan, "withdrawn", happened_at=moment)
    with firm.session("manager1") as session:
        assert [one.act for one in consents.latest(session, [ivan])] == ["withdrawn"]


@pytest.mark.parametrize("who", ["manager1", "director", None])
def test_nothing_in_the_ledger_is_changed_or_deleted(firm: Firm, who: str | None) -> None:
    number = say(firm, "manager1", person(firm, "manager1", "Иван"))
    entity = firm.made.registry.entity("consent")
    with firm.session(who) as session:
        with pytest.raises(Rejected, match="stays as it is"):
            update(session, entity, session.get_one(Consent, number), {"act": "withdrawn"})
        session.rollback()
        session.get_one(Consent, number).proof = "elsewhere"
        with pytest.raises(Rejected, match="stays as it is"):
            session.flush()
        session.rollback()
        with pytest.raises(Rejected, match="stays as it is"):
            delete(session, entity, session.get_one(Consent, number))
        session.rollback()
        assert session.get_one(Consent, number).act == "given"


def test_a_consent_is_written_down_with_its_words_and_not_in_advance(firm: Firm) -> None:
    ivan = person(firm, "manager1", "Иван")
    wrongs: list[dict[str, Any]] = [
        {"wording": ""}, {"wording": "  "}, {"days": -1}, {"channel": "pigeon"}, {"way": ""}
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(Invalid):
            say(firm, "manager1", ivan, **wrong)
    say(firm, "manager1", ivan, "withdrawn", wording="")


def test_consents_are_seen_by_whoever_sees_the_person(firm: Firm) -> None:
    ivan = person(firm, "manager1", "Иван", firm_of(firm, "manager1", "Ромашка"))
    number = say(firm, "manager1", ivan)
    for who, sees in (
        ("manager1", True), ("assistant1", True), ("curator1", True), ("director", True),
        ("manager2", False), ("manager3", False), ("curator2", False),
    ):  # fmt: skip
        with firm.session(who) as session:
            assert bool(consents.latest(session, [ivan])) is sees, who
            assert consents.is_given(session, ivan, "email", "marketing") is sees, who
        program = firm.program(who)
        assert program.get(f"/api/v1/consent/{number}").status_code == (200 if sees else 404)
        assert program.get("/api/v1/consent/").json["count"] == int(sees), who
    with pytest.raises((NotAllowed, Invalid)):
        say(firm, "manager3", ivan)


def test_a_program_adds_to_the_ledger_and_changes_nothing(firm: Firm) -> None:
    ivan = person(firm, "manager1", "Иван")
    program = firm.program("manager1")
    body = {"contact_id": ivan, "channel": "email", "purpose": "marketing", "way": "form",
            "wording": TEXT, "proof": "form 17"}  # fmt: skip
    made = program.post("/api/v1/consent/", json=body)
    assert made.status_code == 201, made.json
    assert made.json["result"]["act"] == "given"
    assert made.json["result"]["created_by_id"] == firm.users["manager1"]
    address = f"/api/v1/consent/{made.json['id']}"
    assert program.put(address, json={"act": "withdrawn"}).status_code == 405
    assert program.delete(address).status_code == 405
    assert program.post("/api/v1/consent/", json={**body, "wording": None}).status_code == 422
    told = program.get(f"{address}/history").json["result"]
    assert [one["action"] for one in told] == ["create"]
    assert told[0]["changes"]["wording"]["to"] == TEXT


def test_the_page_of_a_person_shows_what_they_agree_to(firm: Firm) -> None:
    ivan = person(firm, "manager1", "Иван")
    browser = firm.browser("manager1")
    page = browser.get(f"/contact/show/{ivan}").text
    assert f"/consent/add?contact_id={ivan}" in page
    assert "What the person agrees to" not in page
    form = {"contact_id": str(ivan), "act": "given", "channel": "email", "purpose": "marketing",
            "way": "paper", "wording": TEXT, "proof": "folder 3",
            "happened_at": "2026-01-15T10:00"}  # fmt: skip
    wrong = browser.post("/consent/add", data={**form, "wording": ""})
    assert wrong.status_code == 400
    assert "Write down what the person agreed to." in wrong.text
    assert browser.post("/consent/add", data=form).status_code == 302
    page = browser.get(f"/contact/show/{ivan}").text
    assert "What the person agrees to" in page
    assert ">agrees<" in page
    assert "Signed paper" in page
    assert "act=withdrawn" in page
    with firm.session() as session:
        number = session.scalars(select(Consent.id)).one()
    assert TEXT in browser.get(f"/consent/show/{number}").text
    assert browser.post(f"/consent/edit/{number}", data=form).status_code == 403
    assert browser.post(f"/consent/delete/{number}").status_code == 403
    asked = browser.get(f"/consent/add?contact_id={ivan}&channel=email&act=withdrawn").text
    assert '<option value="withdrawn" selected' in asked
    browser.post("/consent/add", data={**form, "act": "withdrawn", "wording": "",
                                       "happened_at": "2026-02-01T10:00"})  # fmt: skip
    assert ">no longer<" in browser.get(f"/contact/show/{ivan}").text


def test_a_person_who_is_deleted_takes_the_consents_along(firm: Firm) -> None:
    ivan = person(firm, "manager1", "Иван")
    say(firm, "manager1", ivan)
    with firm.session("manager1") as session:
        delete(session, firm.made.registry.entity("contact"), session.get_one(Contact, ivan))
        session.commit()
    with firm.session() as session:
        assert session.scalars(select(Consent)).all() == []


def agreed(firm: Firm, who: str, **given: str) -> set[str]:
    """Return the clients where somebody agreed, by the criteria and one by one."""
    entity = firm.made.registry.entity("client")
    tree = all_of(fact_is("consent_given", "eq", True, **given))
    with firm.session(who) as session:
        wanted = criteria.condition(session, entity, tree)
        found = set(session.scalars(select(Client.name).where(wanted)))
        for number, name in session.execute(select(Client.id, Client.name)).all():
            assert criteria.holds(session, entity, tree, number) is (name in found), name
        joined = criteria.joined(session, entity, {"x": tree})
        together = select(Client.name).select_from(joined.source).where(joined.conditions["x"])
        assert set(session.scalars(together)) == found
    return found


def test_a_client_agrees_when_somebody_who_works_there_does(firm: Firm) -> None:
    yes, no, left, never = (
        firm_of(firm, "manager1", name) for name in ("Yes", "No", "Left", "Never")
    )
    say(firm, "manager1", person(firm, "manager1", "A", yes), days=3)
    taken_back = person(firm, "manager1", "B", no, yes)
    say(firm, "manager1", taken_back, days=3)
    say(firm, "manager1", taken_back, "withdrawn", days=1)
    gone = person(firm, "manager1", "C", left)
    say(firm, "manager1", gone)
    say(firm, "manager1", person(firm, "manager1", "D", never), channel="sms")
    with firm.session("manager1") as session:
        job = session.scalars(select(Employment).where(Employment.contact_id == gone)).one()
        job.until = date(2026, 1, 1)
        session.commit()

    assert agreed(firm, "manager1") == {"Yes"}
    assert agreed(firm, "manager1", channel="sms") == {"Never"}
    assert agreed(firm, "manager1", channel="sms", purpose="service") == set()
    assert agreed(firm, "director") == {"Yes"}
    assert agreed(firm, "manager3") == set()


def test_the_fact_is_asked_in_words(firm: Firm) -> None:
    entity = firm.made.registry.entity("client")
    with firm.session("manager1") as session:
        said = criteria.words(session, entity, fact_is("consent_given", "eq", True, channel="sms"))
    assert said == "somebody there agreed (SMS, News and offers): yes"


def test_many_consents_cost_a_page_no_further_statement(firm: Firm) -> None:
    ivan = person(firm, "manager1", "Иван")
    say(firm, "manager1", ivan)
    browser = firm.browser("manager1")
    browser.get(f"/contact/show/{ivan}")
    with statements(firm) as few:
        browser.get(f"/contact/show/{ivan}")
    for days, channel in enumerate(("sms", "phone", "post", "messenger", "email")):
        say(firm, "manager1", ivan, days=days, channel=channel)
    with statements(firm) as many:
        browser.get(f"/contact/show/{ivan}")
    assert len(many) == len(few)
