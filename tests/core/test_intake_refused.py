"""What sites may not send is refused with a sentence, and breaks nothing."""

from __future__ import annotations

import io
from typing import Any

import pytest

from kartoteka.api import (
    Client,
    Contact,
    Deal,
)
from kartoteka.models import IntakeRequest, IntakeSite, Notification
from kartoteka.testing import Firm
from tests.core.naughty import strings
from tests.core.web_requests import ASK, count, send, site


def test_limits_of_the_site_and_of_one_address(firm: Firm) -> None:
    _number, address = site(firm, per_minute=2)
    codes = [send(firm, address, {**ASK, "message": str(n)}).status_code for n in range(3)]
    assert codes == [201, 201, 429]
    _number, address = site(firm, per_address=1)
    assert send(firm, address).status_code == 201
    late = send(firm, address, {**ASK, "message": "again"})
    assert (late.status_code, late.headers["Retry-After"]) == (429, "3600")
    assert late.json["message"] == "Too many requests from you. Try again in an hour."
    assert send(firm, address).status_code == 200  # what was taken already is no new one


HOSTILE: dict[str, tuple[Any, int]] = {
    "a list": ([1, 2], 400),
    "an object inside": ({**ASK, "name": {"a": 1}}, 422),
    "lists in lists": ({**ASK, "name": [[1]]}, 422),
    "nobody to answer": ({"name": "x", "message": "y"}, 422),
    "no phone": ({**ASK, "phone": "call me", "email": "me"}, 422),
    "nothing": ({}, 422),
    "the trap": ({**ASK, "leave_empty": "http://spam.example"}, 422),
    "NUL": ({**ASK, "message": "a\0b"}, 422),
    "half a character": ({**ASK, "message": "\ud800"}, 422),
    "a long text": ({**ASK, "message": "x" * 16_000}, 413),
    "many fields": ({**ASK, **{f"f{n}": "x" for n in range(101)}}, 413),
    "a megabyte": ({**ASK, "message": "x" * 1_000_000}, 413),
    "a long name": ({**ASK, "n" * 101: "x"}, 422),
    "a long key": ({**ASK, "idempotency_key": "k" * 101}, 422),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_damaged_is_refused_with_a_sentence_and_leaves_nothing(
    firm: Firm, what: str
) -> None:
    body, status = HOSTILE[what]
    _number, address = site(firm)
    answer = send(firm, address, body)
    assert (answer.status_code, bool(answer.json["message"])) == (status, True), answer.text
    assert [count(firm, m) for m in (Client, Contact, Deal, IntakeRequest, Notification)] == [0] * 5


def test_other_ways_to_be_wrong_get_a_sentence_too(firm: Firm) -> None:
    _number, address = site(firm)
    browser = firm.app.test_client()
    for data, kind, status in [
        (b"{", "application/json", 400), (b"<a/>", "application/xml", 415), (b"", "", 415),
        (b'{"name": NaN}', "application/json", 400), (b"\xff", "application/json", 400),
        (b"[" * 5000, "application/json", 400), (b"a=" + b"x" * 1_000_000,
         "application/x-www-form-urlencoded", 413),
    ]:  # fmt: skip
        answer = browser.post(address, data=data, content_type=kind)
        assert (answer.status_code, "Traceback" in answer.text) == (status, False), (
            data[:20],
            kind,
        )
    file = {"phone": "+74951234567", "file": (io.BytesIO(b"x"), "a.txt")}
    assert browser.post(address, data=file).status_code == 400
    for wrong in ("/api/v1/intake/site_nothing", "/api/v1/intake/x", f"{address}x"):
        assert send(firm, wrong).status_code == 404
    assert browser.put(address, json=ASK).status_code == 405
    assert count(firm, Deal) == 0


def test_naughty_strings_are_kept_or_refused_and_never_break(firm: Firm) -> None:
    _number, address = site(firm, per_minute=10_000, per_address=10_000)
    codes: set[int] = set()
    some = strings()
    for number, text in enumerate(some[:: max(1, len(some) // 40)]):
        body = {"name": text, "company": text, "message": text, text[:50]: "x",
                "phone": f"+7495{1000000 + number}"}  # fmt: skip
        answer = send(firm, address, body)
        codes.add(answer.status_code)
        assert answer.status_code in (200, 201, 422), (text, answer.text)
    assert 201 in codes


def test_scripts_are_shown_as_text(firm: Firm) -> None:
    _number, address = site(firm)
    evil = "<script>alert(1)</script>"
    send(firm, address, {**ASK, "company": evil, "message": evil, evil: evil})
    page = firm.browser("curator1").get("/requests/").text
    assert (evil in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_a_key_ends_with_the_next_one_and_with_its_site(firm: Firm) -> None:
    number, address = site(firm)
    director = firm.browser("director")
    page = director.post(f"/intake_site/key/{number}").text
    assert send(firm, address).status_code == 404
    key = page.partition('<code class="site-key">')[2].partition("<")[0]
    assert send(firm, f"/api/v1/intake/{key}").status_code == 201
    shown = director.get(f"/intake_site/show/{number}").text
    assert (key in shown, key[:11] in shown) == (False, True)
    assert firm.browser("curator1").post(f"/intake_site/key/{number}").status_code == 403
    with firm.session("director") as session:
        session.get_one(IntakeSite, number).is_active = False
        session.commit()
    assert send(firm, f"/api/v1/intake/{key}").status_code == 404


def test_only_scripts_of_the_sites_own_pages_may_send(firm: Firm) -> None:
    _number, address = site(firm, origins="https://shop.example/contacts\nwww.shop.example")
    browser = firm.app.test_client()
    for origin, allowed in [("https://shop.example", True), ("https://www.shop.example", True),
                            ("https://evil.example", False), ("null", False)]:  # fmt: skip
        asked = browser.options(address, headers={"Origin": origin})
        assert ("Access-Control-Allow-Origin" in asked.headers) is allowed
        answer = send(firm, address, Origin=origin)
        assert (answer.status_code in (200, 201)) is allowed
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
    form = dict(ASK)
    strange = browser.post(address, data=form, headers={"Origin": "https://evil.example"})
    assert strange.status_code == 403


def test_a_plain_form_is_answered_with_a_page_or_the_sites_own(firm: Firm) -> None:
    _number, address = site(firm)
    browser = firm.app.test_client()
    html = {"Accept": "text/html"}
    shown = browser.get(f"{address}?utm_source=ya", headers={"Referer": "https://ya.example/"})
    assert shown.status_code == 200
    assert 'name="utm_source" value="ya"' in shown.text
    answer = browser.post(address, data={**ASK, "utm_source": "ya"}, headers=html)
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    bad = browser.post(address, data={"phone": "x"}, headers=html)
    assert bad.status_code == 422
    assert "Give a phone number or an e-mail address" in bad.text
    _number, address = site(firm, thanks_url="https://shop.example/thanks")
    away = browser.post(address, data=ASK, headers=html)
    assert (away.status_code, away.location) == (303, "https://shop.example/thanks")
