"""What a browser fetches beside a page stays light: scripts and styles together."""

from __future__ import annotations

import re
from posixpath import join, normpath
from typing import Any

import pytest

from kartoteka.api import Client
from kartoteka.testing import Firm

#: Bytes, as they lie on the disk; a server that packs them sends a quarter.
MOST = 300_000
_LINKED = re.compile(r'<link rel="stylesheet" href="([^"]+)"|<script[^>]+src="([^"]+)"')
_IMPORTED = re.compile(r'(?:from|import)\s*\(?"(\.[^"]+)"')


def weight(browser: Any, page: str) -> int:
    """Return the bytes of all scripts and styles of a page, imported ones included."""
    answer = browser.get(page)
    assert answer.status_code == 200, page
    waiting = [one or other for one, other in _LINKED.findall(answer.text)]
    assert waiting, page
    sizes: dict[str, int] = {}
    while waiting:
        address = waiting.pop().split("?")[0]
        if address in sizes:
            continue
        file = browser.get(address)
        assert file.status_code == 200, address
        sizes[address] = len(file.data)
        waiting += (
            [normpath(join(address, "..", one)) for one in _IMPORTED.findall(file.text)]
            if address.endswith(".js")
            else []
        )
    assert any(address.endswith("enhance.js") for address in sizes), sizes
    return sum(sizes.values())


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_scripts_and_styles_of_a_page_are_light(make: Any) -> None:
    firm: Firm = make("wholesale", "funnel_colors", "excel_import")
    with firm.session() as session:
        client = Client(name="Ромашка", owner_id=firm.users["manager1"])
        session.add(client)
        session.commit()
        number = client.id
    browser = firm.browser("director")
    pages = ("/", "/client/list/", f"/client/show/{number}", "/deal/board", "/client/add",
             "/client/list/?build=1", "/import/", "/reports/")  # fmt: skip
    heavy = {page: size for page in pages if (size := weight(browser, page)) > MOST}
    assert heavy == {}
