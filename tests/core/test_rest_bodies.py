"""Damaged requests are answered with what is wrong, never with a fault of ours."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from kartoteka.testing import Firm

CLIENT = "/api/v1/client/"


DAMAGED = (
        b"", b"{", b"[]", b"null", b'"x"', b"1", b"\xff\xfe", b"{'name': 1}", b'{"name": NaN}',
        b"[" * 100_000, b'{"name":' * 5000, b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"purchase_count": ' + b"9" * 10_000 + b"}", b'{"name": 1e99999999999999999999}',
)  # fmt: skip


def test_body_that_is_no_json_object_is_refused(firm: Firm) -> None:
    manager = firm.program("manager1")
    for body in DAMAGED:
        response = manager.post(CLIENT, data=body, content_type="application/json")
        assert (response.status_code, response.mimetype) == (400, "application/json"), body[:40]
        assert response.json["message"]


def test_other_content_types_are_refused(firm: Firm) -> None:
    manager = firm.program("manager1")
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = manager.post(CLIENT, data=b'{"name":"x"}', content_type=kind)
        assert response.status_code == 415, kind


def test_too_long_body_is_refused(firm: Firm) -> None:
    body = json.dumps({"name": "x", "note": "y" * 3_000_000})
    response = firm.program("manager1").post(CLIENT, data=body, content_type="application/json")
    assert (response.status_code, response.mimetype) == (413, "application/json")


BAD_VALUES: tuple[tuple[str, str, Any], ...] = (
        ("client", "name", None), ("client", "name", ""), ("client", "name", 5),
        ("client", "name", "x" * 256), ("client", "name", "a\0b"), ("client", "name", "\ud800"),
        ("client", "name", {"a": 1}), ("client", "name", ["x"]), ("client", "kind", "robot"),
        ("client", "kind", "Organisation"), ("client", "important", 1),
        ("client", "important", "true"), ("client", "important", None),
        ("client", "region_id", "1"), ("client", "region_id", 0), ("client", "region_id", 2**31),
        ("client", "region_id", 10**30), ("client", "region_id", 1.5),
        ("client", "region_id", True), ("client", "region_id", 999),
        ("client", "left_on", "31.12.2026"), ("client", "left_on", "2026-02-30"),
        ("client", "left_on", 20261231), ("client", "website", "javascript:alert(1)"),
        ("client", "tax_id", "123"), ("client", "currency", "ZZZ"), ("client", "id", 5),
        ("client", "purchase_total", "1.00"), ("client", "search_text", "x"),
        ("client", "name_key", "x"), ("client", "created_by_id", 1), ("client", "\ud800", 1),
        ("product", "price", "12.345"), ("product", "price", "-1"), ("product", "price", 10**40),
        ("product", "price", "1e400"), ("product", "price", "Infinity"), ("product", "price", True),
        ("task", "due_at", "2026-12-31"), ("task", "due_at", "2026-12-31T10:00:00"),
        ("task", "due_at", "0001-01-01T00:00:00+23:59"), ("task", "due_at", "morning"),
)  # fmt: skip


def test_bad_value_is_named_with_a_sentence(firm: Firm) -> None:
    director = firm.program("director")
    for entity, field, value in BAD_VALUES:
        good: dict[str, Any] = {"name": "Альфа"} if entity != "task" else {"title": "Позвонить"}
        response = director.post(f"/api/v1/{entity}/", json={**good, field: value})
        assert response.status_code == 422, (entity, field, value, response.text)
        assert response.json["errors"][field], (entity, field, value)


def test_all_bad_values_are_named_at_once(firm: Firm) -> None:
    body = {"kind": "robot", "important": "x", "left_on": "soon", "colour": "red"}
    errors = firm.program("manager1").post(CLIENT, json=body).json["errors"]
    assert set(errors) == {"name", *body}


BAD_QUERIES = (
        ("size=0", "size"), ("size=101", "size"), ("size=-5", "size"), ("size=abc", "size"),
        ("size=" + "9" * 5000, "size"), ("size=٣", "size"), ("page=-1", "page"),
        ("page=1000001", "page"), ("page=999999&size=100", "page"), ("page=1.5", "page"),
        ("after=%00", "after"), ("after=xyz", "after"), ("after=W10", "after"),
        ("after=eA&before=eA", "page"), ("order=bogus", "order"), ("order=name;drop", "order"),
        ("order=search_text", "order"), ("columns=password", "columns"), ("labels=maybe", "labels"),
        ("bogus=1", "bogus"), ("_flt_0_name=x", "_flt_0_name"), ("search=a%00b", "search"),
        ("filter.name=x", "filter.name"), ("filter.bogus.eq=x", "bogus"),
        ("filter.name.gt=x", "name"), ("filter.name.bogus=x", "name"),
        ("filter.region_id.eq=abc", "region_id"), ("filter.search_text.eq=x", "search_text"),
        ("filter.important.eq=perhaps", "important"), ("filter.name.empty=no", "filter.name.empty"),
        ("filter.created_at.ge=soon", "created_at"), ("filter.region_id.in=1,x", "region_id"),
        ("filter.purchase_count.eq=" + "9" * 400, "purchase_count"),
        ("q=(", "q"), ("q=!!", "q"), ("q='", "q"), ("q=" + "(a:" * 3000, "q"), ("q=[]", "q"),
        ("q=(page:-1)", "page"), ("q=(page_size:100000)", "page_size"), ("q=(keys:!(a))", "q"),
        ("q=(filters:!((col:name)))", "filters"), ("q=(filters:name)", "filters"),
        ("q=(filters:!((col:name,opr:eq,value:(a:b))))", "filters"),
        ("q=(filters:!((col:name,opr:eq,value:!(a))))", "filters"),
        ("q=(order_column:!(a))", "q"), ("q=(order_column:name,order_direction:up)", "q"),
        ("q=(columns:name)", "columns"), ('q={"search":"\\ud800"}', "q"),
        ("&".join(["filter.name.eq=a"] * 21), "filters"),
)  # fmt: skip


def test_bad_query_is_named(firm: Firm) -> None:
    manager = firm.program("manager1")
    for query, named in BAD_QUERIES:
        response = manager.get(f"{CLIENT}?{query}")
        assert (response.status_code, response.mimetype) == (400, "application/json"), query[:60]
        assert response.json["errors"].get(named), (query[:60], response.text)


KEYS = (
    '["a", 99999999999999999999]', '[5, 1]', '[{"at": "2026-01-01"}, 1]', '["a\\u0000b", 1]',
     '["\\ud800", 1]', '[null, 1]', '["a", true]', '["a", -1]', '[1e400, 1]', '["a", 1, 2]',
     '[{"number": "NaN"}, 1]', '[{"codes": 5}, 1]',
)  # fmt: skip


def test_forged_page_key_is_refused_or_harmless(firm: Firm) -> None:
    manager = firm.program("manager1")
    manager.post(CLIENT, json={"name": "Альфа"})
    for after in KEYS:
        key = base64.urlsafe_b64encode(after.encode()).decode().rstrip("=")
        for order in ("name", "created_at", "purchase_total", "important", "left_on", "id"):
            response = manager.get(CLIENT, query_string={"order": order, "after": key})
            assert response.status_code in (200, 400), (after, order, response.text)


def test_odd_numbers_of_records_are_not_found(firm: Firm) -> None:
    program = firm.program("director")
    for path in ("0", "-1", "abc", "1.5", "9" * 10, "9" * 5000, "%00", "٣", "1;drop", "%F0%9F%92"):
        assert program.get(f"{CLIENT}{path}").status_code == 404, path[:20]
        assert program.delete(f"{CLIENT}{path}").status_code == 404, path[:20]
        assert program.get(f"{CLIENT}{path}/history").status_code == 404, path[:20]


def test_unknown_addresses_and_methods_answer_in_json(firm: Firm) -> None:
    program = firm.program("director")
    assert program.get("/api/v1/bogus/").json["message"]
    response = program.patch(f"{CLIENT}1", json={})
    assert (response.status_code, response.mimetype) == (405, "application/json")


BAD_MOVES: tuple[dict[str, Any], ...] = (
        {}, {"stage": 5}, {"stage": "bogus"}, {"stage": "won", "extra": 1},
        {"stage": "won", "values": []}, {"stage": "won", "values": {"stage": "new"}},
        {"stage": "won", "values": {"bogus": 1}}, {"stage": "later", "recheck_on": "soon"},
        {"stage": "later", "recheck_on": 5}, {"stage": "won", "lost_reason_id": 10**30},
        {"stage": "won", "lost_reason_id": "1"}, {"stage": "won", "note": "x" * 501},
        {"stage": "won", "note": "\0"}, {"stage": "won", "version": "1"},
        {"stage": "won", "values": {"client_id": 999}},
)  # fmt: skip


def test_bad_move_is_refused(firm: Firm) -> None:
    manager = firm.program("manager1")
    client = manager.post(CLIENT, json={"name": "Альфа"}).json["id"]
    deal = manager.post(
        "/api/v1/deal/", json={"client_id": client, "title": "Д", "pipeline": "sale"}
    ).json["id"]
    for body in BAD_MOVES:
        response = manager.post(f"/api/v1/deal/{deal}/move", json=body)
        assert response.status_code == 422, (body, response.text)
    assert manager.get(f"/api/v1/deal/{deal}").json["result"]["stage"] == "new"


BAD_HANDOVERS: tuple[dict[str, Any], ...] = (
        {}, {"client_ids": []}, {"client_ids": [1], "owner_id": None},
        {"client_ids": ["1"], "owner_id": 1}, {"client_ids": [True], "owner_id": 1},
        {"client_ids": [10**30], "owner_id": 1}, {"client_ids": [1] * 1001, "owner_id": 1},
        {"client_ids": 1, "owner_id": 1}, {"client_ids": [1], "owner_id": 10**30},
        {"client_ids": [1], "owner_id": 1, "note": 5}, {"client_ids": [1], "owner_id": 999_999},
)  # fmt: skip


def test_bad_handover_is_refused(firm: Firm) -> None:
    director = firm.program("director")
    for body in BAD_HANDOVERS:
        response = director.post("/api/v1/client/handover", json=body)
        assert response.status_code in (403, 422), (body, response.text)


def test_refusals_of_the_server_speak_the_language_of_whoever_asks(firm: Firm) -> None:
    program = firm.program("director")
    russian = {"Accept-Language": "ru"}
    long = json.dumps({"name": "x", "note": "y" * 3_000_000})
    for status, answer in (
        (404, program.get("/api/v1/bogus/", headers=russian)),
        (405, program.patch(f"{CLIENT}1", json={}, headers=russian)),
        (413, program.post(CLIENT, data=long, content_type="application/json", headers=russian)),
    ):
        assert answer.status_code == status
        assert answer.mimetype == "application/json"
        assert re.search("[а-я]{4}", answer.json["message"]), answer.json


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"[" * 100_000, "The body is nested too deep."),
        (b'{"name": "\xff"}', "The body is not text in UTF-8."),
        (b'{"name": NaN}', "The body holds a number that JSON does not have."),
        (b'{"name": ' + b"9" * 5_000 + b"}", "The body holds a number that JSON does not have."),
        (b'{"name"', "The body is not JSON: "),
    ],
)
def test_a_body_that_can_not_be_read_is_told_in_plain_words(
    firm: Firm, body: bytes, sentence: str
) -> None:
    answer = firm.program("manager1").post(
        "/api/v1/client/", data=body, content_type="application/json"
    )
    assert (answer.status_code, sentence in answer.text, "Error" in answer.text) == (
        400,
        True,
        False,
    )
