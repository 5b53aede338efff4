"""A firm that imports lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kartoteka.testing import Firm, always_in_schema
from kartoteka_excel_import import plugin as excel_import
from tests.conftest import SALE

always_in_schema(excel_import)


@pytest.fixture
def lists(make: Callable[..., Firm]) -> Firm:
    """A small firm with a sales pipeline and the import of lists."""
    return make(excel_import, SALE)


@pytest.fixture
def importing(lists: Firm) -> Firm:
    """The same firm by the name that the tests of checking use."""
    return lists
