"""What makes no difference in the name of a firm or a person."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import assume, given, strategies as st

from kartoteka.matching.lookalikes import in_one_alphabet
from kartoteka.matching.names import normal_name, normal_names, text_words
from kartoteka.matching.words import alike

LETTERS = st.characters(
    categories=["Ll", "Lu", "Lo", "Nd", "Mn", "Pd", "Po", "Zs", "Pi", "Pf", "Cf"]
)
CYRILLIC = st.text("абвгдежзийклмнопрстуфхцчшщъыьэюяё", min_size=2, max_size=12)
NAMES = st.lists(CYRILLIC, min_size=1, max_size=4).map(" ".join)
LATIN_DOUBLES = str.maketrans("авекмнорстух", "abekmhopctyx")
QUOTES = ["«{}»", '"{}"', "„{}“", "“{}”", "'{}'", "<{}>", "({})", "{}.", " {} ", "- {} -"]


@given(st.text(LETTERS, max_size=60) | st.text(max_size=30))
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    once = normal_name(text)
    assert normal_name(once) == once


@given(NAMES)
def test_case_and_yo_make_no_difference(name: str) -> None:
    wanted = normal_name(name)
    assert normal_name(name.upper()) == wanted
    assert normal_name(name.title()) == wanted
    assert normal_name(name.replace("ё", "е")) == wanted


@given(NAMES, st.sampled_from(QUOTES))
def test_quotes_and_punctuation_make_no_difference(name: str, quotes: str) -> None:
    assert normal_name(quotes.format(name)) == normal_name(name)


@given(NAMES, st.integers(0, 2**32))
def test_letters_that_look_alike_make_no_difference(name: str, seed: int) -> None:
    chance = random.Random(seed)
    typed = "".join(
        letter.translate(LATIN_DOUBLES) if chance.random() < 0.5 else letter for letter in name
    )
    for word, other in zip(name.split(), typed.split(), strict=True):
        # A word typed in Latin letters through and through may as well be a Latin one.
        assume(not other.isascii())
        assert in_one_alphabet(other) == word
    assert normal_name(typed) == normal_name(name)


@pytest.mark.parametrize("typed", ["BOCTOK", "boctok", "ВOCTOK"])
def test_a_word_all_in_letters_of_the_other_alphabet_is_as_good_as_the_same(typed: str) -> None:
    (mine,), (theirs,) = text_words("ВОСТОК"), text_words(typed)
    assert mine == theirs or alike(mine, theirs) == 1.0


@pytest.mark.parametrize(
    "name",
    [
        "ООО «Ромашка»", "Ромашка, ООО", "OOO Romashka", "ROMASHKA LLC", "О.О.О. Ромашка",
        "о о о ромашка", "ЗАО Рoмaшкa", "Общество с ограниченной ответственностью «Ромашка»",
        "общество с ограниченой отвественностью ромашка", "Ромашка ЕООД", "„Ромашка“ ООД",
        "Romaška s.r.o.", "Romashka Sp. z o.o.", "Romashka GmbH & Co. KG", "Romashka, Inc.",
        "Romashka S.A.", "Обществo с дополнительной ответственностью Ромашка", "РОМА\u00adШКА",
        "Дружество с ограничена отговорност Ромашка", "ПАО Ромашка", "АО «Ромашка»",
    ],
)  # fmt: skip
def test_legal_forms_and_spellings_of_one_firm_are_one(name: str) -> None:
    assert normal_name(name) == "romaška"


@pytest.mark.parametrize(
    "spellings",
    [
        ("Щукин", "Schukin", "Shchukin", "Ščukin", "Ŝukin"),
        ("Дмитрий", "Dmitry", "Dmitriy", "Dmitrij", "Dmitrii"),
        ("Юлия", "Yulia", "Iuliia", "Julija", "Yuliya"),
        ("Хрущёв", "Хрущев", "Khrushchev", "Hruščev"),
        ("Ельцин", "Yeltsin", "Eltsin"),
        ("Жуков", "Zhukov", "Žukov"),
        ("Чехов", "Chekhov", "Čehov"),
        ("Максим", "Maxim", "Maksim"),
        ("Müller", "Mueller", "Мюллер"[:1] + "уллер"),
        ("Шмидт", "Schmidt", "Shmidt"),
        ("Анна", "Anna"),
    ],
)
def test_ways_of_transliteration_give_one_skeleton(spellings: tuple[str, ...]) -> None:
    assert len({normal_name(name) for name in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Ромашка", "Ромашка Плюс"), ("Школа 5", "Школа 7"), ("Иванов", "Петров"),
        ("ООО Альфа", "ООО Бета"), ("Маша", "Мама"), ("Рога", "Копыта"),
    ],
)  # fmt: skip
def test_different_names_stay_different(one: str, two: str) -> None:
    assert normal_name(one) != normal_name(two)


@pytest.mark.parametrize("name", ["ИП", "АО", "ООО", "Ltd.", "О.О.О."])
def test_a_name_that_is_only_a_legal_form_stays(name: str) -> None:
    assert normal_name(name)


@pytest.mark.parametrize("name", ["", "   ", "«»", "!!!", "\u200b"])
def test_a_text_without_letters_has_no_name(name: str) -> None:
    assert normal_name(name) == ""


def test_legal_forms_of_the_world_are_known(shared_data: Path) -> None:
    source = (shared_data / "07-naughty-and-names" / "org_types.yml").read_text(encoding="utf-8")
    # Those that are shown to people and name a company, not a school or a fund.
    companies = {
        part.split("display:", 1)[1].splitlines()[0].split("#")[0].strip(" \"'")
        for part in source.split("\n  - ")
        if "display:" in part and ("generic: LLC" in part or "generic: JSC" in part)
    }
    known = {form for form in companies if normal_name(f"Зупоматка {form}") == "zupomatka"}
    assert len(known) > 0.7 * len(companies), sorted(companies - known)


def test_many_names_are_brought_to_what_each_is_brought_to() -> None:
    names = ["ООО «Ёлка»", "", "d'Artagnan & Co. KG", "А\u0438\u0306 75th", "o\0k", "Müller", "АО"]
    assert normal_names(names) == [normal_name(name) for name in names]
    assert normal_names([]) == []
    assert normal_names(names[:4]) == [normal_name(name) for name in names[:4]]
