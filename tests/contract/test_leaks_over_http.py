"""No page, preview, drop-down, search or REST answer tells a person of rows that are not theirs.

The addresses are those the application has, so a new page is covered from its first day.
"""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import Rule

from tests.contract.every_row import OWNERS, SEES, Rows, mark, stored

WHO = ["manager2", "assistant1", "curator2"]
#: Where a person is sent to log in anew, or away.
NOT_WALKED = ("/login", "/logout", "/static", "/lang", "/back", "/sessions", "/api/v1/security")
#: What lists, drop-downs and searches are asked, so that each of them has something to tell.
ASKED = ("", "?q=zq", "?search=zq", "?labels=1&size=100", "?f=name:contains:zq")


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_no_page_tells_of_a_foreign_row(rows: Rows, who: str) -> None:
    forbidden = {mark(owner) for owner in OWNERS if owner not in SEES[who]}
    walked = 0
    for rule in _rules(rows, "GET"):
        for address in _addresses(rows, rule, who):
            client = _client(rows, who, address)
            answer = client.get(address)
            walked += 1
            assert answer.status_code < 500, (address, answer.text[:500])
            told = {word for word in forbidden if word in answer.text}
            assert not told, (address, answer.status_code)
            if _names_a_row(rule):
                assert answer.status_code in (302, 303, 400, 403, 404, 405), address
    assert walked > 150


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_own_rows_are_shown_so_that_the_walk_above_means_something(rows: Rows, who: str) -> None:
    mine = rows.ids["client"][min(SEES[who] & set(OWNERS))]
    browser, program = rows.firm.browser(who), rows.firm.program(who)
    assert "zq" in browser.get(f"/client/show/{mine}").text
    assert "zq" in browser.get("/client/list/").text
    assert "zq" in browser.get("/search/?q=zq").text
    assert "zq" in program.get(f"/api/v1/client/{mine}").text
    assert len(program.get("/api/v1/client/?size=100").get_json()["result"]) == len(
        rows.visible("client", who)
    )


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_no_request_changes_a_foreign_row(rows: Rows, who: str) -> None:
    with rows.firm.session() as session:
        before = _foreign_rows(rows, session, who)
    for method in ("POST", "PUT", "DELETE"):
        for rule in _rules(rows, method):
            if not _names_a_row(rule) and "action" not in rule.rule:
                continue
            for address in _addresses(rows, rule, who):
                client = _client(rows, who, address)
                entity = _entity_of(rows, rule)
                foreign = min(rows.foreign(entity, who)) if entity else 1
                answer = _send(client, method, address, foreign)
                assert answer.status_code < 500, (method, address, answer.text[:500])
    with rows.firm.session() as session:
        assert _foreign_rows(rows, session, who) == before


def _send(client: Any, method: str, address: str, foreign: int) -> Any:
    values = {"title": "hijacked", "name": "hijacked", "note": "hijacked", "kind": "call",
              "subject": "hijacked", "id": str(foreign), "ids": str(foreign), "stage": "offer",
              "version": "1"}  # fmt: skip
    if address.startswith("/api/"):
        return client.open(address, method=method, json={"note": "hijacked", "version": 1})
    return client.open(address, method=method, data=values)


def _foreign_rows(rows: Rows, session: Any, who: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entity in rows.scoped:
        kept = stored(session, entity.model)
        found[entity.code] = {n: kept.get(n) for n in rows.foreign(entity.code, who)}
    return found


def _rules(rows: Rows, method: str) -> list[Rule]:
    return [
        rule
        for rule in rows.firm.app.url_map.iter_rules()
        if method in (rule.methods or ()) and not rule.rule.startswith(NOT_WALKED)
    ]


def _entity_of(rows: Rows, rule: Rule) -> str:
    """Return the entity whose row an address names."""
    for part in rule.rule.split("/"):
        if part in rows.registry.entities and rows.foreign(part, "manager2"):
            return part
    return ""


def _names_a_row(rule: Rule) -> bool:
    return bool({"pk", "record_id"} & set(rule.arguments))


def _addresses(rows: Rows, rule: Rule, who: str) -> list[str]:
    """Return what to ask of an address: with foreign numbers, or with questions to lists."""
    entity = _entity_of(rows, rule)
    scoped = {item.code for item in rows.scoped}
    if _names_a_row(rule):
        if entity not in scoped:
            return []
        number = str(min(rows.foreign(entity, who)))
        filled = rule.rule
        for name in rule.arguments:
            for form in (f"<int:{name}>", f"<{name}>"):
                filled = filled.replace(form, number if name in ("pk", "record_id") else "x")
        return [filled]
    if rule.rule.endswith("/reports/<code>"):
        return [rule.rule.replace("<code>", code) for code in rows.registry.reports]
    if rule.arguments:
        return [rule.rule.replace("<code>", "acme.greet").replace("<pipeline>", "sale")]
    questions = ASKED if who == WHO[0] else ASKED[:2]
    asked = questions if "GET" in (rule.methods or ()) else ("",)
    return [f"{rule.rule}{question}" for question in asked]


def _client(rows: Rows, who: str, address: str) -> Any:
    """Return a browser for pages and a program for REST; each logs in once."""
    kept: dict[tuple[str, bool], Any] = rows.__dict__.setdefault("clients", {})
    by_key = address.startswith("/api/")
    if (who, by_key) not in kept:
        kept[who, by_key] = rows.firm.program(who) if by_key else rows.firm.browser(who)
    return kept[who, by_key]
