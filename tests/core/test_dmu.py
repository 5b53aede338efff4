"""The state of a decision-making unit, and its reason in words."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from kartoteka.api import DmuRole, PluginInfo, Rejected, hookimpl
from kartoteka.errors import PluginError
from kartoteka.models import Client, Contact, DmuRelation, Employment
from kartoteka.services.dmu import State, Unit, seat, units_of
from kartoteka.services.employments import add_person, end_employment
from kartoteka.testing import Firm, statements

Sit = Callable[..., int]


class Table:
    """A client with people who can be sat down at the table."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.client = Client(name="Завод")
        session.add(self.client)
        session.flush()
        self.people: dict[str, Contact] = {}

    def sit(self, name: str, *roles: str, **values: Any) -> int:
        person = add_person(self.session, self.client.id, name=name)
        self.people[name] = person
        return seat(self.session, self.client.id, person.id, roles=list(roles), **values).id

    def unit(self) -> Unit:
        return units_of(self.session, self.client.id)[0]

    def state(self) -> State:
        state = self.unit().state
        assert state is not None
        return state

    def leave(self, name: str) -> None:
        job = self.session.scalars(
            select(Employment).where(Employment.contact_id == self.people[name].id)
        ).one()
        end_employment(self.session, job)


def test_without_a_decider_the_unit_is_red(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Anna", "buyer", coverage="deep", attitude=2)
        state = table.state()
    assert (state.color, state.reason) == ("red", "No decider is known.")


def test_a_client_without_members_has_empty_seats(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        assert units_of(session, table.client.id) == []
        table.sit("Anna", "user")
        unit = table.unit()
    assert [str(role.title) for role in unit.empty_seats] == ["Decider", "Buyer"]


def test_a_decider_against_us_makes_it_red_and_is_named(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", "buyer", attitude=-1, coverage="deep")
        state = table.state()
    assert (state.color, state.reason) == ("red", "Boris (decider) is against us.")


def test_one_of_two_deciders_against_us_is_amber(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", "buyer", attitude=-2, coverage="deep")
        table.sit("Vera", "decider", attitude=1, coverage="brief")
        state = table.state()
    assert (state.color, state.reason) == ("amber", "Boris (decider) is against us.")


@pytest.mark.parametrize("coverage", [None, "none"])
def test_a_decider_nobody_talked_to_is_amber(firm: Firm, coverage: str | None) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", "buyer", coverage=coverage)
        state = table.state()
    assert state.color == "amber"
    assert state.reason == "Nobody has talked to Boris (decider) yet."


def test_a_missing_required_role_is_amber(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", coverage="several", attitude=1)
        state = table.state()
    assert (state.color, state.reason) == ("amber", "Not known: buyer.")


@pytest.mark.parametrize(("influence", "color"), [(3, "green"), (4, "amber"), (5, "amber")])
def test_only_a_strong_blocker_is_amber(firm: Firm, influence: int, color: str) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", "buyer", coverage="several")
        table.sit("Ivan", "blocker", influence=influence)
        state = table.state()
    assert state.color == color
    if color == "amber":
        assert state.reason == f"Ivan blocks and has influence {influence} of 5."


def test_all_reasons_are_told_at_once(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider")
        table.sit("Ivan", "blocker", influence=5)
        reasons = table.state().reasons
    assert list(reasons) == [
        "Nobody has talked to Boris (decider) yet.",
        "Not known: buyer.",
        "Ivan blocks and has influence 5 of 5.",
    ]


def test_all_known_and_talked_to_is_green(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", "buyer", coverage="brief", attitude=0)
        unit, state = table.unit(), table.state()
    assert state.color == "green"
    assert unit.empty_seats == []


def test_a_decider_who_left_holds_no_seat_but_is_shown(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", "buyer", coverage="deep", attitude=2)
        table.leave("Boris")
        unit, state = table.unit(), table.state()
    assert unit.seats[0].has_left
    assert state.color == "red"
    assert state.reason == "No decider is known. Boris has left the firm."
    assert [role.code for role in unit.empty_seats] == ["decider", "buyer"]


def test_an_assessment_is_signed_and_keeps_what_it_does_not_name(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", influence=5)
        seat(session, table.client.id, table.people["Boris"].id, attitude=1)
        found = table.unit().seats[0]
    assert (found.influence, found.attitude, found.roles) == (5, 1, ("decider",))
    assert found.assessed_by_id == firm.users["manager1"]
    assert found.assessed_at is not None


def test_relations_are_told_in_words(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        boss = table.sit("Boris", "decider", influence=5)
        clerk = table.sit("Anna", "user", influence=2)
        session.add(
            DmuRelation(
                client_id=table.client.id, member_id=clerk, kind="reports_to", other_id=boss
            )
        )
        session.flush()
        seats = table.unit().seats
    assert [item.name for item in seats] == ["Boris", "Anna"]
    assert [(item.title, item.other) for item in seats[1].relations] == [("reports to", "Boris")]


def test_a_business_names_its_own_required_roles(make: Any) -> None:
    info = PluginInfo(name="law", title="Law", version="1", requires_core=">=0.1,<1")
    role = DmuRole(code="lawyer", title="Lawyer", required=True)
    plugin = SimpleNamespace(PLUGIN=info, dmu_roles=hookimpl(lambda: [role]))
    firm: Firm = make(plugin)
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", "buyer", coverage="deep")
        state = table.state()
    assert (state.color, state.reason) == ("amber", "Not known: lawyer.")


def test_a_business_says_which_roles_of_the_core_it_requires(make: Any) -> None:
    info = PluginInfo(name="shop", title="Shop", version="1", requires_core=">=0.1,<1")
    roles = [DmuRole(code="buyer", title="Buyer"),
             DmuRole(code="influencer", title="Influencer", required=True)]  # fmt: skip
    plugin = SimpleNamespace(PLUGIN=info, dmu_roles=hookimpl(lambda: roles))
    firm: Firm = make(plugin)
    with firm.session("manager1") as session:
        table = Table(session)
        table.sit("Boris", "decider", coverage="deep")
        assert table.state().reason == "Not known: influencer."
        table.sit("Anna", "influencer")
        assert table.state().color == "green"


def test_two_businesses_do_not_declare_one_role(make: Any) -> None:
    role = DmuRole(code="buyer", title="Buyer")
    infos = [PluginInfo(name=name, title=name, version="1", requires_core=">=0.1,<1")
             for name in ("shop", "fair")]  # fmt: skip
    with pytest.raises(PluginError, match=r"'fair'.*repeats 'buyer' of plugin 'shop'"):
        make(*(SimpleNamespace(PLUGIN=one, dmu_roles=hookimpl(lambda: [role])) for one in infos))


def test_a_unit_of_another_client_takes_nobody(firm: Firm) -> None:
    with firm.session("manager1") as session:
        first, second = Table(session), Table(session)
        first.sit("Boris", "decider")
        with pytest.raises(Rejected):
            seat(session, second.client.id, 1, dmu_id=first.unit().dmu.id, roles=["user"])


def test_units_are_read_in_two_statements_whatever_their_size(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        for number in range(12):
            table.sit(f"Person {number}", "user")
        session.commit()
        session.expire_all()
        client_id = table.client.id
        with statements(session) as sent:
            assert len(units_of(session, client_id)[0].seats) == 12
    assert len(sent) == 2


def test_nobody_reports_to_oneself_through_others(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        anna, boris, vera = (table.sit(name, "user") for name in ("Anna", "Boris", "Vera"))

        def relate(lower: int, upper: int, kind: str = "reports_to") -> None:
            session.add(
                DmuRelation(client_id=table.client.id, member_id=lower, other_id=upper, kind=kind)
            )
            session.commit()

        relate(anna, boris)
        relate(boris, vera)
        relate(vera, anna, "influences")
        with pytest.raises(Rejected, match="above the other one already"):
            relate(vera, anna)


def test_a_member_has_a_role(firm: Firm) -> None:
    with firm.session("manager1") as session:
        table = Table(session)
        member = table.sit("Anna", "user")
        session.commit()
    program = firm.program("manager1")
    refused = program.put(f"/api/v1/dmu_member/{member}", json={"roles": []})
    assert (refused.status_code, refused.json["errors"]) == (
        422, {"roles": "Fill this in."}
    )  # fmt: skip
