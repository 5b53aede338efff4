"""Cells with several phones or addresses, and regions however they are written."""

from __future__ import annotations

import pytest

from kartoteka.fields.kinds import Reading
from kartoteka.services.contact_lists import taken_apart
from kartoteka.services.region_names import RegionName, RegionNames


@pytest.mark.parametrize(
    ("region", "cell", "numbers"),
    [
        ("RU", "(495) 339-86-77; (495) 337-05-22", ["+74953398677", "+74953370522"]),
        ("BG", "02/98-24160, 02/866-2227", ["+35929824160", "+35928662227"]),
        ("BG", "02/98- 28727 и 02/ 862-61-08", ["+35929828727", "+35928626108"]),
        ("BG", "02/824-3655 02/98-25561", ["+35928243655", "+35929825561"]),
        ("RU", "8 (495) 111-22-33 и/или 8 916 111 22 33", ["+74951112233", "+79161112233"]),
        ("RU", "+7 495 123-45-67, доб. 12", ["+74951234567;ext=12"]),
        ("RU", "84951112233\n8-495-111-22-33", ["+74951112233"]),
        ("RU", "8-916-111-22-33 / 8-495-111-22-33", ["+79161112233", "+74951112233"]),
    ],
)
def test_several_phones_in_one_cell(region: str, cell: str, numbers: list[str]) -> None:
    assert [key for _v, key in taken_apart("phone", cell, Reading(region=region))] == numbers


def test_addresses_and_letters_are_taken_apart_by_their_own_rules() -> None:
    reading = Reading()
    assert len(taken_apart("email", "a@example.com; b@example.com c@example.com", reading)) == 3
    address = "117513, Москва, Ленинский проспект, дом 127"
    assert [value for value, _key in taken_apart("address", address, reading)] == [address]


def test_one_bad_phone_spoils_the_cell() -> None:
    with pytest.raises(ValueError, match="'12'"):
        taken_apart("phone", "84951112233, 12", Reading())


REGIONS = RegionNames(
    RegionName(id=number, name=name, kind=kind, parent_id=None, codes=codes)
    for number, (name, kind, codes) in enumerate(
        [
            ("г Москва", "region", ("RU-MOW",)),
            ("Московская обл", "region", ()),
            ("Респ Адыгея", "region", ()),
            ("Респ Алтай", "region", ()),
            ("Алтайский край", "region", ()),
            ("Ханты-Мансийский Автономный округ - Югра", "region", ()),
            ("Респ Северная Осетия - Алания", "region", ()),
            ("Чувашская Республика - Чувашия", "region", ()),
            ("Респ Саха /Якутия/", "region", ()),
            ("Тюменская обл", "region", ()),
            ("Варна", "region", ("BG-03",)),
            ("Варна", "municipality", ("10135",)),
            ("Бяла", "municipality", ("07603",)),
            ("Бяла", "municipality", ("07598",)),
            ("Южный", "district", ()),
        ],
        start=1,
    )
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("г. Москва", 1), ("Город Москва", 1), ("МОСКВА", 1), ("RU-MOW", 1), ("ru-mow", 1),
        ("Московская область", 2), ("Республика Адыгея (Адыгея)", 3), ("Республика Алтай", 4),
        ("Алтайский край", 5), ("Ханты-Мансийский автономный округ – Югра", 6),
        ("Ханты-Мансийский автономный округ", 6), ("Югра", 6),
        ("Ханты-Мансийский авт. округ (Тюменская область)", 6),
        ("Республика Северная Осетия-Алания", 7), ("Чувашская Республика", 8), ("Чувашия", 8),
        ("Республика Саха (Якутия)", 9), ("Якутия", 9), ("Варна", 11), ("10135", 12),
        ("07598", 14), ("Южный федеральный округ", 15),
    ],
)  # fmt: skip
def test_region_is_recognised(text: str, number: int) -> None:
    assert REGIONS.find(text) == number


@pytest.mark.parametrize(
    "text",
    ["Атлантида", "Тюменская область без автономных округов", "Бяла", "Алтайская область", ""],
)
def test_region_that_may_be_another_is_not_guessed(text: str) -> None:
    with pytest.raises(LookupError):
        REGIONS.find(text)
