"""Clients of the base that a form or the rows of a file may mean."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kartoteka.api import create
from kartoteka.matching.base_pairs import find_in_base
from kartoteka.matching.candidate import Candidate
from kartoteka.matching.clients import PossibleDuplicate, possible_duplicates
from kartoteka.testing import Firm, statements
from tests.core.test_rest_rights import hide

PHONE, MAIL, TAX = "+74957770011", "info@romashka.example", "7707083893"


def filled(firm: Firm) -> dict[str, int]:
    """Write clients of two managers; return their ids by name."""
    entity = firm.made.registry.entity
    clients = [
        ("ООО «Ромашка»", "manager1", {"tax_id": TAX, "address": "Москва, Мира 5"}),
        ("Торговый дом «Василёк»", "manager2", {"address": "Тула, Ленина 1"}),
        ("Торговый дом «Берёзка»", "manager1", {}),
        ("Щукин и партнёры", "manager1", {"external_id": "К-17"}),
    ]
    ids: dict[str, int] = {}
    with firm.session() as session:
        for name, owner, values in clients:
            owned = {"name": name, "owner_id": firm.users[owner], **values}
            ids[name] = create(session, entity("client"), owned).id
        points = [("ООО «Ромашка»", "email", MAIL), ("Торговый дом «Василёк»", "phone", PHONE)]
        for name, kind, value in points:
            point = {"client_id": ids[name], "kind": kind, "value": value}
            create(session, entity("contact_point"), point)
        person = create(session, entity("contact"), {"name": "Щукин Пётр"})
        work = {"client_id": ids["Щукин и партнёры"], "contact_id": person.id}
        create(session, entity("employment"), work)
        mobile = {"contact_id": person.id, "kind": "mobile", "value": "+79161234567"}
        create(session, entity("contact_point"), mobile)
        session.commit()
    return ids


def asked(
    firm: Firm, candidates: Sequence[Candidate], user: str = "director"
) -> list[PossibleDuplicate]:
    with firm.session(user) as session:
        return possible_duplicates(session, candidates)


#: Beside them a form is one of many rows, which are looked for in another way.
OTHERS = [Candidate(name=name) for name in ("Незабудка", "Полынь", "Крапива", "Лопух")]


@pytest.mark.parametrize("others", [[], OTHERS], ids=["form", "rows"])
@pytest.mark.parametrize(
    ("candidate", "name", "same"),
    [
        (Candidate(name="Romashka LLC"), "ООО «Ромашка»", "name"),
        (Candidate(name="ЗАО Рoмaшкa"), "ООО «Ромашка»", "name"),
        (Candidate(name="Совсем другое", tax_id=TAX), "ООО «Ромашка»", "tax_id"),
        (Candidate(name="Другое", emails=(MAIL,)), "ООО «Ромашка»", "email"),
        (Candidate(phones=(PHONE,)), "Торговый дом «Василёк»", "phone"),
        (Candidate(phones=("+79161234567",)), "Щукин и партнёры", "phone"),
        (Candidate(name="Shchukin i partnery"), "Щукин и партнёры", "name"),
        (Candidate(external_id="К-17"), "Щукин и партнёры", "external_id"),
    ],
)
def test_a_client_is_known_by_name_or_key(
    firm: Firm, candidate: Candidate, name: str, same: str, others: list[Candidate]
) -> None:
    ids = filled(firm)
    (found,) = asked(firm, [*others, candidate])
    assert (found.place, found.client_id, found.name) == (len(others), ids[name], name)
    assert same in found.same


@pytest.mark.parametrize("others", [[], OTHERS], ids=["form", "rows"])
def test_a_typing_slip_is_overlooked(firm: Firm, others: list[Candidate]) -> None:
    ids = filled(firm)
    (found,) = asked(firm, [*others, Candidate(name="Торговый дом Васлиёк", address="Тула Ленина")])
    assert found.client_id == ids["Торговый дом «Василёк»"]
    assert "name" in found.similar


def test_common_words_alone_name_nobody(firm: Firm) -> None:
    filled(firm)
    assert asked(firm, [Candidate(name="Торговый дом Клевер")]) == []
    assert asked(firm, [Candidate()]) == []
    assert asked(firm, []) == []


def test_a_client_is_not_its_own_duplicate(firm: Firm) -> None:
    ids = filled(firm)
    itself = Candidate(name="Ромашка", tax_id=TAX, client_id=ids["ООО «Ромашка»"])
    assert asked(firm, [itself]) == []


def test_of_a_foreign_client_only_the_fact_and_the_manager_are_told(firm: Firm) -> None:
    filled(firm)
    (found,) = asked(firm, [Candidate(name="Новая", phones=(PHONE,))], "manager1")
    assert (found.client_id, found.name, found.same) == (None, "", ("phone",))
    assert found.owner_id == firm.users["manager2"]
    assert (found.similar, found.different) == ((), ())
    (theirs,) = asked(firm, [Candidate(name="Новая", phones=(PHONE,))], "manager2")
    assert theirs.name == "Торговый дом «Василёк»"


def test_a_foreign_client_that_is_only_similar_is_not_told(firm: Firm) -> None:
    filled(firm)
    similar = Candidate(name="Торговый дом Васлиёк", address="Тула Ленина")
    assert asked(firm, [similar], "manager1") == []


def test_a_form_costs_three_statements(firm: Firm) -> None:
    filled(firm)
    form = Candidate(name="ООО Ромашка Плюс", phones=(PHONE,), emails=(MAIL,), tax_id=TAX)
    with firm.session("manager1") as session, statements(session) as sent:
        assert len(possible_duplicates(session, [form])) == 2
    assert len([one for one in sent if one.lstrip().upper().startswith("SELECT")]) <= 3


def test_statements_do_not_grow_with_rows(firm: Firm) -> None:
    filled(firm)
    counts: list[int] = []
    for times in (1, 20):
        rows = [
            Candidate(name=f"Ромашка {n}", phones=(PHONE,), tax_id=TAX) for n in range(5 * times)
        ]
        with firm.session("director") as session, statements(session) as sent:
            possible_duplicates(session, rows)
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_clients_that_are_there_twice_are_found_among_those_one_sees(firm: Firm) -> None:
    ids = filled(firm)
    with firm.session() as session:
        entity = firm.made.registry.entity("client")
        twin = {"name": "Romashka", "owner_id": firm.users["manager2"], "tax_id": TAX}
        ids["twin"] = create(session, entity, twin).id
        session.commit()
    with firm.session("director") as session, statements(session) as sent:
        looked_at, (pair,) = find_in_base(session)
    assert looked_at == len(ids)
    assert {one.id for one in pair.clients} == {ids["ООО «Ромашка»"], ids["twin"]}
    assert pair.same == ("name", "tax_id")
    assert len(sent) <= 2
    with firm.session("manager1") as session:
        assert find_in_base(session) == (3, [])


def test_hidden_fields_make_nobody_a_pair(firm: Firm) -> None:
    filled(firm)
    with firm.session() as session:
        entity = firm.made.registry.entity("client")
        create(session, entity, {"name": "Совсем другая", "tax_id": TAX})
        session.commit()

    def told(user: str | None = None) -> set[str]:
        with firm.session(user) as session:
            pairs = find_in_base(session, 0.01)[1]
        return {code for pair in pairs for code in (*pair.same, *pair.similar, *pair.different)}

    assert "tax_id" in told("director")
    hide(firm, "client", "tax_id", "director")
    assert "tax_id" not in told("director")
    assert "tax_id" in told()


@pytest.mark.parametrize("others", [[], OTHERS], ids=["form", "rows"])
def test_namesakes_are_named_whatever_speaks_against_them(
    firm: Firm, others: list[Candidate]
) -> None:
    ids = filled(firm)
    rows = [*others, Candidate(name="РОМАШКА", tax_id="7728168971", address="Омск, Лесная 8")]
    assert asked(firm, rows) == []
    for user, known in (("manager1", [ids["ООО «Ромашка»"]]), ("manager2", [])):
        with firm.session(user) as session:
            found = possible_duplicates(session, rows, namesakes=True)
        assert [one.client_id for one in found] == known
        assert all(one.is_namesake and "tax_id" in one.different for one in found)
