"""A session begins with a login and ends when it should, on every device."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from flask_babel import get_locale
from sqlalchemy import select

from kartoteka.api import now
from kartoteka.models import EndedLogin, Staff
from kartoteka.screens.accounts import LOGIN
from kartoteka.screens.redirects import safe_target
from kartoteka.services import logins, passwords
from kartoteka.testing import Firm, statements
from kartoteka.testing.bases import PASSWORD

COOKIE = "kartoteka_session"
NEW = "another horse entirely"


def stolen(browser: Any, app: Any) -> Any:
    """Return a second browser with the cookie of the first."""
    thief = app.test_client()
    thief.set_cookie(COOKIE, browser.get_cookie(COOKIE).value)
    return thief


def is_in(browser: Any) -> bool:
    """Say whether somebody is logged in: then the page of the login leads on."""
    return browser.get("/login/").status_code == 302


def change_own_password(browser: Any, old: str, new: str, again: str | None = None) -> Any:
    return browser.post(
        "/resetmypassword/form",
        data={"old": old, "password": new, "conf_password": new if again is None else again},
    )


def tokens(firm: Firm, who: str) -> dict[str, str]:
    answer = firm.app.test_client().post(
        "/api/v1/security/login",
        json={"username": who, "password": PASSWORD, "provider": "db", "refresh": True},
    )
    assert answer.status_code == 200
    return answer.get_json()


def refreshed(firm: Firm, token: str) -> int:
    return (
        firm.app.test_client()
        .post("/api/v1/security/refresh", headers={"Authorization": f"Bearer {token}"})
        .status_code
    )


def test_login_opens_the_pages_and_logout_closes_them(firm: Firm) -> None:
    browser = firm.browser("manager1")
    assert is_in(browser)
    browser.post("/logout/")
    assert not is_in(browser)


def test_a_copied_cookie_is_worth_nothing_after_the_logout(firm: Firm) -> None:
    browser, elsewhere = firm.browser("manager1"), firm.browser("manager1")
    thief = stolen(browser, firm.app)
    assert is_in(thief)
    browser.post("/logout/")
    assert not is_in(thief)
    assert thief.get("/api/v1/client/").status_code == 401
    assert is_in(elsewhere)  # only the session of that browser ended
    thief.get("/healthz")  # renews the cookie, and not what it is worth
    assert not is_in(thief)
    assert is_in(firm.browser("manager1"))


def test_whoever_logs_out_with_the_copy_ends_the_original_too(firm: Firm) -> None:
    browser = firm.browser("manager1")
    thief = stolen(browser, firm.app)
    assert thief.post("/logout/").status_code == 302
    assert not is_in(browser)
    assert browser.post("/logout/").status_code == 302  # there is nothing left to end


def test_a_login_does_not_last_for_ever_however_often_it_is_used(firm: Firm) -> None:
    browser = firm.browser("manager1")
    for age, lasts in ((logins.LONGEST - timedelta(hours=1), True), (logins.LONGEST, False)):
        with browser.session_transaction() as session:
            kept = {**session[LOGIN], "begun": int((now() - age).timestamp())}
            session[LOGIN] = kept
        assert is_in(browser) is lasts


def test_what_is_remembered_of_ended_logins_is_forgotten_in_time(firm: Firm) -> None:
    with firm.session() as session:
        user = firm.users["manager1"]
        for code, days in (("old", 31), ("young", 29)):
            begun = int((now() - timedelta(days=days)).timestamp())
            logins.end(session, user, logins.Login(code=code, begun=begun, version=1))
        logins.end(session, user, logins.begin(session, user))
        session.commit()
        left = set(session.scalars(select(EndedLogin.code)))
    assert "old" not in left
    assert "young" in left


def test_whose_login_it_is_takes_one_statement(firm: Firm) -> None:
    browser = firm.browser("manager1")
    browser.get("/tasks/")
    with statements(firm) as sent:
        browser.get("/tasks/")
    about = [text for text in sent if "staff.session_version" in text or "ended_login" in text]
    assert len(about) == 1
    assert "ab_user" in about[0]


def test_stolen_cookie_dies_with_the_old_password_and_the_owner_stays_in(firm: Firm) -> None:
    browser = firm.browser("manager1")
    thief = stolen(browser, firm.app)
    assert is_in(thief)
    assert change_own_password(browser, PASSWORD, NEW).status_code == 302
    assert is_in(browser)
    assert not is_in(thief)
    assert is_in(firm.browser("manager1", NEW))
    assert not is_in(firm.browser("manager1", PASSWORD))


def test_stolen_cookie_can_not_change_the_password(firm: Firm) -> None:
    thief = stolen(firm.browser("manager1"), firm.app)
    answer = change_own_password(thief, "a wrong guess", NEW)
    assert "This is not your password" in answer.text
    assert is_in(firm.browser("manager1", PASSWORD))


def test_deactivated_person_is_out_and_stays_out_when_let_in_again(firm: Firm) -> None:
    browser = firm.browser("manager1")
    for active in (False, True):
        with firm.session() as session:
            session.get_one(User, firm.users["manager1"]).active = active
            session.commit()
        assert not is_in(browser)
    assert is_in(firm.browser("manager1"))


def test_logging_out_everywhere_ends_every_cookie_and_token(firm: Firm) -> None:
    browser, other = firm.browser("manager1"), firm.browser("manager1")
    given = tokens(firm, "manager1")
    assert refreshed(firm, given["refresh_token"]) == 200
    browser.post("/sessions/end")
    assert not is_in(browser)
    assert not is_in(other)
    assert refreshed(firm, given["refresh_token"]) == 401
    assert is_in(firm.browser("manager1"))


def test_new_password_by_a_colleague_ends_cookies_and_tokens(firm: Firm) -> None:
    browser, given = firm.browser("manager1"), tokens(firm, "manager1")
    with firm.session("director") as session:
        passwords.set_password(session, session.get_one(User, firm.users["manager1"]), NEW)
        session.commit()
    assert not is_in(browser)
    assert refreshed(firm, given["refresh_token"]) == 401


def test_account_without_a_place_in_the_firm_can_be_logged_out_too(firm: Firm) -> None:
    browser = firm.browser("admin")
    with firm.session() as session:
        session.delete(session.get_one(Staff, firm.users["admin"]))
        session.commit()
    assert is_in(browser)
    browser.post("/sessions/end")
    assert not is_in(browser)


def test_cookie_made_before_login_is_worth_nothing_after_it(firm: Firm) -> None:
    browser = firm.app.test_client()
    browser.get("/login/")
    with browser.session_transaction() as session:
        session["planted"] = "by somebody else"
    browser.post("/login/", data={"username": "manager1", "password": PASSWORD})
    with browser.session_transaction() as session:
        assert "planted" not in session
        assert "_user_id" in session


@pytest.mark.parametrize("name", ["manager1", "MANAGER1", "manager1@localhost.invalid"])
def test_user_name_in_any_case_or_address_logs_in(firm: Firm, name: str) -> None:
    browser = firm.app.test_client()
    browser.post("/login/", data={"username": name, "password": PASSWORD})
    assert is_in(browser)


def test_refusal_does_not_tell_whether_the_user_exists(firm: Firm) -> None:
    with firm.session() as session:
        session.get_one(User, firm.users["manager2"]).active = False
        session.commit()
    pages = []
    for name in ("manager1", "nobody", "manager2"):
        browser = firm.app.test_client()
        answer = browser.post("/login/", data={"username": name, "password": "wrong wrong"})
        assert answer.status_code == 302
        page = browser.get("/login/").text
        assert "Invalid user name or password" in page
        pages.append(re.sub(r"[\w.-]{80,}", "a token", page))
    assert pages[0] == pages[1] == pages[2]


def test_login_leads_nowhere_outside(firm: Firm) -> None:
    answer = firm.app.test_client().post(
        "/login/",
        query_string={"next": "//evil.example"},
        data={"username": "manager1", "password": PASSWORD},
    )
    assert answer.headers["Location"] == "/"
    for wanted, gets in {
        "/client/list/?a=1": "/client/list/?a=1",
        "http://localhost/client/list/": "/client/list/",
        "//evil.example": "/",
        "///evil.example": "/evil.example",
        "////evil.example": "/",
        "/\\evil.example": "/",
        "\\\\evil.example": "/",
        "http://evil.example/": "/",
        "http://localhost@evil.example/": "/",
        "http:evil.example": "/",
        "http:///evil.example": "/",
        "javascript:alert(1)": "/",
        "/\tevil": "/",
        "http://[bad": "/",
        "": "/",
    }.items():
        with firm.app.test_request_context("/login/"):
            assert safe_target(wanted) == gets, wanted


def test_wrong_password_keeps_the_place_one_wanted_to_go(firm: Firm) -> None:
    browser = firm.app.test_client()
    answer = browser.post(
        "/login/?next=/resetmypassword/form", data={"username": "manager1", "password": "wrong"}
    )
    again = browser.post(
        answer.headers["Location"], data={"username": "manager1", "password": PASSWORD}
    )
    assert again.headers["Location"] == "/resetmypassword/form"


def test_login_page_speaks_the_language_of_the_browser(firm: Firm) -> None:
    for asked, word in {
        "ru-RU,ru;q=0.9": "ru", "bg": "bg", "de,en;q=0.5": "en", "de": "en", "": "en",
    }.items():  # fmt: skip
        with firm.app.test_request_context("/login/", headers={"Accept-Language": asked}):
            assert str(get_locale()) == word, asked


def test_chosen_language_goes_before_the_browsers_and_is_remembered(firm: Firm) -> None:
    browser = firm.browser("manager1")
    assert browser.post("/preferences/language", data={"language": "bg"}).status_code == 302
    with firm.session() as session:
        assert session.get_one(Staff, firm.users["manager1"]).language == "bg"
    later = firm.app.test_client()
    later.post(
        "/login/",
        data={"username": "manager1", "password": PASSWORD},
        headers={"Accept-Language": "ru"},
    )
    later.get("/", headers={"Accept-Language": "ru"})
    with later.session_transaction() as session:
        assert session["locale"] == "bg"
