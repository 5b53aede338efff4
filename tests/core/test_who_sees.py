"""Who sees a client, and why: exactly those to whom its page opens."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kartoteka.api import PluginInfo, hookimpl
from kartoteka.models import Client
from kartoteka.services.who_sees import who_sees
from kartoteka.testing import Firm, statements


def told(firm: Firm, number: int) -> dict[str, str]:
    """Return the reason by login."""
    logins = {number: login for login, number in firm.users.items()}
    with firm.session("director") as session:
        client = session.get_one(Client, number)
        return {logins[one.user_id]: one.reason for one in who_sees(session, client)}


def client_of(firm: Firm, who: str) -> int:
    with firm.session() as session:
        client = Client(name="Ромашка", owner_id=firm.users[who])
        session.add(client)
        session.commit()
        return client.id


def test_everybody_to_whom_the_page_opens_is_named_and_nobody_else(firm: Firm) -> None:
    for owner in ("manager1", "manager3", "assistant1"):
        number = client_of(firm, owner)
        opens = {
            who
            for who in firm.users
            if firm.browser(who).get(f"/client/show/{number}").status_code == 200
        }
        assert set(told(firm, number)) == opens


def test_the_reason_is_what_a_person_is_to_the_client(firm: Firm) -> None:
    reasons = told(firm, client_of(firm, "manager1"))
    assert reasons["manager1"] == "responsible manager"
    assert "assistant" in reasons["assistant1"]
    assert "department" in reasons["curator1"]
    assert reasons["director"] == "sees all clients: Director"


def test_a_rule_of_a_plugin_takes_people_away(make: Any) -> None:
    def visible(actor: Any, entity: Any) -> Any:
        return Client.name != "Ромашка" if entity is Client and "curator" in actor.roles else None

    info = PluginInfo(name="hush", title="Hush", version="1", requires_core=">=0.1,<1")
    firm: Firm = make(SimpleNamespace(PLUGIN=info, visible=hookimpl(visible)))
    reasons = told(firm, client_of(firm, "manager1"))
    assert "curator1" not in reasons
    assert "director" in reasons


def test_it_takes_three_statements_however_many_work_here(firm: Firm) -> None:
    number = client_of(firm, "manager1")
    with firm.session("director") as session:
        client = session.get_one(Client, number)
        with statements(session) as sent:
            who_sees(session, client)
    assert len(sent) == 3


def test_whoever_does_not_see_the_client_is_not_told(firm: Firm) -> None:
    number = client_of(firm, "manager3")
    assert firm.browser("manager1").get(f"/client/seen-by/{number}").status_code in (403, 404)
    answer = firm.browser("manager3").get(f"/client/seen-by/{number}")
    assert "responsible manager" in answer.text
