"""The queue says all reasons to call, however short it is, and why it is empty."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kartoteka.services import norms
from kartoteka.testing import Firm
from tests.conftest import SALE
from tests.core.test_norms import RINGING, client


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return make(SALE, RINGING)


def test_a_short_queue_tells_as_many_reasons_as_the_whole_one(firm: Firm) -> None:
    client(firm, "manager1", "Large", called=40, important=True)
    for number in range(3):
        client(firm, "manager1", f"Small {number}", called=50 + number)
    with firm.session("manager1") as session:
        whole = {one.name: list(one.reasons) for one in norms.call_queue(session).calls}
        short = norms.call_queue(session, most=1)
    assert [one.name for one in short.calls] == ["Large"]
    assert len(whole["Large"]) == 2
    assert list(short.calls[0].reasons) == whole["Large"]
    assert short.has_more


def test_who_has_no_clients_is_told_so_and_led_to_the_norms(firm: Firm) -> None:
    client(firm, "manager1", "Fresh", called=2)
    none, all_called = "You have no clients of your own", "All your clients are called"
    for who, said, leads in (
        ("director", none, True), ("manager1", all_called, False),
        ("assistant1", all_called, False), ("manager3", none, False),
    ):  # fmt: skip
        page = firm.browser(who).get("/call-now/").text
        assert (said in page, none in page) == (True, said == none), who
        assert ("How managers keep the norms" in page) is leads, who
