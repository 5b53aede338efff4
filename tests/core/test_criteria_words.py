"""Criteria are said as people say them, with the plural each language asks for."""

from __future__ import annotations

import flask_babel
import pytest

from kartoteka.api import fact_is
from kartoteka.fields.kinds import Reading
from kartoteka.services import criteria
from kartoteka.testing import Firm

DAYS = {
    "en": {1: "purchases in the last 1 day at least 3",
           2: "purchases in the last 2 days at least 3",
           365: "purchases in the last 365 days at least 3"},
    "ru": {1: "число покупок за последний 1 день не меньше 3",
           2: "число покупок за последние 2 дня не меньше 3",
           365: "число покупок за последние 365 дней не меньше 3",
           1000: "число покупок за последние 1\u00a0000 дней не меньше 3"},
    "bg": {1: "брой покупки за последния 1 ден поне 3",
           365: "брой покупки за последните 365 дни поне 3"},
}  # fmt: skip
KNOWN = {
    "en": ("The decider is known: no", "somebody there agreed (E-mail, News and offers): yes"),
    "ru": ("ЛПР известен: нет", "кто-то там дал согласие (Эл. почта, Новости и предложения): да"),
    "bg": ("Вземащият решение е известен: не", "да"),
}


@pytest.mark.parametrize("language", ["en", "ru", "bg"])
def test_windows_and_yes_or_no_are_said_as_people_say_them(firm: Firm, language: str) -> None:
    entity = firm.made.registry.entity("client")
    with (
        firm.app.test_request_context(),
        flask_babel.force_locale(language),
        firm.session() as session,
    ):
        session.info["reading"] = Reading(locale=language)
        for days, wanted in DAYS[language].items():
            tree = fact_is("purchases", "ge", 3, days=days)
            assert criteria.words(session, entity, tree) == wanted
        known = criteria.words(session, entity, fact_is("decider_known", "eq", False))
        agreed = criteria.words(session, entity, fact_is("consent_given", "eq", True))
    assert known == KNOWN[language][0]
    assert agreed.endswith(KNOWN[language][1])
