"""Buttons that plugins put beside phones and addresses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kartoteka.api import ContactWay, PluginError, PluginInfo, hookimpl
from kartoteka.models import Client, ContactPoint
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm

INFO = PluginInfo(name="phones", title="Phones", version="1", requires_core=">=0.1,<1")


def plugin(*ways: ContactWay) -> Any:
    return SimpleNamespace(PLUGIN=INFO, contact_ways=hookimpl(lambda: ways))


def way(code: str, **values: Any) -> ContactWay:
    given: dict[str, Any] = {"title": "Ring", "kinds": ("phone", "mobile"),
             "address": lambda point: f"/phones/ring/{point.id}"}  # fmt: skip
    return ContactWay(code=f"phones_{code}", **{**given, **values})


def card(firm: Firm) -> tuple[str, str]:
    """Return the page of a client with a phone and an e-mail, and that of its person."""
    with firm.session("manager1") as session:
        client = Client(name="Ромашка")
        session.add(client)
        session.flush()
        session.add_all([
            ContactPoint(client_id=client.id, kind="phone", value="+74951234567"),
            ContactPoint(client_id=client.id, kind="phone", value="+74951234568", is_valid=False),
            ContactPoint(client_id=client.id, kind="email", value="a@example.com"),
        ])  # fmt: skip
        person = add_person(session, client.id, name="Anna", points=[("mobile", "+79123456789")])
        session.commit()
        addresses = f"/client/show/{client.id}", f"/contact/show/{person.id}"
    browser = firm.browser("manager1")
    first, second = (browser.get(address) for address in addresses)
    assert (first.status_code, second.status_code) == (200, 200)
    return first.text, second.text


def test_without_plugins_numbers_dial_and_addresses_write(firm: Firm) -> None:
    client, person = card(firm)
    assert 'href="tel:+74951234567"' in client
    assert 'href="mailto:a@example.com"' in client
    assert 'href="tel:+79123456789"' in person
    assert 'class="way"' not in client + person


def test_a_way_stands_beside_each_number_of_its_kinds_that_works(make: Any) -> None:
    firm: Firm = make(plugin(way("ring", post=True)))
    client, person = card(firm)
    assert client.count('action="/phones/ring/') == 2  # of the firm, and of the person
    assert person.count('action="/phones/ring/') == 1
    assert 'aria-label="Ring: ' in client
    assert 'href="tel:+74951234567"' in client


def test_a_way_stands_in_the_quick_preview_too(make: Any) -> None:
    firm: Firm = make(plugin(way("ring", post=True)))
    card(firm)
    text = firm.browser("manager1").get("/client/preview/1").text
    assert text.count('action="/phones/ring/') == 2
    assert 'name="next" value="/client/show/1"' in text  # the preview is no page to come back to


def test_a_main_way_takes_the_place_of_the_plain_link(make: Any) -> None:
    mail = way("mail", kinds=("email",), main=True, title="Write",
               address=lambda point: f"/letters/new?to={point.normalised}")  # fmt: skip
    client, _person = card(make(plugin(mail)))
    assert 'href="/letters/new?to=a@example.com"' in client
    assert "mailto:" not in client


def test_a_way_that_fails_or_would_run_as_a_script_is_left_out(make: Any) -> None:
    broken = way("broken", address=lambda point: 1 // 0)
    evil = way("evil", address=lambda point: " JavaScript:alert(1)")
    client, person = card(make(plugin(broken, evil)))
    assert "alert(1)" not in client + person
    assert 'class="way"' not in client + person


def test_a_way_for_no_kind_of_number_stops_the_start(make: Any) -> None:
    with pytest.raises(PluginError, match="'pigeon'"):
        make(plugin(way("fly", kinds=("pigeon",))))
