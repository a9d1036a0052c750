"""What happened in the demo marketplace before today, through the marketplace's own rules.

The clock is held at each moment of the past while the real actions and the jobs' own functions
run, so the history has the times, the money and the audit trail that a real one would have.
"""

import csv
import io
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile

from marketplace import clock
from marketplace.accounts.acting import Acting
from marketplace.accounts.models import User
from payments.actions.request_payout import request_payout
from payments.jobs import send_payouts
from tasks import jobs, measure
from tasks.actions.accept import accept_next
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.publish_batch import cost_of, publish_batch
from tasks.actions.report_hit import report_hit
from tasks.actions.save_project import create_project
from tasks.actions.send_bonus import send_bonus
from tasks.actions.submit import Answer, submit
from tasks.actions.upload_batch import check_batch, upload_batch
from tasks.demo import content, old_hands
from tasks.demo.cast import Cast, make_cast
from tasks.demo.content import Row, Work
from tasks.models import Assignment, Batch, Project
from tasks.states import AssignmentStatus
from workers.actions.grant_qualification import grant_qualification
from workers.actions.qualification_types import create_qualification_type
from workers.actions.request_qualification import request_qualification, submit_test
from workers.models import QualificationRequest, QualificationType, Worker

Answering = Callable[[Row], Answer]

# The demo is as if it had run for a week. What was rejected in it is still open to an appeal.
BEGINNING = timedelta(days=7)


def tell(*, now: datetime) -> None:
    """Make the cast and everything that they have done up to `now`."""
    Story(now).tell()


class Story:
    """One telling. `self._dice` is seeded: every installation has the same history."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._dice = random.Random(26)  # noqa: S311 - a story, not a secret
        with clock.frozen_at(now - BEGINNING):
            self._cast: Cast = make_cast(at=clock.now())

    def tell(self) -> None:
        """The chapters, in the order in which they happened."""
        follows = self._reviewed_and_paid()
        self._ready_for_review()
        self._in_progress(follows)
        self._in_sandbox()
        self._qualified()
        with clock.frozen_at(self._now):
            jobs.fold_tallies()
            # Everything so far counts as measured: the story is older than a running market.
            measure.measure_active(at=self._now - BEGINNING)

    def _reviewed_and_paid(self) -> Project:
        """A batch that is done: approved, one rejected with its reason, a bonus, a payout."""
        begin = self._now - timedelta(days=6)
        wanda, tomas, priya = self._cast.workers[:3]
        with clock.frozen_at(begin):
            project = self._project(self._cast.lab, content.FOLLOWS)
            batch = self._published(project, "Pairs, first round", content.PAIRS)
        answering = self._picking("follows", content.PAIRS, ("yes", "no"), right=0.9)
        for worker in (wanda, tomas, priya):
            self._work(worker, batch, answering, content.FOLLOWS.seconds, begin, len(content.PAIRS))
        with clock.frozen_at(begin + timedelta(days=1)):
            self._review(batch, wrong=content.PAIRS)
        with clock.frozen_at(begin + timedelta(days=1, hours=2)):
            request_payout(
                worker=wanda.public_id, currency=settings.MANYHANDS_CURRENCY, at=clock.now()
            )
            send_payouts()
        return project

    def _review(self, batch: Batch, *, wrong: Sequence[Row]) -> None:
        by, now = self._cast.reviewer, clock.now()
        truth = {row["premise"]: row["expected"] for row in wrong}
        answers = Assignment.objects.filter(
            hit__batch=batch, status=AssignmentStatus.SUBMITTED
        ).select_related("hit")
        done = list(answers.order_by("pk"))
        refused = next(
            a for a in done if (a.answer or {})["follows"] != truth[a.hit.inputs["premise"]]
        )
        reject_assignments(
            by=by,
            assignment_ids=[refused.public_id],
            at=now,
            feedback="The first sentence alone settles this one, the other way round. Please read "
            "the hint above the pair again: what is merely likely doesn't follow.",
        )
        approved = [a.public_id for a in done if a.pk != refused.pk]
        approve_assignments(by=by, assignment_ids=approved, at=now, feedback="Thank you!")
        send_bonus(
            by=self._cast.lab,
            assignment_id=approved[0],
            amount_cents=100,
            reason="You told us about the pair that was ambiguous. We have reworded it.",
            at=now,
            request_token="demo-bonus",  # noqa: S106 - names a payment
        )

    def _ready_for_review(self) -> None:
        """A batch whose answers wait for the requester, and one that waits to be published."""
        begin = self._now - timedelta(hours=20)
        with clock.frozen_at(begin):
            project = self._project(self._cast.lab, content.SENTIMENT)
            batch = self._published(project, "Reviews of March", content.REVIEWS)
        moods = ("happy", "mixed", "unhappy")
        answering = self._picking("sentiment", content.REVIEWS, moods, right=0.85)
        for worker in (self._cast.workers[0], *self._cast.workers[3:5]):
            count, pace = len(content.REVIEWS), content.SENTIMENT.seconds
            self._work(worker, batch, answering, pace, begin + timedelta(minutes=9), count)
        with clock.frozen_at(self._now - timedelta(hours=2)):
            self._uploaded(project, "Reviews of April", content.MORE_REVIEWS)

    def _in_progress(self, follows: Project) -> None:
        """Three batches with open HITs, some of them done, and a report for the moderators."""
        begin = self._now - timedelta(hours=3)
        kofi, mei, lars, ana, joe = self._cast.workers[3:]
        with clock.frozen_at(begin):
            pairs = self._published(follows, "Pairs, second round", content.MORE_PAIRS)
            survey = self._published(
                self._project(self._cast.lab, content.SURVEY), "Workplaces, spring", content.ROOMS
            )
            copy = self._project(self._cast.archive, content.TRANSCRIBE)
            lines = self._published(copy, "Ledger of 1788, page 1", content.HANDWRITING)
        answering = self._picking("follows", content.MORE_PAIRS, ("yes", "no"), right=0.9)
        self._work(kofi, pairs, answering, content.FOLLOWS.seconds, begin + timedelta(minutes=6), 5)
        self._work(joe, pairs, answering, content.FOLLOWS.seconds, begin + timedelta(hours=1), 3)
        for worker, said in zip((lars, ana, kofi, mei), content.SURVEY_ANSWERS, strict=True):
            self._work(
                worker,
                survey,
                lambda _row, said=said: said,  # type: ignore[misc]
                content.SURVEY.seconds,
                begin + timedelta(minutes=20),
                1,
            )
        for worker, count in ((ana, 4), (joe, 2)):
            self._work(
                worker,
                lines,
                _copied,
                content.TRANSCRIBE.seconds,
                begin + timedelta(hours=2),
                count,
            )
        hit = lines.all_hits.order_by("pk").last()
        assert hit is not None
        with clock.frozen_at(self._now - timedelta(minutes=25)):
            report_hit(
                worker=mei,
                hit_id=hit.public_id,
                reason="broken",
                text="On my phone the end of the line is cut off, so I can't copy it.",
                at=clock.now(),
            )

    def _in_sandbox(self) -> None:
        """The same requester tries something out for play money."""
        begin = self._now - timedelta(minutes=80)
        with clock.frozen_at(begin):
            project = self._project(self._cast.lab, content.SORT, is_sandbox=True)
            batch = self._published(project, "Sorting, a trial", content.MESSAGES)
        topics = ("delivery", "money", "help", "other")
        answering = self._picking("topic", content.MESSAGES, topics, right=0.9)
        for worker in self._cast.workers[5:7]:
            self._work(
                worker, batch, answering, content.SORT.seconds, begin + timedelta(minutes=5), 4
            )

    def _qualified(self) -> None:
        """A test that two have passed and that work asks for; grants, and a request that waits."""
        begin = self._now - timedelta(hours=8)
        wanda, tomas, _priya, kofi, _mei, _lars, ana, joe = self._cast.workers
        lab, archive = self._cast.lab, self._cast.archive
        with clock.frozen_at(begin):
            careful = self._qualification(
                lab, {"name": "Careful reader", "description": "Reads before answering."}
            )
            for worker, value in ((wanda, 95), (tomas, 80)):
                grant_qualification(
                    by=lab, kind=careful, worker=worker, value=value, at=clock.now()
                )
            self._asked(kofi, careful)
            hands = self._qualification(archive, old_hands.VALUES)
            for worker in (ana, joe):
                test = self._asked(worker, hands)
                submit_test(
                    worker=worker,
                    request_id=test.public_id,
                    answer=old_hands.RIGHT,
                    at=clock.now(),
                )
            harder = content.harder_hands(hands.public_id)
            lines = self._published(
                self._project(archive, harder), "Ledger of 1788, page 2", content.HANDWRITING
            )
        for worker, count in ((ana, 3), (joe, 4)):
            after = begin + timedelta(hours=1)
            self._work(worker, lines, _copied, harder.seconds, after, count)

    # --- The steps -------------------------------------------------------------------------

    def _project(self, by: Acting, work: Work, *, is_sandbox: bool = False) -> Project:
        return create_project(by=by, is_sandbox=is_sandbox, values=work.values, at=clock.now())

    def _qualification(self, by: Acting, values: Mapping[str, Any]) -> QualificationType:
        return create_qualification_type(by=by, is_sandbox=False, values=values, at=clock.now())

    def _asked(self, worker: Worker, kind: QualificationType) -> QualificationRequest:
        return request_qualification(
            worker=worker, type_id=kind.public_id, is_sandbox=False, at=clock.now()
        )

    def _owner(self, project: Project) -> tuple[Acting, User]:
        cast = self._cast
        is_lab = project.requester_id == cast.lab.requester.pk
        return (cast.lab, cast.owner) if is_lab else (cast.archive, cast.archivist)

    def _uploaded(self, project: Project, name: str, rows: Sequence[Row]) -> Batch:
        by, user = self._owner(project)
        batch = upload_batch(
            by=by,
            user=user,
            project=project,
            name=name,
            file=ContentFile(as_csv(rows), name="rows.csv"),
            at=clock.now(),
        )
        return check_batch(batch_id=batch.pk, at=clock.now())

    def _published(self, project: Project, name: str, rows: Sequence[Row]) -> Batch:
        batch = self._uploaded(project, name, rows)
        by, _user = self._owner(project)
        cents = sum(cost_of(batch, project))
        publish_batch(by=by, batch=batch, confirmed_cents=cents, at=clock.now())
        jobs.publish_batches()
        batch.refresh_from_db()
        return batch

    def _picking(
        self, name: str, rows: Iterable[Row], choices: Sequence[str], *, right: float
    ) -> Answering:
        """Answers as people give them: the expected one mostly, now and then another."""
        expected = {_key(row): row["expected"] for row in rows}

        def answer(row: Row) -> Answer:
            truth = expected[_key(row)]
            if self._dice.random() < right:
                return {name: truth}
            return {name: self._dice.choice([choice for choice in choices if choice != truth])}

        return answer

    def _work(
        self,
        worker: Worker,
        batch: Batch,
        answering: Answering,
        pace: int,
        begin: datetime,
        count: int,
    ) -> None:
        """The worker does `count` HITs one after another, each in about `pace` seconds."""
        assert batch.hit_type is not None
        moment = begin + timedelta(seconds=self._dice.randint(30, 1500))
        for _ in range(count):
            with clock.frozen_at(moment):
                taken = accept_next(
                    worker=worker, group_id=batch.hit_type.public_id, at=clock.now()
                )
            moment += timedelta(seconds=max(5, round(self._dice.gauss(pace, pace / 3))))
            row = Assignment.objects.select_related("hit").get(public_id=taken.assignment_id)
            with clock.frozen_at(moment):
                submit(
                    assignment_id=taken.assignment_id,
                    answer=answering(row.hit.inputs),
                    worker=worker,
                    at=clock.now(),
                )
            moment += timedelta(seconds=self._dice.randint(2, 20))


def as_csv(rows: Sequence[Row]) -> bytes:
    """The rows as a person would upload them: without the answers that the story expects."""
    columns = [name for name in rows[0] if name != "expected"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _key(row: Mapping[str, str]) -> str:
    """What names a row: all of its cells but the expected answer."""
    return "\n".join(value for name, value in sorted(row.items()) if name != "expected")


def _copied(row: Row) -> Answer:
    return {"line": row["line"].replace("&amp;", "&")}
