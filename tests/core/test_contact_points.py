"""Phones, addresses and sites: one is main among its like; sites are compared by their domain."""

from __future__ import annotations

from typing import Any

import pytest

from kartoteka.fields.contact_values import parse_site
from kartoteka.testing import Firm


def point(program: Any, **values: Any) -> int:
    answer = program.post("/api/v1/contact_point/", json={"kind": "phone", **values})
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


def mains(program: Any) -> list[int]:
    rows = program.get("/api/v1/contact_point/?filter.is_main.eq=true").json["result"]
    return sorted(row["id"] for row in rows)


def client(program: Any, name: str = "Альфа") -> int:
    return program.post("/api/v1/client/", json={"name": name}).json["id"]


def test_marking_one_phone_as_main_unmarks_the_other_of_the_client_alone(firm: Firm) -> None:
    program = firm.program("manager1")
    one, two = client(program), client(program, "Бета")
    first = point(program, client_id=one, value="+74951234567", is_main=True)
    other = point(program, client_id=two, value="+74951234568", is_main=True)
    letters = point(program, client_id=one, kind="email", value="a@example.org", is_main=True)
    second = point(program, client_id=one, value="+74951234569", is_main=True)
    assert mains(program) == [other, letters, second]
    program.put(f"/api/v1/contact_point/{first}", json={"is_main": True})
    assert mains(program) == [first, other, letters]
    said = program.get(f"/api/v1/contact_point/{second}/history").json["result"][0]["changes"]
    assert said == {"is_main": {"from": True, "to": False}}


def test_one_person_is_the_main_contact_of_a_client(firm: Firm) -> None:
    program = firm.program("manager1")
    number = client(program)
    jobs = [
        program.post(
            "/api/v1/employment/",
            json={
                "client_id": number, "is_main": True,
                "contact_id": program.post("/api/v1/contact/", json={"name": name}).json["id"],
            },
        ).json["id"]
        for name in ("Анна", "Борис")
    ]  # fmt: skip
    rows = program.get("/api/v1/employment/?filter.is_main.eq=true").json["result"]
    assert [row["id"] for row in rows] == jobs[1:]


def test_a_number_is_marked_as_bounced_by_who_found_out(firm: Firm) -> None:
    program = firm.program("manager1")
    number = client(program)
    dead = point(program, client_id=number, kind="email", value="a@example.org")
    moment = "2026-11-01T09:00:00+00:00"
    program.put(f"/api/v1/contact_point/{dead}", json={"bounced_at": moment})
    page = firm.browser("manager1").get(f"/client/show/{number}").text
    assert "bounced" in page


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("https://WWW.Пример.РФ/Путь/", "https://www.xn--e1afmkfd.xn--p1ai/Путь"),
        ("http://Example.ORG:8080/?a=B#top", "http://example.org:8080?a=B"),
        ("https://my_host.example.org", "https://my_host.example.org"),
        ("http://[::1]/x", "http://[::1]/x"),
    ],
)
def test_sites_are_compared_by_domains_in_lower_case_ascii(typed: str, compared: str) -> None:
    assert parse_site(typed) == compared


def test_a_site_keeps_what_was_typed_beside_what_is_compared(firm: Firm) -> None:
    program = firm.program("manager1")
    made = point(program, client_id=client(program), kind="site", value="WWW.Пример.РФ/Путь")
    row = program.get(f"/api/v1/contact_point/{made}").json["result"]
    assert row["value"] == "WWW.Пример.РФ/Путь"
    assert row["normalised"] == "https://www.xn--e1afmkfd.xn--p1ai/Путь"
