"""The address of a list is understood, or it is said what in it can not be."""

from __future__ import annotations

import pytest

from kartoteka.testing import Firm
from tests.core.test_screens_lists import clients, names_on


@pytest.mark.parametrize(
    ("query", "sentence", "rows"),
    [
        ("size=1000000", "A page can not have “1000000” rows. Choose 25, 50, 100.", 25),
        ("size=-1", "A page can not have “-1” rows.", 25),
        ("f=name", "The filter “name” is not complete", 0),
        ("f=name&f=name:contains:Client", "The filter “name” is not complete", 0),
    ],
)
def test_an_address_that_can_not_be_understood_is_named(
    firm: Firm, query: str, sentence: str, rows: int
) -> None:
    clients(firm, "manager1", *(f"Client {n:03}" for n in range(30)))

    page = firm.browser("manager1").get(f"/client/list/?{query}")

    assert page.status_code == 400
    assert sentence in page.text
    assert len(names_on(page)) == rows


@pytest.mark.parametrize("query", ["size=", "page=abc", "f=", "ff=zzz", "last=9"])
def test_what_means_nothing_in_an_address_is_passed_over(firm: Firm, query: str) -> None:
    clients(firm, "manager1", *(f"Client {n:03}" for n in range(101)))

    page = firm.browser("manager1").get(f"/client/list/?{query}")

    assert page.status_code == 200
    assert len(names_on(page)) == 25
