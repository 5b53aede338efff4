"""A span of time means the same in every form people write, and what can not be is asked about."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from kartoteka.api import Invalid
from kartoteka.services.task_words import planned

MOSCOW = ZoneInfo("Europe/Moscow")
#: A Sunday, the last day of a month, 12:00 in Moscow.
NOON = datetime(2026, 5, 31, 9, 0, tzinfo=UTC)
HERE = NOON.astimezone(MOSCOW)


def minutes(number: int) -> datetime:
    return HERE + timedelta(minutes=number)


def hours(number: int) -> datetime:
    return HERE + timedelta(hours=number)


def days(number: int) -> datetime:
    return datetime.combine(HERE.date() + timedelta(days=number), time(9), MOSCOW)


def weeks(number: int) -> datetime:
    return days(7 * number)


def months(number: int) -> datetime:
    year, month = 2026 + (4 + number) // 12, (4 + number) % 12 + 1
    return datetime(year, month, min(31, monthrange(year, month)[1]), 9, tzinfo=MOSCOW)


def years(number: int) -> datetime:
    return months(12 * number)


#: (before the number, meaning of the unit, one, a few, many, abbreviations); by the plural rules of
#: the language only one of the three is right for a number.
LANGUAGES: dict[str, list[tuple[Callable[[int], datetime], str, str, str, list[str]]]] = {
    "через": [
        (minutes, "минуту", "минуты", "минут", ["мин", "мин."]),
        (hours, "час", "часа", "часов", ["ч", "ч."]),
        (days, "день", "дня", "дней", ["дн", "дн.", "д", "д."]),
        (days, "сутки", "суток", "суток", []),
        (weeks, "неделю", "недели", "недель", ["нед", "нед."]),
        (months, "месяц", "месяца", "месяцев", ["мес", "мес."]),
        (years, "год", "года", "лет", ["г", "г."]),
    ],
    "след": [
        (minutes, "минута", "минути", "минути", ["мин", "мин."]),
        (hours, "час", "часа", "часа", ["ч", "ч."]),
        (days, "ден", "дни", "дни", ["дни", "д."]),
        (weeks, "седмица", "седмици", "седмици", ["седм", "седм."]),
        (months, "месец", "месеца", "месеца", ["мес", "мес."]),
        (years, "година", "години", "години", ["г."]),
    ],
    "in": [
        (minutes, "minute", "minutes", "minutes", ["min", "mins", "min."]),
        (hours, "hour", "hours", "hours", ["h", "hr", "hrs"]),
        (days, "day", "days", "days", ["d"]),
        (weeks, "week", "weeks", "weeks", ["wk", "wks", "w"]),
        (months, "month", "months", "months", ["mo", "mos"]),
        (years, "year", "years", "years", ["yr", "yrs", "y"]),
    ],
}


def form_of(before: str, number: int, one: str, few: str, many: str) -> str:
    if before == "через":
        if number % 10 == 1 and number % 100 != 11:
            return one
        return few if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else many
    return one if number == 1 else many


@given(
    number=st.integers(1, 60),
    language=st.sampled_from(sorted(LANGUAGES)),
    row=st.integers(0, 6),
    short=st.integers(0, 4),
    shape=st.sampled_from(
        ["{when} {title}", "{title} {when}", "{when}: {title}", "{when}, {title}"]
    ),
    upper=st.booleans(),
)
def test_every_form_of_every_number_means_its_moment(
    number: int, language: str, row: int, short: int, shape: str, upper: bool
) -> None:
    rows = LANGUAGES[language]
    means, one, few, many, signs = rows[row % len(rows)]
    forms = [form_of(language, number, one, few, many), *signs]
    when = f"{language} {number} {forms[short % len(forms)]}"
    line = shape.format(when=when.upper() if upper else when, title="позвонить Иванову")
    plan = planned(line, NOON, MOSCOW)
    assert (plan.title, plan.due_at) == ("позвонить Иванову", means(number)), line


@pytest.mark.parametrize("number", [5, 7, 10, 11, 14, 21, 30, 60, 111, 1000])
def test_many_days_in_russian_are_not_tomorrow(number: int) -> None:
    word = form_of("через", number, "день", "дня", "дней")
    assert planned(f"через {number} {word} тест", NOON, MOSCOW).due_at == days(number)
    assert planned(f"тест через {number}{word}", NOON, MOSCOW).due_at == days(number)


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("через полчаса тест", minutes(30)),
        ("через полгода тест", months(6)),
        ("тест через 1,5 часа", minutes(90)),
        ("через неделю тест", weeks(1)),
        ("через пять дней тест", days(5)),
        ("через пару недель тест", weeks(2)),
        ("след един месец тест", datetime(2026, 6, 30, 9, tzinfo=MOSCOW)),
        ("in half an hour тест", minutes(30)),
        ("через 9 месяцев тест", datetime(2027, 2, 28, 9, tzinfo=MOSCOW)),
        ("через 21 месяц в 15:30 тест", datetime(2028, 2, 29, 15, 30, tzinfo=MOSCOW)),
        ("завтра в 6 вечера тест", days(1).replace(hour=18)),
        ("at 4 pm tomorrow тест", days(1).replace(hour=16)),
        ("в 12 часов завтра тест", days(1).replace(hour=12)),
        ("завтра в 10.30 тест", days(1).replace(hour=10, minute=30)),
        ("10:00 завтра тест", days(1).replace(hour=10)),
        ("через 0 дней тест", hours(1)),
    ],
)
def test_words_and_hours_of_the_day_are_read(line: str, due: datetime) -> None:
    plan = planned(line, NOON, MOSCOW)
    assert (plan.title, plan.due_at) == ("тест", due)


@pytest.mark.parametrize(
    "line",
    [
        "завтра 25:00 тест", "завтра 10:75 тест", "тест завтра в 25:00", "25:00 тест",
        "завтра в 25", "через 5 дней в 30 часов тест",
    ],
)  # fmt: skip
def test_an_hour_no_day_has_is_refused(line: str) -> None:
    with pytest.raises(Invalid) as refused:
        planned(line, NOON, MOSCOW)
    assert "There is no such time" in refused.value.errors["title"]


@pytest.mark.parametrize(
    "line",
    [
        "через 5 кварталов тест", "тест через 2-3 дня", "через 1,5 месяца тест",
        "через несколько дней тест", "след няколко дни тест", "позвонить через 5 дней Иванову",
        "через 5 тест", "in 5 fortnights тест", "next week тест", "на следующей неделе тест",
    ],
)  # fmt: skip
def test_a_time_that_is_not_understood_is_asked_about(line: str) -> None:
    with pytest.raises(Invalid) as refused:
        planned(line, NOON, MOSCOW)
    assert "not clear when" in refused.value.errors["title"]


def test_a_day_beyond_all_plans_is_refused() -> None:
    for line in ("через 9999 месяцев тест", "через 99999999999 минут тест"):
        with pytest.raises(Invalid) as refused:
            planned(line, NOON, MOSCOW)
        assert "too far ahead" in refused.value.errors["title"]


@pytest.mark.parametrize(
    "line",
    [
        "передать договор через Иванова", "раствор 50:50", "след срещата да се обадя",
        "call in London", "deliver in d boxes", "масштаб 1:100", "завтрак с Ивановым",
        "через дорогу магазин",
    ],
)  # fmt: skip
def test_words_that_name_no_time_stay_words(line: str) -> None:
    plan = planned(line, NOON, MOSCOW)
    assert (plan.title, plan.due_at) == (line, days(1))


def test_a_time_first_leaves_other_spans_to_the_words() -> None:
    plan = planned("завтра: счёт с оплатой через 5 дней, и акт", NOON, MOSCOW)
    assert (plan.title, plan.due_at) == ("счёт с оплатой через 5 дней, и акт", days(1))
