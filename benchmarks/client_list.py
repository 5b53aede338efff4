"""Make a long list of clients as people keep them: one workbook, 15 columns, dirt included.

The same number of rows gives the same list each time. Of all rows 3 % speak of a client that an
earlier row brought, and 1 % have something that can not be taken.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from kartoteka.services.sheet_file import Sheet, fill

#: Column of the list, and what it fills.
COLUMNS = {
    "Код": "client.external_id", "Наименование": "client.name", "Форма": "client.legal_form",
    "ИНН": "client.tax_id", "Отрасль": "client.industry", "Размер": "client.size_class",
    "Интерес": "client.interest", "Адрес": "client.address", "Телефон": "client.phone",
    "Моб. телефон": "client.mobile", "E-mail": "client.email", "Сайт": "client.website",
    "Режим работы": "client.working_hours", "Мин. заказ": "client.wholesale_min_order",
    "Примечание": "client.note",
}  # fmt: skip
AGAIN, BAD = 0.03, 0.01
_WORDS = (
    "Ромашка", "Василёк", "Щит", "Меридиан", "Уют", "Глобус", "Партнёр", "Снабжение", "Пекарня",
    "Объединение", "Северный", "Южный", "Строй", "Мебель", "Радуга", "Комплект", "Сервис", "Вектор",
    "Технология", "Заря", "Восход", "Кама", "Урал", "Сибирь", "Волга", "Мастер", "Гарант", "Альянс",
)  # fmt: skip
_ENDS = ("плюс", "трейд", "групп", "торг", "инвест", "маркет", "пром", "люкс", "центр", "дом")
_FORMS = ("ООО", "ООО", "ООО", "АО", "ИП", "ПАО")
_TOWNS = ("Пермь", "Москва", "Казань", "Уфа", "Екатеринбург", "Нижний Новгород", "Омск", "Самара")
_STREETS = ("Ленина", "Мира", "Садовая", "Гагарина", "Куйбышева", "Советская", "Полевая")
_INDUSTRIES = ("продукты", "игрушки", "стройматериалы", "мебель", "одежда", "автозапчасти")
_CITY_CODES = ("342", "343", "495", "499", "812", "843", "347", "381", "846")
_HOURS = ("9–18", "10–19", "пн–пт 9:00–18:00", "круглосуточно", "")
_NOTES = (
    "Просили перезвонить после {n} числа", "Работают через тендер; договор № {n}",
    "Берут только со склада, скидка {n} %", "", "", "Хорошо знают «Комплект-{n}»\nплатят в срок",
)  # fmt: skip
_SHAPES = (
    "+7 ({0}) {1}-{2}-{3}", "8 ({0}) {1}-{2}-{3}", "8-{0}-{1}-{2}-{3}", "8{0}{1}{2}{3}",
    "+7{0}{1}{2}{3}", "+7 {0} {1} {2} {3}", "({0}) {1}-{2}-{3}", "8({0}){1}-{2}-{3}",
    "7{0}{1}{2}{3}", "тел. 8 ({0}) {1}-{2}-{3}", "+7-{0}-{1}{2}{3}", "8.{0}.{1}.{2}.{3}",
)  # fmt: skip
_LATIN = "abcdefghijklmnoprstuvwz"
Row = dict[str, str | int | float | None]


def list_of(folder: Path, rows: int) -> Path:
    """Return the list of so many rows; it is made once."""
    path = folder / f"clients-{rows}.xlsx"
    if not path.exists():
        made = path.with_suffix(".part")
        heads = list(COLUMNS)
        sheet = Sheet(
            path=str(made), title="Клиенты", heads=heads, formats=["General"] * len(heads),
            widths=[18.0] * len(heads),
        )  # fmt: skip
        fill(sheet, rows_of(rows))
        made.rename(path)
    return path


def rows_of(count: int) -> Iterator[Row]:
    """Yield the rows of the list."""
    chance = random.Random(15)
    kept: list[Row] = []
    for number in range(1, count + 1):
        dice = chance.random()
        if dice < AGAIN and kept:
            yield _again(chance, chance.choice(kept))
            continue
        row = _client(chance, number)
        if dice > 1 - BAD:
            yield _spoilt(chance, row)
            continue
        if len(kept) < 5_000:
            kept.append(row)
        else:
            kept[chance.randrange(5_000)] = row
        yield row


def _client(chance: random.Random, number: int) -> Row:
    form = chance.choice(_FORMS)
    name = f"{chance.choice(_WORDS)}-{chance.choice(_WORDS)} {chance.choice(_ENDS)} {number}"
    domain = "".join(chance.choices(_LATIN, k=7)) + f"{number % 977}"
    dice = chance.random()
    phone: str | int = _phone(chance, chance.choice(_CITY_CODES))
    if dice < 0.05:
        phone = f"{phone}, {_phone(chance, chance.choice(_CITY_CODES))}"
    elif dice < 0.08:
        phone = f"{phone} доб. {chance.randrange(10, 999)}"
    elif dice < 0.13:
        phone = int(f"7{chance.choice(_CITY_CODES)}{chance.randrange(2_000_000, 9_999_999)}")
    house = f"{chance.randrange(1, 190)}{chance.choice(('', '', 'а', '/2'))}"
    return {
        "Код": f"К-{number:07d}",
        "Наименование": f"{form} «{name}»" if chance.random() < 0.7 else f'{form} "{name}"',
        "Форма": form,
        "ИНН": _tax_number(chance, 12 if form == "ИП" else 10) if chance.random() < 0.8 else None,
        "Отрасль": chance.choice(_INDUSTRIES),
        "Размер": chance.choice(("A", "B", "C", None)),
        "Интерес": chance.choice(("Низкая", "Средняя", "Высокая", None)),
        "Адрес": f"{chance.randrange(101_000, 692_999)}, г. {chance.choice(_TOWNS)}, "
        f"ул. {chance.choice(_STREETS)}, д. {house}",
        "Телефон": phone,
        "Моб. телефон": _phone(chance, f"9{chance.randrange(10, 99)}")
        if chance.random() < 0.6
        else None,
        "E-mail": f"{chance.choice(('info', 'zakaz', 'office', 'mail'))}@{domain}.ru"
        if chance.random() < 0.8
        else None,
        "Сайт": f"{chance.choice(('', 'https://', 'www.'))}{domain}.ru"
        if chance.random() < 0.5
        else None,
        "Режим работы": chance.choice(_HOURS) or None,
        "Мин. заказ": chance.choice((None, chance.randrange(1, 90) * 1000, 1500.5)),
        "Примечание": chance.choice(_NOTES).format(n=chance.randrange(1, 30)) or None,
    }


def _phone(chance: random.Random, code: str) -> str:
    number = f"{chance.randrange(2_000_000, 9_999_999)}"
    return chance.choice(_SHAPES).format(code, number[:3], number[3:5], number[5:])


def _tax_number(chance: random.Random, length: int) -> str:
    """Return an INN whose check digits are right."""
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    digits = [chance.randrange(1, 10), *(chance.randrange(10) for _ in range(length - 3))]
    for size in (9,) if length == 10 else (10, 11):
        digits = digits[:size] if len(digits) > size else digits
        while len(digits) < size:
            digits.append(chance.randrange(10))
        pairs = zip(weights[-size:], digits, strict=True)
        digits.append(sum(weight * digit for weight, digit in pairs) % 11 % 10)
    return "".join(map(str, digits))


def _again(chance: random.Random, row: Row) -> Row:
    """Return the same client once more, as another colleague wrote it."""
    if chance.random() < 0.5:
        return row
    name = str(row["Наименование"]).replace("«", '"').replace("»", '"').upper()
    return {**row, "Код": None, "Наименование": name, "Примечание": "есть в старой базе"}


def _spoilt(chance: random.Random, row: Row) -> Row:
    column, value = chance.choice(
        (("ИНН", "1234567890"), ("E-mail", "info собака firma.ru"), ("Наименование", None),
         ("Телефон", "нет"), ("Размер", "огромный"), ("Мин. заказ", "по договорённости"))
    )  # fmt: skip
    return {**row, column: value}


__all__ = ["COLUMNS", "list_of", "rows_of"]
