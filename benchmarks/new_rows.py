"""How long does it take to find out which clients of a base the rows of a new list mean?"""

from __future__ import annotations

import random
from dataclasses import dataclass

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from benchmarks.import_runs import Meter
from kartoteka.access.actor import system
from kartoteka.api import Candidate, Client, possible_duplicates

ROWS = 10_000
#: Of the rows these are clients of the base, each with two letters of its name exchanged.
KNOWN = 3_000
BOUND = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRows:
    """The time for all rows, and the part of the known clients that were found.

    Args:
        seconds: by the clock.
        cpu: seconds of processors, the server's included: what else the machine does lengthens
            only the others.
    """

    seconds: float
    cpu: float
    found: float

    @property
    def holds(self) -> bool:
        """Whether it was quick enough."""
        return self.seconds <= BOUND


def measure(session: Session, engine: Engine) -> NewRows:
    """Compare new rows with the clients of a base.

    Args:
        session: on the base; it only reads.
        engine: of the base.
    """
    session.info["actor"] = system("cli")
    chance = random.Random(4)
    highest = session.scalar(select(func.max(Client.id))) or 0
    ids = sorted(chance.sample(range(1, highest + 1), min(KNOWN, highest)))
    columns = select(Client.id, Client.name, Client.address, Client.tax_id)
    known = [
        row
        for start in range(0, len(ids), 500)
        for row in session.execute(columns.where(Client.id.in_(ids[start : start + 500])))
    ]
    rows = [
        Candidate(
            name=_with_a_slip(row.name, chance), address=row.address or "",
            tax_id=(row.tax_id or "") if chance.random() < 0.3 else "",
        )
        for row in known
    ]  # fmt: skip
    words = [word for row in known for word in row.name.split()]
    while len(rows) < ROWS:
        name = f"{chance.choice(words)} {chance.choice(words)[::-1]}"
        rows.append(Candidate(name=name, phones=(f"+7912{chance.randrange(10**7):07d}",)))
    meter = Meter(engine)
    found = possible_duplicates(session, rows)
    cost = meter.cost()
    pairs = {(one.place, one.client_id) for one in found}
    right = sum((place, row.id) in pairs for place, row in enumerate(known))
    return NewRows(seconds=cost.elapsed, cpu=cost.cpu, found=right / max(len(known), 1))


def _with_a_slip(name: str, chance: random.Random) -> str:
    if len(name) < 6:
        return name
    at = chance.randrange(3, len(name) - 1)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
