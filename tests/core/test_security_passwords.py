"""No way of setting a password accepts a weak one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User

from kartoteka.api import ConfigError, Invalid, add_user
from kartoteka.config import load
from kartoteka.screens.hardening import settings
from kartoteka.services import passwords
from kartoteka.testing import Firm
from kartoteka.testing.bases import PASSWORD

WEAK = ["", "short", "password123", "пароль123", "11111111", "MANAGER1", "        ", "a" * 201]


@pytest.mark.parametrize("password", WEAK)
def test_weak_password_is_refused_with_a_reason(password: str) -> None:
    assert passwords.weakness(password, "manager1")


@pytest.mark.parametrize("password", ["correct horse", "ёлка и шар", "x9$kQ!72"])
def test_fair_password_passes(password: str) -> None:
    assert passwords.weakness(password, "manager1") == ""


@pytest.mark.parametrize("password", ["short", "password123", "manager1"])
def test_service_of_passwords_refuses_it(firm: Firm, password: str) -> None:
    with firm.session() as session:
        user = session.get_one(User, firm.users["manager1"])
        with pytest.raises(Invalid) as caught:
            passwords.set_password(session, user, password)
    assert "password" in caught.value.errors


@pytest.mark.parametrize("password", ["short", "password123", "manager9"])
def test_new_account_refuses_it(firm: Firm, password: str) -> None:
    with firm.session() as session, pytest.raises(Invalid) as caught:
        add_user(session, username="manager9", password=password, roles=["manager"])
    assert "password" in caught.value.errors


@pytest.mark.parametrize("password", ["short", "password123", "manager1"])
def test_own_password_form_refuses_it(firm: Firm, password: str) -> None:
    browser = firm.browser("manager1")
    answer = browser.post(
        "/resetmypassword/form",
        data={"old": PASSWORD, "password": password, "conf_password": password},
    )
    assert answer.status_code == 200
    assert passwords.weakness(password, "manager1") in answer.text
    assert firm.browser("manager1").get("/resetmypassword/form").status_code == 200


def test_two_different_new_passwords_are_refused(firm: Firm) -> None:
    answer = firm.browser("manager1").post(
        "/resetmypassword/form",
        data={"old": PASSWORD, "password": "a new horse", "conf_password": "a new cow"},
    )
    assert "The two passwords differ" in answer.text


def test_flask_appbuilders_own_ways_refuse_it(firm: Firm) -> None:
    with firm.app.test_request_context("/", method="POST"):
        manager: Any = firm.app.extensions["appbuilder"].sm
        role = manager.find_role("manager")
        with pytest.raises(Invalid):
            manager.add_user("new", "N", "N", "n@example.com", role, "short")
        with pytest.raises(Invalid):
            manager.reset_password(firm.users["manager1"], "short")


def test_flask_appbuilders_reset_ends_sessions(firm: Firm) -> None:
    browser = firm.browser("manager1")
    with firm.app.test_request_context("/", method="POST"):
        manager: Any = firm.app.extensions["appbuilder"].sm
        manager.reset_password(firm.users["manager1"], "a new horse here")
    assert browser.get("/resetmypassword/form").status_code == 302


def test_installation_without_a_secret_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="secret key"):
        load(tmp_path, {})


def test_each_purpose_has_its_own_key(firm: Firm) -> None:
    made = settings(firm.made.config)
    keys = {made["SECRET_KEY"], made["JWT_SECRET_KEY"], made["WTF_CSRF_SECRET_KEY"]}
    assert len(keys) == 3
    assert all(len(key) >= 32 for key in keys)
