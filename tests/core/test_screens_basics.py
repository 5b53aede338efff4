"""Lists, cards and forms of an entity work for the people of a firm."""

from __future__ import annotations

from kartoteka.testing import Firm


def test_manager_adds_a_client_and_reads_its_card(firm: Firm) -> None:
    browser = firm.browser("manager1")
    answer = browser.post("/client/add", data={"name": "Ёлочка", "kind": "organisation"})
    assert answer.status_code == 302
    page = browser.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Ёлочка" in page.text
    found = browser.get("/client/list/?q=елочка")
    assert found.status_code == 200
    assert "Ёлочка" in found.text
