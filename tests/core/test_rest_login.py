"""A program logs in with a name and a password; anything else is refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from kartoteka.testing import Firm
from kartoteka.testing.bases import PASSWORD

LOGIN = "/api/v1/security/login"


@pytest.mark.parametrize("extra", [{}, {"provider": "db"}])
def test_a_program_gets_a_token_that_works(firm: Firm, extra: dict[str, Any]) -> None:
    program = firm.app.test_client()
    answer = program.post(LOGIN, json={"username": "manager1", "password": PASSWORD, **extra})
    token = answer.get_json()["access_token"]
    listed = program.get("/api/v1/client/", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, listed.status_code) == (200, 200)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"null", b'{"username": 1}', b'{"username": "a\\u0000b",'
     b'"password": "x"}', b'{"username": ["manager1"], "password": {}}',
     b'{"username": "manager1", "password": "\\ud800"}',
     b'{"username": "\\udfff", "password": "x"}'],
)  # fmt: skip
def test_a_damaged_login_is_refused_without_an_error_of_ours(firm: Firm, body: bytes) -> None:
    answer = firm.app.test_client().post(LOGIN, data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert answer.is_json


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"username": "manager1", ', "The body is not JSON: "),
        (b"username=manager1", "The body is not JSON: "),
        (b"", "The body is not JSON: "),
        (b"[]", "The body must be a JSON object."),
    ],
)
def test_a_login_that_is_no_json_is_told_so(firm: Firm, body: bytes, sentence: str) -> None:
    answer = firm.app.test_client().post(LOGIN, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith(sentence)


def test_a_login_names_what_is_wrong_as_any_refusal_does(firm: Firm) -> None:
    program = firm.app.test_client()
    body = {"username": 5, "provider": "carrier pigeon", "pasword": "x"}
    answer = program.post(LOGIN, json=body)
    assert (answer.status_code, answer.get_json()) == (400, {
        "message": "Some values do not pass.",
        "errors": {"username": "Give a text.", "password": "Give a text.",
                   "provider": "Choose one of: db.", "pasword": "There is no such field."},
    })  # fmt: skip
    wrong = program.post(LOGIN, json={"username": "manager1", "password": "wrong"})
    assert (wrong.status_code, wrong.get_json()) == (
        401, {"message": "The user name or the password is wrong."},
    )  # fmt: skip
    long = program.post(LOGIN, data=b"[" * 3_000_000, content_type="application/json")
    assert long.status_code == 413
    assert long.get_json() == {"message": "The body is too long."}
