"""One firm with a row of everything for everybody, made once for each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from acme_dummy import plugin as acme

from tests.conftest import NO_POSTGRES, sale_plugin
from tests.contract.every_row import Rows
from tests.starts import POSTGRES, Starts, drop_postgres


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def rows(
    request: pytest.FixtureRequest,
    starts: Starts,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Rows]:
    """A firm with the test plugin; whoever uses it undoes what it writes."""
    if request.param == "postgresql" and not POSTGRES:
        pytest.skip(f"PostgreSQL: {NO_POSTGRES}")
    folder = tmp_path_factory.mktemp("leaks")
    firm = starts.firm(request.param, folder, (), sale_plugin(), acme)
    yield Rows(firm)
    firm.made.engine.dispose()
    drop_postgres(firm.made.config.url)
