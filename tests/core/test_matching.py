"""What speaks for one client and what against."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kartoteka.matching.comparing import Compared, find_pairs, prepared

#: Firms that have nothing to do with each other, so that rare and common words show.
WORDS = [
    "Альбатрос", "Берёзка", "Василёк", "Гранит", "Дельфин", "Енисей", "Жемчуг", "Заря", "Искра",
    "Колос", "Ландыш", "Меридиан", "Надежда", "Орион", "Парус", "Родник", "Спектр", "Тополь",
    "Урал", "Факел", "Хризолит", "Циклон", "Чайка", "Шторм", "Эверест",
]  # fmt: skip


def firms(*columns: str) -> list[Sequence[str]]:
    found: list[Sequence[str]] = []
    for place, word in enumerate(WORDS):
        cells = {
            "name": f"ООО «Торговый дом {word}»", "phone": f"+7495100{place:04d}",
            "tax_id": f"77010000{place:02d}", "email": f"info@{place}.example",
            "address": f"г. Москва, ул. {WORDS[-place]}, д. {place + 1}", "person": word,
        }  # fmt: skip
        found.append([cells[column] for column in columns])
    return found


def sure(columns: str, one: Sequence[str], two: Sequence[str]) -> float:
    """Return the score of two records among the firms; 0 when they were not even found."""
    names = columns.split()
    compared = [Compared(label=name, code=name) for name in names]
    rows = [prepared(compared, row) for row in [one, two, *firms(*names)]]
    return max(
        (
            pair.verdict.score
            for pair in find_pairs(compared, rows, least=0)
            if (pair.left, pair.right) == (0, 1)
        ),
        default=0.0,
    )


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("ООО «Ромашка»", "Ромашка, ЗАО"),
        ("ООО «Ромашка»", "OOO Romashka"),
        ("Ромашка-Сервис", "Рoмaшка Cepвиc"),
        ("ВОСТОКСЕРВИС", "Восток Сервис"),
        ("Стройматериалы на Ленина", "Строиматериалы на Ленина"),
        ("Щукин и партнёры", "Shchukin i partnery"),
        ("Торговый дом «Кедр»", "ТОРГОВЫЙ ДОМ КЕДР ООО"),
        ("BOCTOK", "ВОСТОК"),
    ],
)
def test_one_name_written_in_two_ways_is_enough(one: str, two: str) -> None:
    assert sure("name", [one], [two]) >= 0.5


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Торговый дом Кедр", "Торговый дом Сосна"),
        ("Школа № 5", "Школа № 7"),
        ("Кедр I", "Кедр II"),
        ("Ромашка", "Рубашка"),
        ("ООО Кедр", "ООО Клён"),
        ("Иванов", "Петров"),
    ],
)
def test_what_many_names_share_says_little(one: str, two: str) -> None:
    assert sure("name", [one], [two]) < 0.5


def test_the_words_of_a_person_may_stand_in_any_order() -> None:
    assert sure("person", ["Щукин Пётр Ильич"], ["Pyotr Ilyich Shchukin"]) >= 0.5


def test_initials_go_with_the_full_name_when_something_else_agrees() -> None:
    one, two = ["Щукин П. И.", "8 (495) 777-00-11"], ["Щукин Пётр Ильич", "+74957770011"]
    assert sure("person phone", one, two) >= 0.5


@pytest.mark.parametrize(
    ("key", "one", "two"),
    [
        ("tax_id", "7701234567", "7701 234567"),
        ("phone", "8 (495) 777-00-11", "+74957770011, +74957770012"),
        ("email", "Info@Kedr.example", "kedr <info@kedr.example>"),
    ],
)
def test_an_equal_key_outweighs_a_name_that_says_less(key: str, one: str, two: str) -> None:
    assert sure(f"name {key}", ["Кедр", one], ["Кедр Урал Плюс", two]) >= 0.5


def test_different_tax_numbers_decide_against() -> None:
    one = ["Ромашка", "7701234567", "+74957770011"]
    assert sure("name tax_id phone", one, ["Ромашка", "7799887766", "+74957770011"]) < 0.5
    assert sure("name tax_id phone", one, ["Ромашка", "", "+74957770011"]) >= 0.5


def test_two_shops_of_one_firm_are_two() -> None:
    one = ["Магазин № 5", "7701234567", "+74957770011", "г. Тула, ул. Мира, д. 1"]
    two = ["Магазин № 7", "7701234567", "+74957770011", "г. Тверь, ул. Лесная, д. 20"]
    assert sure("name tax_id phone address", one, two) < 0.5
    assert sure("name tax_id phone address", one, one) >= 0.95


def test_nothing_is_said_by_cells_that_say_nothing() -> None:
    one = ["Кедр", "-", "нет"]
    assert sure("name phone email", one, ["Клён", "-", "нет"]) < 0.5


def test_a_record_is_found_in_another_list() -> None:
    columns = [Compared(label="name", code="name")]
    ours = [prepared(columns, row) for row in firms("name")]
    new = [prepared(columns, [name]) for name in ("ЗАО ТД «Искра»", "Незнакомая")]
    found = [(pair.left, pair.right) for pair in find_pairs(columns, new, ours)]
    assert found == [(0, WORDS.index("Искра"))]


def test_without_records_there_are_no_pairs() -> None:
    columns = [Compared(label="name", code="name")]
    assert list(find_pairs(columns, [])) == []
    assert list(find_pairs(columns, [], [])) == []
    assert list(find_pairs(columns, [prepared(columns, ["Кедр"])], [])) == []
