"""Every spelling of a Russian region reaches its code, and nothing else does."""

from __future__ import annotations

import pytest

from kartoteka.services.region_names import RegionName, RegionNames
from tests.core.region_spellings import NONE_OF_THEM, register, spellings


@pytest.fixture
def names() -> RegionNames:
    """Read the regions as the import of a register leaves them."""
    found = [
        RegionName(id=number, name=name, kind="region", parent_id=None, codes=(code,))
        for number, (code, name) in enumerate(register().items())
    ]
    return RegionNames(found)


def test_every_spelling_reaches_its_region(names: RegionNames) -> None:
    codes = list(register())
    known = spellings()
    assert len(codes) == 85
    assert len(known) > 350
    assert {text: codes[names.find(text)] for text in known} == known
    for text, code in known.items():
        odd = f"  {text.upper()} ".replace(" ", "\u00a0")
        assert codes[names.find(odd)] == code, odd


@pytest.mark.parametrize("text", NONE_OF_THEM)
def test_what_is_no_region_or_a_part_of_one_reaches_none(names: RegionNames, text: str) -> None:
    with pytest.raises(LookupError):
        names.find(text)


def test_a_city_that_is_a_region_is_meant_before_its_settlement(names: RegionNames) -> None:
    moscow = names.find("RU-MOW")
    names.add(RegionName(id=900, name="Москва", kind="settlement", parent_id=moscow, codes=()))
    names.add(RegionName(id=901, name="Киров", kind="settlement", parent_id=None, codes=()))
    assert names.find("Москва") == names.find("г. Москва") == moscow
    assert names.find("Москва", "settlement") == 900
    assert names.find("Киров") == 901
