"""Each colour has its rule, and the first rule that holds wins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Activity,
    Client,
    Contact,
    Dmu,
    DmuMember,
    Employment,
    Invalid,
    LostReason,
    delete,
    move_deal,
    registry_of,
    update,
)
from kartoteka.testing import Firm
from kartoteka_funnel_colors.recolor import recolor_all
from tests.plugins.funnel_colors.making import (
    buy,
    color_of,
    consent,
    new_client,
    person_at,
    request_of,
)


def reason(session: Session) -> int:
    return session.scalars(select(LostReason.id).order_by(LostReason.id).limit(1)).one()


def leave(session: Session, client: Client) -> None:
    client.left_on, client.lost_reason_id = datetime.now(UTC).date(), reason(session)
    session.flush()


def answer(session: Session, client: Any, value: str) -> None:
    client.funnel_colors_offer = value
    session.flush()


def agree_to_mailings(session: Session, client: Any) -> None:
    consent(session, person_at(session, client).id)


def talk(session: Session, client: Client) -> None:
    session.add(Activity(client_id=client.id, kind="call", happened_at=datetime.now(UTC)))
    session.flush()


def meet_decider(session: Session, client: Client) -> None:
    person, unit = Contact(name="Anna"), Dmu(client_id=client.id, title="Buyers")
    session.add_all([person, unit])
    session.flush()
    session.add(Employment(client_id=client.id, contact_id=person.id))
    session.add(
        DmuMember(
            client_id=client.id, dmu_id=unit.id, contact_id=person.id, roles=("decider",)
        )
    )  # fmt: skip
    session.flush()


def refuse(session: Session, client: Client) -> None:
    move_deal(session, request_of(session, client), "refused", lost_reason_id=reason(session))
    session.flush()


Step = Callable[[Session, Client], None]


def bought(*days: int) -> Step:
    return lambda session, client: buy(session, client, *days)


OFTEN = (1, 2, 3, 4, 5, 6)
CASES: dict[str, tuple[list[Step], str, str]] = {
    "nothing": ([], "white", "only_there"),
    "a talk": ([talk], "grey", "no_decider"),
    "a talk with a decider": ([talk, meet_decider], "white", "only_there"),
    "looks at the offer": ([talk, lambda s, c: answer(s, c, "agreed")], "green", "offer"),
    "takes mailings": (
        [lambda s, c: answer(s, c, "agreed"), agree_to_mailings], "yellow", "mailings",
    ),
    "takes calls only": (
        [lambda s, c: consent(s, person_at(s, c).id, channel="phone")], "white", "only_there",
    ),
    "asked": ([agree_to_mailings, request_of], "green_gold", "request"),  # pyright: ignore
    "bought once": ([request_of, bought(400)], "gold", "bought"),  # pyright: ignore
    "bought three times": ([bought(1, 2, 300)], "platinum", "often"),
    "refused the offer": ([lambda s, c: answer(s, c, "refused")], "red_green", "said_no"),
    "refused a deal": ([refuse], "red_green", "refused"),
    "refused and asked again": ([refuse, request_of], "green_gold", "request"),  # pyright: ignore
    "left without buying": ([leave], "red_green", "left"),
    "bought twice and fell silent": ([bought(180, 200)], "red_gold", "few_silent"),
    "bought twice, one day less": ([bought(179, 200)], "gold", "bought"),
    "bought once and left": ([bought(5), leave], "red_gold", "few_left"),
    "silent after long": (
        [bought(*(day + 180 for day in OFTEN))], "red_platinum", "long_silent",
    ),
    "left after long": ([bought(*OFTEN), leave], "red_platinum", "long_left"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_client_has_the_colour_of_the_first_rule_that_holds(colored: Firm, name: str) -> None:
    steps, color, rule = CASES[name]
    with colored.session("director") as session:
        client = new_client(session)
        for step in steps:
            step(session, client)
        assert color_of(client) == (color, rule)
        session.expire_all()
        assert color_of(client) == (color, rule)
        with colored.session() as other:
            session.commit()
            assert recolor_all(other).changed == 0


def test_a_purchase_taken_back_takes_the_colour_back(colored: Firm) -> None:
    from kartoteka.api import Purchase

    with colored.session("director") as session:
        client = new_client(session)
        buy(session, client, 1)
        purchase = session.scalars(select(Purchase)).one()
        delete(session, registry_of(session).entity("purchase"), purchase)
        assert color_of(client) == ("white", "only_there")


def test_a_purchase_given_to_another_client_colours_both(colored: Firm) -> None:
    from kartoteka.api import Purchase

    with colored.session("director") as session:
        first, second = new_client(session), new_client(session, "Beta")
        buy(session, first, 1)
        purchase = session.scalars(select(Purchase)).one()
        entity = registry_of(session).entity("purchase")
        update(session, entity, purchase, {"client_id": second.id})
        assert (color_of(first)[0], color_of(second)[0]) == ("white", "gold")


def test_nobody_types_a_colour(colored: Firm) -> None:
    with colored.session("director") as session:
        client = new_client(session)
        entity = registry_of(session).entity("client")
        with pytest.raises(Invalid):
            update(session, entity, client, {"funnel_colors_color": "gold"})
        assert color_of(client)[0] == "white"
