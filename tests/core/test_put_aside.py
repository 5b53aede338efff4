"""Mass writing takes indexes and keys of a table away, and puts them back, without a warning."""

from __future__ import annotations

import warnings

from sqlalchemy import inspect

from kartoteka.api import Purchase, bulk_connection, put_aside
from kartoteka.testing import Firm


def test_what_was_put_aside_stands_again_and_nothing_warns(firm: Firm) -> None:
    engine = firm.made.engine

    def shape() -> tuple[set[str | None], set[str | None]]:
        seen = inspect(engine)
        return (
            {index["name"] for index in seen.get_indexes("purchase")},
            {key["name"] for key in seen.get_foreign_keys("purchase")},
        )

    before = shape()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with bulk_connection(engine) as connection:
            with put_aside(connection, [Purchase]):
                pass
            connection.commit()
    assert shape() == before
    assert "ix_purchase_open_debts" in before[0]
