"""The page of a person: where they work and worked, how to reach them, what part they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.fields.types import now
from kartoteka.models import Activity, Client, Contact, Dmu, DmuMember, Employment
from kartoteka.models.consent import CHANNELS, PURPOSES, WAYS
from kartoteka.models.contact import POINT_KINDS
from kartoteka.screens import likeness, person_form, rights
from kartoteka.screens.card_words import Words
from kartoteka.screens.cells import Cell
from kartoteka.screens.entity_view import EntityView
from kartoteka.screens.forms import Input
from kartoteka.screens.requests import reading
from kartoteka.services import consents, employments, records
from kartoteka.services.dmu import titles_of
from kartoteka.services.records import registry_of

MOST_TALKS = 20


class ContactView(EntityView):
    """Screens of people at our clients."""

    entity_code = "contact"
    show_template = "kartoteka/contact/show.html"
    form_template = "kartoteka/contact/form.html"
    own_children = ("employment", "contact_point", "dmu_member")

    def further_inputs(
        self, session: Session, record: Contact | None, errors: Mapping[str, str]
    ) -> Sequence[Input]:
        """Ask of a new person at once where they work and how to reach them."""
        if record is not None:
            return ()
        found: list[Input] = []
        if rights.may("add", "employment"):
            found += person_form.job_inputs(session, request.values, errors).values()
        if rights.may("add", "contact_point"):
            found += person_form.point_inputs(person_form.typed_points(), errors)
        return found

    def form_context(self, session: Session, record: Contact | None) -> Mapping[str, Any]:
        """Tell while one types who it may be."""
        return likeness.context(self.entity_code, record)

    def create(self, session: Session, texts: Mapping[str, str]) -> Contact:
        """Create the person with the job and the phones: all or nothing."""
        likeness.ask_once_person(session, texts.get("name", ""))
        job: dict[str, str] = {}
        if rights.may("add", "employment"):
            job = {name: request.form.get(name, "") for name in person_form.JOB}
        points = person_form.typed_points() if rights.may("add", "contact_point") else []
        return employments.add_person(
            session, job.pop("client_id", None), points=points, **job, **{"name": "", **texts}
        )

    def beneath(self, session: Session, rows: Sequence[Contact]) -> Mapping[int, Sequence[Cell]]:
        """Return where each person works, as what, and how to reach them."""
        words = Words(reading())
        reached = employments.reached(session, [row.id for row in rows], words.today)
        found: dict[int, list[Cell]] = {}
        for number, one in reached.items():
            found[number] = [Cell(text=" · ".join(one.jobs))] if one.jobs else []
            if one.phone is not None:
                text, href = words.point(one.phone), words.link(one.phone)
                found[number].append(Cell(text=text, kind="phone", href=href))
        return found

    def show_context(self, session: Session, record: Contact) -> Mapping[str, Any]:
        """Return jobs, phones, seats in decision-making units, and the last talks."""
        words = Words(reading())
        jobs = session.execute(
            select(Employment, Client.name)
            .join(Client, Client.id == Employment.client_id)
            .where(Employment.contact_id == record.id)
            .order_by(Employment.until.is_not(None), Employment.since.desc(), Employment.id.desc())
            .limit(100)
        ).all()
        seats = session.execute(
            select(DmuMember, Dmu, Client.name)
            .join(Dmu, Dmu.id == DmuMember.dmu_id)
            .join(Client, Client.id == Dmu.client_id)
            .where(DmuMember.contact_id == record.id)
            .limit(50)
        ).all()
        talks = session.execute(
            select(Activity, Client.name)
            .join(Client, Client.id == Activity.client_id)
            .where(Activity.contact_id == record.id)
            .order_by(Activity.happened_at.desc(), Activity.id.desc())
            .limit(MOST_TALKS)
        ).all()
        today = words.today
        authors = {talk.author_id for talk, _name in talks if talk.author_id is not None}
        return {
            "words": words,
            "jobs": [
                (job, name, employments.works_there(job.until, today)) for job, name in jobs
            ],
            "points": employments.points_of(session, record.id),
            "seats": [
                (member, dmu, name, titles_of(session, member)) for member, dmu, name in seats
            ],
            "talks": talks,
            "authors": records.labels(session, "ab_user", authors),
            "kinds": registry_of(session).activity_kinds,
            "point_kinds": POINT_KINDS,
            "consents": consents.latest(session, [record.id]),
            "consent_words": {"channel": CHANNELS, "purpose": PURPOSES, "way": WAYS},
            "age": _age(record, words),
            "now": now(),
        }  # fmt: skip


def _age(record: Contact, words: Words) -> int | None:
    """Return how old the person is; None when not known, or the year is a stand-in."""
    born, today = record.birthday, words.today
    if born is None or not 14 <= today.year - born.year <= 120:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
