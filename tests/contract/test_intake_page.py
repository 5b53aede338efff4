"""The page about requests from sites holds: its example is run, its form is sent as it stands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from waitress.server import create_server

from kartoteka.api import Client, Deal
from kartoteka.models import IntakeRequest
from kartoteka.testing import Firm
from tests.contract.served import form_with
from tests.core.web_requests import site

PAGE = (Path(__file__).parents[2] / "docs" / "intake.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_example_for_the_shell_makes_a_deal(firm: Firm) -> None:
    _number, address = site(firm)
    (example,) = re.findall(r"^```sh\n(.+?)^```", PAGE, re.M | re.S)
    (promised,) = re.findall(r"^```json\n(.+?)^```", PAGE, re.M | re.S)
    server: Any = create_server(firm.app, host="127.0.0.1", port=0, threads=1)
    threading.Thread(target=server.run, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.effective_port}"
        told = {"URL": url, "SITE_KEY": address.rpartition("/")[2], "no_proxy": "127.0.0.1"}
        done = subprocess.run(
            ["bash", "-c", example], env={**os.environ, **told}, capture_output=True, check=True
        )
    finally:
        server.close()
        server.task_dispatcher.shutdown()
    answer, said = json.loads(done.stdout), json.loads(promised)
    assert {**answer, "request": 1} == said
    with firm.session() as session:
        (deal,) = session.scalars(select(Deal))
        (client,) = session.scalars(select(Client))
        (request,) = session.scalars(select(IntakeRequest))
        assert (client.name, deal.note) == ("Romashka", "We need paper\nsheets: 500")
        assert (request.utm_source, request.idempotency_key) == ("newsletter", "order-1001")


def test_the_form_on_the_page_and_the_one_we_show_are_taken(firm: Firm) -> None:
    _number, address = site(firm)
    (example,) = re.findall(r"^```html\n(.+?)^```", PAGE, re.M | re.S)
    browser = firm.app.test_client()
    for number, page in enumerate((example, browser.get(address).text)):
        values = {**form_with(page, "phone"), "phone": f"+7 495 123-45-6{number}", "name": "A"}
        answer = browser.post(address, data=values, headers={"Accept": "text/html"})
        assert answer.status_code == 200, answer.text
    with firm.session() as session:
        assert len(session.scalars(select(Deal)).all()) == 2
