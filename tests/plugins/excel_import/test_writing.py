"""Checked rows become records: whole rows or none, with who, by which way and of which import."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from kartoteka.api import (
    Change,
    Client,
    ClientSource,
    Consent,
    Contact,
    ContactPoint,
    Deal,
    Dmu,
    DmuMember,
    Employment,
    Purchase,
    Source,
    unscoped,
)
from kartoteka.testing import Firm, statements
from kartoteka_excel_import.running.accounts import account_of
from kartoteka_excel_import.running.places import Places
from tests.plugins.excel_import.batches import batch, part, written


def counts(session: Any, *models: Any) -> list[int]:
    return [session.scalar(select(func.count(model.id))) for model in models]


def whole_rows(session: Any, count: int = 2) -> Any:
    """Rows with everything a row may hold; all but the first work for the same client."""
    source = session.scalars(select(Source.id)).first()
    return batch(
        part("client", [{"name": "Ромашка", **({"same_as": 2} if n else {})} for n in range(count)],
             phone=["+7 495 123-45-67"] * count),
        part("client_source", [{"source_id": source}] + [None] * (count - 1)),
        part("contact", [{"name": f"Анна {n}"} for n in range(count)],
             email=[f"a{n}@example.com" for n in range(count)]),
        part("employment", [{"position": "Buyer"}] * count),
        part("dmu_member", [{"roles": ("decider",), "influence": 4}] * count),
        part("deal", [{"title": "First order"}] + [None] * (count - 1)),
        part("purchase", [{"amount": 100 + n} for n in range(count)]),
    )  # fmt: skip


def test_a_row_makes_all_its_records_and_they_hang_together(lists: Firm) -> None:
    with lists.session("manager1") as session:
        found = written(session, whole_rows(session))
        session.commit()
        assert found.problems == []
        assert counts(session, Client, Contact, Employment, ClientSource, Dmu) == [1, 2, 2, 1, 1]
        assert counts(session, DmuMember, Deal, Purchase, ContactPoint) == [2, 1, 2, 3]
        client = session.scalars(select(Client)).one()
        assert (client.owner_id, client.purchase_count) == (lists.users["manager1"], 2)
        deal = session.scalars(select(Deal)).one()
        contact_id = session.scalars(select(Contact.id).order_by(Contact.id)).first()
        assert (deal.client_id, deal.contact_id, deal.stage) == (client.id, contact_id, "new")
        bought = session.scalars(select(Purchase).order_by(Purchase.id)).all()
        assert [one.deal_id for one in bought] == [deal.id, None]
        assert {one.client_id for one in session.scalars(select(Employment))} == {client.id}
        # The account says which row made what, and can be read again.
        kept = account_of(found.account.as_json())
        assert kept == found.account
        assert kept.made["client"] == [(0, client.id)]
        assert [place for place, _number in kept.made["contact"]] == [0, 1]
        assert len(kept.made["contact_point"]) == 3
        with unscoped(session, "test"):
            told = session.scalars(select(Change).where(Change.batch == "import-test")).all()
        assert {(one.way, one.user_id) for one in told} == {("import", lists.users["manager1"])}
        assert len(told) == sum(len(pairs) for pairs in kept.made.values())
        assert {kept.since < one.id <= kept.until for one in told} == {True}


def test_search_finds_what_was_imported(lists: Firm) -> None:
    with lists.session("manager1") as session:
        written(session, whole_rows(session))
        client = session.scalars(select(Client)).one()
        assert "74951234567" in (client.search_text or "")


def test_a_refused_row_is_told_and_the_others_go_on(lists: Firm) -> None:
    rows: list[dict[str, Any]] = [{"name": f"Firm {n}"} for n in range(9)]
    rows[4]["left_on"] = date(2026, 1, 1)  # without a reason
    with lists.session("manager1") as session:
        found = written(session, batch(part("client", rows)))
        session.commit()
        assert counts(session, Client) == [8]
        assert found.account.verdicts[4] == "rejected"
        assert [(one.row, one.is_rejection) for one in found.problems] == [(6, True)]
        assert "choose a reason" in found.problems[0].reason
        assert [place for place, _number in found.account.made["client"]] == [
            0, 1, 2, 3, 5, 6, 7, 8,
        ]  # fmt: skip


def test_no_part_of_a_refused_row_stays(lists: Firm) -> None:
    with lists.session("manager1") as session:
        found = written(
            session,
            batch(
                part("client", [{"name": "A"}, {"name": "B"}], phone=["+7 495 123-45-67", ""]),
                part("purchase", [{"amount": 10, "paid": 20}, {"amount": 10, "paid": 5}]),
            ),
        )
        session.commit()
        assert counts(session, Client, Purchase, ContactPoint) == [1, 1, 0]
        assert found.account.verdicts == ["rejected", "create"]
        assert set(found.account.made) == {"client", "purchase"}


def test_a_row_whose_first_row_was_refused_makes_the_record_itself(lists: Firm) -> None:
    with lists.session("manager1") as session:
        found = written(
            session,
            batch(
                part("client", [{"name": "A"}, {"name": "A", "same_as": 2},
                                {"name": "A", "same_as": 2}]),
                part("purchase", [{"amount": 10, "paid": 20}, {"amount": 10}, {"amount": 20}]),
            ),
        )  # fmt: skip
        session.commit()
        assert counts(session, Client, Purchase) == [1, 2]
        assert found.account.verdicts == ["rejected", "create", "create"]


def test_rows_of_a_later_chunk_hang_on_records_of_an_earlier_one(lists: Firm) -> None:
    places = Places()
    with lists.session("manager1") as session:
        written(session, batch(part("client", [{"name": "A"}])), places)
        written(
            session,
            batch(
                part("client", [{"name": "A", "same_as": 2}], phone=["+7 495 123-45-67"]),
                part("purchase", [{"amount": 20}]), first=3,
            ),
            places,
        )  # fmt: skip
        session.commit()
        assert counts(session, Client, Purchase, ContactPoint) == [1, 1, 1]


def test_what_is_there_is_changed_unless_somebody_was_quicker(lists: Firm) -> None:
    with lists.session("manager1") as session:
        one, two = Client(name="A", industry="toys"), Client(name="B", industry="books")
        session.add_all([one, two])
        session.commit()
        changes = {"industry": ("toys", "games")}
        found = written(
            session,
            batch(
                part("client", [{"name": "A", "id": one.id, "changes": changes},
                                {"name": "B", "id": two.id, "changes": changes}]),
                verdicts=["update", "update"],
            ),
        )  # fmt: skip
        session.commit()
        assert (one.industry, two.industry) == ("games", "books")
        assert [(p.row, p.column, p.is_rejection) for p in found.problems] == [
            (3, "Line of business", False)
        ]
        assert found.account.changed["client"] == [(0, one.id), (1, two.id)]


def test_a_phone_that_is_there_is_not_added_again(lists: Firm) -> None:
    with lists.session("manager1") as session:
        client = Client(name="A")
        session.add(client)
        session.flush()
        session.add(ContactPoint(client_id=client.id, kind="mobile", value="+79161234567"))
        session.commit()
        written(
            session,
            batch(
                part("client", [{"id": client.id}] * 2,
                     phone=["8 (916) 123-45-67", "+7 495 123-45-67"]),
                verdicts=["update", "update"],
            ),
        )  # fmt: skip
        session.commit()
        values = session.scalars(select(ContactPoint.normalised).order_by(ContactPoint.id))
        assert list(values) == ["+79161234567", "+74951234567"]


def test_rows_that_are_not_to_be_written_are_not(lists: Firm) -> None:
    verdicts: Any = ["unchanged", "duplicate", "possible", "rejected"]
    with lists.session("manager1") as session:
        found = written(session, batch(part("client", [{"name": "A"}] * 4), verdicts=verdicts))
        assert counts(session, Client) == [0]
        assert found.account.verdicts == verdicts


def test_consents_are_never_imported(lists: Firm) -> None:
    with lists.session("manager1") as session:
        found = written(
            session,
            batch(part("contact", [{"name": "A"}]),
                  part("consent", [{"act": "given", "channel": "email", "wording": "yes"}])),
        )  # fmt: skip
        assert found.account.verdicts == ["rejected"]
        assert counts(session, Consent, Contact) == [0, 0]


def test_a_manager_gives_nothing_to_somebody_whose_records_they_do_not_see(lists: Firm) -> None:
    with lists.session("manager1") as session:
        found = written(
            session, batch(part("client", [{"name": "A", "owner_id": lists.users["manager2"]}]))
        )
        assert found.account.verdicts == ["rejected"]
    with lists.session("director") as session:
        written(
            session, batch(part("client", [{"name": "A", "owner_id": lists.users["manager2"]}]))
        )
        assert session.scalars(select(Client.owner_id)).one() == lists.users["manager2"]


def test_a_chunk_takes_the_same_statements_however_long(lists: Firm) -> None:
    taken: list[int] = []
    with lists.session("manager1") as session:
        written(session, whole_rows(session, 1))
        session.commit()
        for count in (10, 100):
            places = Places()
            some = whole_rows(session, count)
            with statements(lists) as sent:
                written(session, some, places)
            taken.append(len(sent))
            session.commit()
    # SQLite takes so many values in one statement, and then needs another.
    assert taken[1] < taken[0] + 20, taken
