"""The cast and the props that tests set up the marketplace with, through the real actions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile

from marketplace import clock
from marketplace.accounts.acting import Acting, acting_for
from marketplace.accounts.models import Membership, Requester, Role, User
from payments import jobs as payment_jobs
from payments.actions.make_deposit import make_deposit
from tasks import jobs as task_jobs
from tasks.actions.accept import accept_next
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.create_hits import create_hit
from tasks.actions.publish_batch import cost_of, publish_batch
from tasks.actions.save_project import create_project
from tasks.actions.submit import submit
from tasks.actions.upload_batch import upload_batch
from tasks.models import HIT, Assignment, Batch, Project
from tasks.questions.storing import question_from_xml
from workers.actions.become_worker import become_worker
from workers.actions.qualification_types import create_qualification_type
from workers.models import QualificationType, Worker

PASSWORD = "correct horse battery staple"

TERMS = {
    "title": "Does the second sentence follow from the first?",
    "description": "Read two sentences and choose.",
    "keywords": "text, entailment",
    "reward_cents": 10,
    "assignment_seconds": 600,
    "auto_approve_seconds": 3 * 86_400,
    "requirements": [],
}
PROJECT = {
    **TERMS,
    "name": "Entailment",
    "max_assignments": 2,
    "lifetime_seconds": 86_400,
    "layout": '<p>${text}</p><label>Answer <input name="answer"></label>',
}


@dataclass
class Lab:
    """A requester with an owner, and money where asked for."""

    user: User
    requester: Requester
    by: Acting


def a_user(email: str, **fields: Any) -> User:
    """Somebody who can sign in with PASSWORD; the address counts as verified."""
    user = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def a_lab(name: str = "Vision Lab", *, cents: int = 100_00) -> Lab:
    """A requester whose owner is owner@<name>.test, with `cents` deposited."""
    user = a_user(f"owner@{name.lower().replace(' ', '-')}.test")
    requester = Requester.objects.create(name=name, created_at=clock.now())
    a_member(requester, user, Role.OWNER)
    user.current_requester = requester
    user.save()
    lab = Lab(user=user, requester=requester, by=acting_for(user, requester))
    if cents:
        deposit(lab, cents)
    return lab


def a_member(requester: Requester, user: User, role: Role) -> Acting:
    """`user` as a member of `requester`."""
    Membership.objects.create(requester=requester, user=user, role=role, joined_at=clock.now())
    return acting_for(user, requester)


def a_worker(name: str = "wanda", *, country: str = "US", subdivision: str = "") -> Worker:
    """A worker whose address is <name>@workers.test."""
    return become_worker(
        user=a_user(f"{name}@workers.test"),
        country=country,
        subdivision=subdivision,
        at=clock.now(),
    )


def a_qualification(
    lab: Lab, name: str = "Careful reader", *, is_sandbox: bool = False, **changes: Any
) -> QualificationType:
    """A qualification type of the lab's: no test, asked for and decided by hand."""
    values = {"name": name, "description": "Reads before answering.", **changes}
    return create_qualification_type(
        by=lab.by, is_sandbox=is_sandbox, values=values, at=clock.now()
    )


def deposit(lab: Lab, cents: int, currency: str = "USD") -> None:
    """Money on the requester's balance, through the gateway."""
    make_deposit(by=lab.by, user=lab.user, amount_cents=cents, currency=currency, at=clock.now())
    payment_jobs.settle_deposits()


def a_project(lab: Lab, *, is_sandbox: bool = False, **changes: Any) -> Project:
    """PROJECT with `changes`."""
    values = {**PROJECT, **changes}
    return create_project(by=lab.by, is_sandbox=is_sandbox, values=values, at=clock.now())


def an_upload(lab: Lab, project: Project, rows: list[str] | bytes) -> Batch:
    """A batch whose file was read: column `text`, a row per string; or the file's very bytes."""
    body = rows if isinstance(rows, bytes) else "\n".join(["text", *rows]).encode()
    batch = upload_batch(
        by=lab.by,
        user=lab.user,
        project=project,
        name="",
        file=ContentFile(body, name="rows.csv"),
        at=clock.now(),
    )
    task_jobs.publish_batches()
    batch.refresh_from_db()
    return batch


def a_batch(lab: Lab, *, rows: int = 3, project: Project | None = None, **changes: Any) -> Batch:
    """A published batch of `rows` HITs."""
    project = project or a_project(lab, **changes)
    return published(lab, project, [f"row {number}" for number in range(rows)])


def published(lab: Lab, project: Project, rows: list[str] | bytes) -> Batch:
    """A published batch of these rows, as for an_upload."""
    batch = an_upload(lab, project, rows)
    cents = sum(cost_of(batch, project))
    publish_batch(by=lab.by, batch=batch, confirmed_cents=cents, at=clock.now())
    task_jobs.publish_batches()
    batch.refresh_from_db()
    return batch


def a_hit(lab: Lab, question: str, *, is_sandbox: bool = False, **changes: Any) -> HIT:
    """A HIT as programs make it: by the XML of its question, without a batch."""
    hit_type = hit_type_for(
        requester=lab.requester, is_sandbox=is_sandbox, terms=TERMS | changes, at=clock.now()
    )
    return create_hit(
        by=lab.by,
        hit_type=hit_type,
        question=question_from_xml(question),
        inputs={},
        max_assignments=2,
        lifetime_seconds=86_400,
        at=clock.now(),
    )


def accepted(worker: Worker, batch: Batch, *, at: datetime | None = None) -> Assignment:
    """The worker accepts the batch's next HIT."""
    assert batch.hit_type is not None
    taken = accept_next(worker=worker, group_id=batch.hit_type.public_id, at=at or clock.now())
    return Assignment.objects.select_related("hit").get(public_id=taken.assignment_id)


def submitted(worker: Worker, batch: Batch, answer: dict[str, str] | None = None) -> Assignment:
    """The worker accepts and submits the batch's next HIT."""
    assignment = accepted(worker, batch)
    submit(
        assignment_id=assignment.public_id,
        answer=answer or {"answer": "yes"},
        at=clock.now(),
    )
    assignment.refresh_from_db()
    return assignment
