"""Jobs on screen and by REST: own ones for staff, all for who sees all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from kartoteka.api import JobContext, Staff, now
from kartoteka.testing import Firm, statements
from tests.core.long_work import JOB, busy_firm, run, start
from tests.core.test_mass import run as core_job


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return busy_firm(make)


def test_the_page_shows_own_jobs_and_the_director_all(firm: Firm) -> None:
    mine, other = run(firm, "fail", "manager1"), start(firm, "see", "manager2")
    page = firm.browser("manager1").get("/job/list/")
    assert page.status_code == 200
    assert "Something went wrong here." in page.text
    assert f"/job/show/{other}" not in page.text
    director = firm.browser("director").get("/job/list/").text
    assert f"/job/show/{mine.id}" in director
    assert f"/job/show/{other}" in director
    live = firm.browser("manager1").get(f"/job/live?ids={mine.id},{other},x,999999999999&active=1")
    assert "Fail" in live.text
    assert f"/job/show/{other}" not in live.text
    assert "data-busy" not in live.text
    assert "data-busy" in firm.browser("manager2").get("/job/live?active=1").text
    empty = firm.browser("manager3").get("/job/list/").text
    assert "No jobs yet." in empty


def test_a_person_starts_and_cancels_on_the_page(firm: Firm) -> None:
    browser = firm.browser("manager1")
    begun = browser.post("/job/start/acme_jobs.see")
    number = int(begun.location.rpartition("/")[2])
    assert browser.post("/job/start/acme_jobs.count").status_code == 404  # it asks for values
    assert browser.post("/job/start/acme_jobs.die").status_code == 404
    assert firm.browser("manager2").post(f"/job/cancel/{number}").status_code in (403, 404)
    said = browser.post(f"/job/cancel/{number}", follow_redirects=True)
    assert "The job is cancelled." in said.text
    assert browser.get(f"/job/show/{number}").status_code == 200


def test_a_file_is_given_to_who_asked_and_to_who_sees_all(firm: Firm) -> None:
    row = run(firm, "see", "manager1")
    for way in (firm.browser, firm.program):
        prefix = "/job/result/{}" if way == firm.browser else "/api/v1/job/{}/result"
        for who in ("manager1", "director", "admin"):
            got = way(who).get(prefix.format(row.id))
            assert (got.status_code, got.text) == (200, "Client of manager1")
            assert "attachment" in got.headers["Content-Disposition"]
            assert got.headers["Cache-Control"] == "no-store"
        for who in ("manager2", "curator1", "assistant1"):
            assert way(who).get(prefix.format(row.id)).status_code in (403, 404)
        assert firm.app.test_client().get(prefix.format(row.id)).status_code in (302, 401)
    assert firm.app.test_client().get(f"/kartoteka-jobs/{row.result_file}").status_code != 200


def test_programs_read_and_cancel_jobs(firm: Firm) -> None:
    number = start(firm, "see")
    program = firm.program("manager1")
    found = program.get(f"/api/v1/job/{number}").json["result"]
    assert (found["kind"], found["state"]) == ("acme_jobs.see", "waiting")
    assert firm.program("manager2").post(f"/api/v1/job/{number}/cancel").status_code == 404
    assert program.post("/api/v1/job/", json={"kind": "acme_jobs.see"}).status_code == 405
    said = program.post(f"/api/v1/job/{number}/cancel")
    assert (said.status_code, said.json["result"]["state"]) == (200, "cancelled")
    assert program.post(f"/api/v1/job/{number}/cancel").status_code == 422
    assert program.get(f"/api/v1/job/{number}/result").status_code == 404


def test_a_page_of_many_jobs_takes_as_many_statements_as_of_one(firm: Firm) -> None:
    browser = firm.browser("director")

    def counted() -> int:
        browser.get("/job/live?active=1")
        with statements(firm) as sent:
            assert browser.get("/job/live?active=1").status_code == 200
        return len(sent)

    start(firm, "see", "manager1")
    one = counted()
    for who in ("manager1", "manager2", "manager3", "curator1") * 3:
        start(firm, "see", who)
    assert counted() == one


def test_a_result_is_said_in_the_language_of_who_looks(firm: Firm) -> None:
    job = core_job(firm, "core.check_totals", "director")
    assert job.result_words == "All totals equal their ledger."
    with firm.session() as session:
        session.get_one(Staff, firm.users["director"]).language = "ru"
        session.commit()
    browser = firm.browser("director")
    for address in (f"/job/show/{job.id}", "/job/list/"):
        page = browser.get(address).text
        assert "All totals equal" not in page, address
        assert "Все итоги совпадают" in page, address


def test_a_mass_action_that_was_taken_back_says_so(firm: Firm) -> None:
    wish = {"entity": "client", "act": "set", "values": {"field": "note", "value": "x"}}
    done = core_job(firm, "core.mass", "director", **wish)
    back = core_job(firm, "core.undo_mass", "director", job=done.id)
    assert done.result_words == "3 records are changed."
    assert back.result_words == "3 records are as they were before."


def test_a_job_whose_worker_gives_no_sign_of_life_says_so(firm: Firm) -> None:
    number = start(firm, "see", "manager1")
    browser = firm.browser("manager1")
    for seconds, is_silent in ((50, False), (10, True), (-5, True)):
        with firm.made.engine.begin() as connection:
            until = now() + timedelta(seconds=seconds)
            values = {"state": "running", "lease_until": until, "attempts": 1}
            connection.execute(update(JOB).where(JOB.c.id == number).values(values))
        page = browser.get(f"/job/live?ids={number}").text
        assert ("gives no sign of life" in page) is is_silent


def test_looking_for_duplicates_says_how_far_it_is(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int | None]] = []
    monkeypatch.setattr("kartoteka.matching.comparing.TELL_EVERY", 1)
    monkeypatch.setattr(
        JobContext, "progress",
        lambda _job, done, total=None, _words="", **_more: told.append((done, total)),
    )  # fmt: skip
    assert core_job(firm, "core.find_duplicates", "director").state == "done"
    assert [one for one in told if one[1]] == [(0, 3), (1, 3)]
