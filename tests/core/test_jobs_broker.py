"""What wakes the workers is chosen by a setting, and who starts jobs does not need it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huey import PostgresHuey, SqliteHuey

from kartoteka.config import load
from kartoteka.errors import ConfigError
from kartoteka.jobs.broker import Broker
from kartoteka.testing import Firm
from tests.core.long_work import busy_firm, job, start, work


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return busy_firm(make)


@pytest.mark.parametrize(
    "given",
    [{"job_broker": "amqp://host"}, {"job_broker": "database"}, {"job_lease": 0},
     {"job_file_days": 0}, {"job_broker": 5}],
    ids=str,
)  # fmt: skip
def test_a_setting_of_jobs_that_does_not_fit_is_refused(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match="job_"):
        load(tmp_path, {}, secret_key="s" * 48, **given)


def test_settings_of_jobs_come_by_the_environment_too(tmp_path: Path) -> None:
    variables = {"KARTOTEKA_JOB_LEASE": "7", "KARTOTEKA_JOB_BROKER": "redis://localhost"}
    config = load(tmp_path, variables, secret_key="s" * 48)
    assert (config.job_lease, config.job_broker) == (7, "redis://localhost")


def test_the_database_itself_may_wake_the_workers(firm: Firm) -> None:
    broker = Broker(replace(firm.made.config, job_broker="database"))
    if firm.made.engine.dialect.name == "sqlite":
        assert isinstance(firm.made.broker.open(), SqliteHuey)
        return
    assert isinstance(broker.open(), PostgresHuey)
    broker.wake()
    assert not broker.is_empty()
    broker.close()
    # Its tables are nobody's schema: the check of the database says nothing of them.
    assert firm.made.migrations.differences() == {}


def test_a_job_is_started_although_the_broker_is_away(
    firm: Firm, caplog: pytest.LogCaptureFixture
) -> None:
    broker, config = firm.made.broker, firm.made.config
    broker.close()
    broker.__init__(replace(config, job_broker="redis://127.0.0.1:1"))
    try:
        number = start(firm, "see")
    finally:
        broker.close()
        broker.__init__(config)
    assert "were not woken" in caplog.text
    work(firm)
    assert job(firm, number).state == "done"


def test_a_message_that_somebody_else_wrote_is_not_unpacked(firm: Firm) -> None:
    stranger = Broker(replace(firm.made.config, secret_key="x" * 48))
    huey = firm.made.broker.open()
    huey.storage.flush_queue()
    stranger.wake()
    woken: list[int] = []
    firm.made.broker.work = lambda: woken.append(1)
    with pytest.raises(ValueError, match="mismatch"):
        huey.dequeue()
    firm.made.broker.work = None
    assert woken == []
    stranger.close()
