"""Programs that keep a copy ask for records by their numbers."""

from __future__ import annotations

import pytest

from kartoteka.models import Client
from kartoteka.testing import Firm

LIST = "/api/v1/client/"


@pytest.fixture
def numbers(firm: Firm) -> list[int]:
    with firm.session("manager1") as session:
        clients = [Client(name=f"Client {number}") for number in range(4)]
        session.add_all(clients)
        session.commit()
        return sorted(client.id for client in clients)


def found(firm: Firm, query: str) -> list[int]:
    answer = firm.browser("manager1").get(f"{LIST}?order=id&{query}")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.get_json()["result"]]


def test_records_are_found_by_their_numbers(firm: Firm, numbers: list[int]) -> None:
    first, second, third, fourth = numbers
    assert found(firm, f"filter.id.eq={second}") == [second]
    assert found(firm, f"filter.id.in={first},{fourth},99999999999") == [first, fourth]
    assert found(firm, f"filter.id.gt={second}") == [third, fourth]
    assert found(firm, f"filter.id.ge={second}&filter.id.lt={fourth}") == [second, third]
    assert found(firm, f"filter.id.le={first}") == [first]
    assert found(firm, "filter.id.in=") == []


@pytest.mark.parametrize("query", ["filter.id.eq=x", "filter.id.contains=1", "filter.id.gt=",
                                   "filter.id.in=1,-2", "filter.id.eq=1.5"])  # fmt: skip
def test_what_is_no_number_is_refused_by_name(firm: Firm, query: str) -> None:
    answer = firm.browser("manager1").get(f"{LIST}?{query}")
    assert answer.status_code == 400
    assert "id" in answer.get_json()["errors"]
