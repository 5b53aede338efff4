"""Guessing passwords is slow, by the form and by the API, and nobody else suffers from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from kartoteka.app import create_app
from kartoteka.screens import limits
from kartoteka.testing import Firm
from kartoteka.testing.bases import PASSWORD

TRIES = int(limits.ACCOUNT_FROM_PLACE.split()[0])


@pytest.fixture
def limited(firm: Firm) -> Iterator[Flask]:
    """The application of the firm as it runs in earnest: with limits."""
    yield from _with_limits(firm)


@pytest.fixture
def behind_proxy(firm: Firm) -> Iterator[Flask]:
    """The same behind a proxy that tells whose request it brings."""
    yield from _with_limits(firm, trusted_proxies=1)


def _with_limits(firm: Firm, **settings: Any) -> Iterator[Flask]:
    app = create_app(replace(firm.made.config, plugins=(), rate_limits=True, **settings))
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    app.extensions["kartoteka"].engine.dispose()


def by_form(app: Flask, who: str, password: str, address: str = "10.0.0.1") -> Any:
    return app.test_client().post(
        "/login/",
        data={"username": who, "password": password},
        environ_overrides={"REMOTE_ADDR": address},
    )


def by_api(app: Flask, who: str, password: str, address: str = "10.0.0.1") -> Any:
    return app.test_client().post(
        "/api/v1/security/login",
        json={"username": who, "password": password, "provider": "db"},
        environ_overrides={"REMOTE_ADDR": address},
    )


def test_form_stops_guessing_and_says_so(limited: Flask) -> None:
    answers = [by_form(limited, "manager1", "wrong").status_code for _ in range(TRIES)]
    assert set(answers) == {302}
    stopped = by_form(limited, "Manager1", PASSWORD)
    assert stopped.status_code == 429
    assert "Too many attempts" in stopped.text
    assert int(stopped.headers["Retry-After"]) > 0
    assert by_form(limited, "manager2", PASSWORD).headers["Location"] == "/"
    assert by_form(limited, "manager1", PASSWORD, "10.0.0.2").headers["Location"] == "/"


def test_api_stops_guessing_and_says_so(limited: Flask) -> None:
    answers = [by_api(limited, "manager1", "wrong").status_code for _ in range(TRIES)]
    assert set(answers) == {401}
    stopped = by_api(limited, "manager1", PASSWORD)
    assert stopped.status_code == 429
    assert "Too many attempts" in stopped.json["message"]
    assert by_api(limited, "manager2", PASSWORD).status_code == 200


def test_refresh_of_tokens_is_limited(limited: Flask) -> None:
    codes = {
        limited.test_client()
        .post("/api/v1/security/refresh", headers={"Authorization": "Bearer nonsense"})
        .status_code
        for _ in range(TRIES + 1)
    }
    assert 429 in codes


def test_many_good_logins_from_one_office_are_no_guessing(limited: Flask) -> None:
    answers = [by_form(limited, "manager1", PASSWORD).headers["Location"] for _ in range(TRIES + 2)]
    assert set(answers) == {"/"}


def test_stolen_cookie_can_not_guess_the_password_in_the_form_of_the_account(
    limited: Flask,
) -> None:
    thief = limited.test_client()
    thief.post("/login/", data={"username": "manager1", "password": PASSWORD})
    data = {"old": "wrong", "password": "a new horse", "conf_password": "a new horse"}
    codes = [thief.post("/resetmypassword/form", data=data).status_code for _ in range(TRIES + 1)]
    assert codes == [200] * TRIES + [429]


def test_limits_count_visitors_behind_our_proxy_apart(behind_proxy: Flask) -> None:
    def login(visitor: str, password: str) -> int:
        return (
            behind_proxy.test_client()
            .post(
                "/login/",
                data={"username": "manager1", "password": password},
                headers={"X-Forwarded-For": visitor},
            )
            .status_code
        )

    assert {login("203.0.113.1", "wrong") for _ in range(TRIES)} == {302}
    assert login("203.0.113.1", PASSWORD) == 429
    assert login("203.0.113.2", PASSWORD) == 302


def test_visitor_can_not_pretend_an_address_where_no_proxy_is_trusted(limited: Flask) -> None:
    codes = [
        limited.test_client()
        .post(
            "/login/",
            data={"username": "manager1", "password": "wrong"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        )
        .status_code
        for number in range(TRIES + 1)
    ]
    assert codes[-1] == 429
