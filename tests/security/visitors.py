"""Who knocks at every door, and what is behind them.

The cast is built once through the real actions. Every route of another person's object is
tried with the objects made here: `lab`'s things, and `worker`'s assignment.
"""

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from marketplace import clock
from marketplace.accounts.actions.create_access_key import create_access_key
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.actions.invite_member import invite_member
from marketplace.accounts.models import Role, User
from marketplace.accounts.queries import current_acting
from payments.actions.issue_invoices import issue_invoice
from payments.actions.keep_method import MethodFacts, keep_method
from payments.actions.save_method import ask_to_save_method
from payments.jobs import save_methods
from payments.models import Payout, PlayCharge, PlaySetup
from tasks.actions.keep_file import add_project_file
from tasks.actions.review_run import start_run
from tasks.actions.subscribe import Specification, set_notifications
from tasks.actions.update_workers import upload_workers
from tasks.actions.upload_decisions import upload_decisions
from tasks.files import store
from tasks.files.lending import lent_address
from tasks.models import Assignment, Attachment, Delivery
from tasks.questions.addresses import preview_permission
from tasks.questions.gallery import template_named
from tasks.results.writing import lines_of
from tests import world
from tests.questionforms import OPEN_TEST
from tests.tasks.files.samples import picture, upload
from tests.tasks.imports.props import RESULTS as IMPORTED_ROW
from tests.tasks.imports.props import imported
from workers.actions.choose_mail import stop_token
from workers.actions.claim_former_id import claim_former_id
from workers.actions.grant_qualification import grant_qualification
from workers.actions.request_qualification import request_qualification
from workers.models import MailKind, Worker


@dataclass
class Visitor:
    """Somebody at the door. `role` is held in the lab that owns what is behind it."""

    name: str
    user: User | None = None
    role: Role | None = None
    is_worker: bool = False
    is_stranger: bool = False
    tokens: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        return self.user is not None and self.user.is_staff


NAMES = (
    "anonymous",
    "worker",
    "other_worker",
    "viewer",
    "reviewer",
    "manager",
    "owner",
    "other_owner",
    "staff",
    "superuser",
)


@dataclass
class Cast:
    """The visitors by name, and the props that URLs name."""

    visitors: dict[str, Visitor]
    props: dict[str, Any]

    def prop(self, path: str) -> Any:
        """`"batch.pk"` -> the batch's primary key; a name without a dot -> the prop itself."""
        name, *attributes = path.split(".")
        found = self.props[name]
        for attribute in attributes:
            found = getattr(found, attribute)
        return found

    def url(self, name: str, kwargs: dict[str, str]) -> str:
        """The route's address, its parts taken from the props."""
        return reverse(name, kwargs={part: self.prop(path) for part, path in kwargs.items()})

    def filled(self, data: Any) -> Any:
        """Form data in which `"{held.public_id}"` stands for that prop."""
        if isinstance(data, dict):
            return {name: self.filled(value) for name, value in data.items()}
        if isinstance(data, list):
            return [self.filled(value) for value in data]
        is_prop = isinstance(data, str) and data.startswith("{") and data.endswith("}")
        return self.prop(data[1:-1]) if is_prop else data


def make_cast() -> Cast:
    """Everyone and everything, in one go."""
    lab, other_lab = world.a_lab("Vision Lab"), world.a_lab("Other Lab")
    worker, other_worker = world.a_worker("wanda"), world.a_worker("otto")
    visitors = {
        "anonymous": Visitor("anonymous"),
        "worker": Visitor("worker", worker.user, is_worker=True),
        "other_worker": Visitor(
            "other_worker", other_worker.user, is_worker=True, is_stranger=True
        ),
        "owner": Visitor("owner", lab.user, Role.OWNER),
        "other_owner": Visitor("other_owner", other_lab.user, Role.OWNER, is_stranger=True),
        "staff": Visitor("staff", world.a_user("staff@site.test", is_staff=True)),
        "superuser": Visitor(
            "superuser", world.a_user("root@site.test", is_staff=True, is_superuser=True)
        ),
    }
    for role in (Role.VIEWER, Role.REVIEWER, Role.MANAGER):
        user = world.a_user(f"{role.value}@vision-lab.test")
        world.a_member(lab.requester, user, role)
        visitors[role.value] = Visitor(role.value, user, role)
    for visitor in visitors.values():
        if visitor.user is not None:
            client = Client()
            client.force_login(visitor.user)
            visitor.cookies = {name: each.value for name, each in client.cookies.items()}
            visitor.tokens["worker"] = _token(visitor.user, None)
            acting = current_acting(visitor.user)
            visitor.tokens["requester"] = _token(visitor.user, acting) if acting else ""
    return Cast(visitors=visitors, props=_props(lab, worker, visitors))


def _token(user: User, acting: Any) -> str:
    return create_api_token(user=user, acting=acting, at=clock.now())[1]


def _props(lab: world.Lab, worker: Any, visitors: dict[str, Visitor]) -> dict[str, Any]:
    at = clock.now()
    key, _secret = create_access_key(by=lab.by, created_by=lab.user, at=at)
    assert visitors["viewer"].user is not None
    project = world.a_project(lab)
    batch = world.a_batch(lab, project=project, rows=4)
    done = world.submitted(worker, batch)
    held = world.accepted(worker, batch)
    return {
        "requester": lab.requester,
        "worker": worker,
        "key": key,
        "lab_token": lab.user.api_tokens.get(requester=lab.requester),
        "work_token": worker.user.api_tokens.get(requester=None),
        "invitation": invite_member(
            by=lab.by, invited_by=lab.user, email="new@people.test", role=Role.VIEWER, at=at
        ),
        "member": visitors["viewer"].user.memberships.get(),
        "unknown_token": "mhi_nobody-was-sent-this",
        "project": project,
        "batch": batch,
        "hit_type": batch.hit_type,
        "hit": held.hit,
        "preview": preview_permission(held.hit),
        "done": done,
        "held": held,
        "first_row": 1,
        "template": template_named("boxes"),
        "today": at.date().isoformat(),
        "tomorrow": (at + timedelta(days=1)).isoformat(),
        "nothing": "nothing/here",
        "run": start_run(by=lab.by, batch=batch, decisions=[], at=at),
        "decisions": upload_decisions(
            by=lab.by, user=lab.user, batch=batch, file=_results(batch), at=at
        ),
        "deposit": lab.requester.deposits.get(),
        "payout": _payout(worker),
        "stop_token": stop_token(worker, MailKind.BONUS),
        **_paying(lab),
        **_imports(lab, worker),
        **_files(lab, project, done),
        **_notifications(lab, batch),
        **_qualifications(lab, worker),
    }


def _paying(lab: world.Lab) -> dict[str, Any]:
    """A saved card, a page on which another is being saved, a charge to confirm, an invoice."""
    at = clock.now()
    setup = ask_to_save_method(by=lab.by, user=lab.user, at=at)
    save_methods()
    card = MethodFacts(reference="play_method_0", kind="card", brand="visa", last4="4242")
    charge = PlayCharge.objects.create(
        idempotency_key=f"deposit_{lab.requester.deposits.get().public_id}_page",
        customer=f"play_{setup.payer.idempotency_key}",
        amount_cents=500,
        currency="USD",
        settles_at=at,
        waits_for_payer=True,
    )
    return {
        "saved": keep_method(payer=setup.payer, told=card, at=at),
        "setup": setup,
        "play_setup": PlaySetup.objects.get(),
        "play_charge": charge,
        "invoice": issue_invoice(requester=lab.requester, month=at.date().replace(day=1), at=at),
    }


def _files(lab: world.Lab, project: Any, done: Any) -> dict[str, Any]:
    """A project's picture, and one that came with an answer."""
    stored = add_project_file(
        by=lab.by, user=lab.user, project=project, name="a.png", file=upload(), at=clock.now()
    )
    attached = Attachment.objects.create(
        assignment=done,
        batch=done.hit.batch,
        field="photo",
        name="b.png",
        media_type="image/png",
        size=len(picture()),
        digest="0" * 64,
        created_at=clock.now(),
        kept_at=clock.now(),
    )
    store.write(attached.path, picture())
    Assignment.objects.filter(pk=done.pk).update(answer={"photo": attached.key})
    lent = lent_address(attached, here="").split("/")[3]
    return {"stored": stored, "attached": attached, "lent": lent}


def _imports(lab: world.Lab, worker: Worker) -> dict[str, Any]:
    """An archive of one row, and a former worker whom our worker says to be."""
    row = {**IMPORTED_ROW, "WorkerId": "A1B2C3D4E5F6G7"}
    claim_former_id(worker=worker, former_mturk_id=row["WorkerId"], at=clock.now())
    return {"imported": imported(lab, [row]), "former": lab.requester.former_workers.get()}


def _notifications(lab: world.Lab, batch: Any) -> dict[str, Any]:
    """A subscription, and a document that went out for it."""
    subscription = set_notifications(
        by=lab.by,
        hit_type_id=batch.hit_type.public_id,
        is_sandbox=False,
        specification=Specification(
            transport="HTTPS",
            destination="https://hooks.lab.test/",
            event_types=["AssignmentSubmitted"],
        ),
        at=clock.now(),
    )
    delivery = Delivery.objects.create(
        requester=lab.requester,
        subscription=subscription,
        transport="HTTPS",
        destination="https://hooks.lab.test/",
        document={"Events": [{"EventType": "Ping"}]},
        created_at=clock.now(),
        delivered_at=clock.now(),
    )
    return {"subscription": subscription, "delivery": delivery}


def _results(batch: Any) -> ContentFile:
    lines = "".join(lines_of(batch, at=clock.now()))
    return ContentFile(lines.encode(), name="results.csv")


def _payout(worker: Worker) -> Payout:
    """A row of its own: what is earned here is below the least that can be paid out."""
    return Payout.objects.create(
        worker=worker.public_id,
        amount_cents=500,
        currency="USD",
        destination=worker.public_id,
        gateway="play",
        created_at=clock.now(),
        due_at=clock.now(),
    )


def _qualifications(lab: world.Lab, worker: Worker) -> dict[str, Any]:
    """A type that the worker holds, a test in work, and a request that waits."""
    at = clock.now()
    kind = world.a_qualification(lab)
    grant_qualification(by=lab.by, kind=kind, worker=worker, at=at)
    tested = world.a_qualification(lab, "Tested", test=OPEN_TEST, test_seconds=600)
    plain = world.a_qualification(lab, "Asked for")
    ask: dict[str, Any] = {"worker": worker, "is_sandbox": False, "at": at}
    return {
        "kind": kind,
        "test": request_qualification(type_id=tested.public_id, **ask),
        "asked": request_qualification(type_id=plain.public_id, **ask),
        "worker_file": upload_workers(
            by=lab.by,
            user=lab.user,
            file=io.BytesIO(b"Worker ID,UPDATE-BlockStatus\n"),
            is_sandbox=False,
            at=at,
        ),
    }
