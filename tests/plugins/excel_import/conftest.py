"""A firm that imports lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kartoteka.testing import Firm
from kartoteka_excel_import import plugin as excel_import
from tests.conftest import SALE


@pytest.fixture
def importing(make: Callable[..., Firm]) -> Firm:
    """A small firm with a sales pipeline and the plugin of imports."""
    return make(SALE, excel_import)
