"""The form of a client asks of a shop what belongs to shops, and loses nothing that was typed."""

from __future__ import annotations

import re

from kartoteka.api import Client
from kartoteka.testing import Firm


def blocks(page: str) -> dict[str, bool]:
    """Return the blocks of a form by title: is it out of sight?"""
    found = re.findall(r'<fieldset class="card"( data-off)?><legend>([^<]*)</legend>', page)
    return {title: bool(off) for off, title in found}


def new_client(firm: Firm, **values: object) -> int:
    with firm.session("manager1") as session:
        client = Client(name="Уют", **values)
        session.add(client)
        session.commit()
        return client.id


def test_no_profile_is_asked_for_before_the_type_is_chosen(wholesale: Firm) -> None:
    found = blocks(wholesale.browser("manager1").get("/client/add").text)
    assert found["Wholesale"] is False
    assert (found["Shop"], found["Manufacturer"]) == (True, True)


def test_the_type_brings_up_its_profile(wholesale: Firm) -> None:
    address = "/client/add?wholesale_type=manufacturer"
    found = blocks(wholesale.browser("manager1").get(address).text)
    assert (found["Shop"], found["Manufacturer"]) == (True, False)


def test_what_is_kept_of_another_type_stays_in_sight(wholesale: Firm) -> None:
    number = new_client(wholesale, wholesale_type="manufacturer", wholesale_outlets=3)
    browser = wholesale.browser("manager1")

    page = browser.get(f"/client/edit/{number}").text

    assert blocks(page)["Shop"] is False
    assert re.search(r'<p class="alert alert-warning" data-kept>', page)
    assert 'name="wholesale_outlets" id="in-wholesale_outlets" value="3"' in page


def test_a_wrong_value_of_another_type_stays_in_sight(wholesale: Firm) -> None:
    page = wholesale.browser("manager1").post(
        "/client/add", data={"name": "Уют", "wholesale_outlets": "many"}
    )
    assert page.status_code == 400
    assert blocks(page.text)["Shop"] is False
