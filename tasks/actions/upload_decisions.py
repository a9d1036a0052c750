"""A results file comes back with decisions: read and shown first, carried out when confirmed."""

from dataclasses import asdict
from datetime import datetime

from django.core.files.base import File
from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role, User
from marketplace.audit import trail
from marketplace.errors import InvalidInput, NotFound, WrongState
from tasks.actions.review_run import Decision, start_run
from tasks.models import Batch, DecisionFile, ReviewItem, ReviewRun
from tasks.results.decisions import Reading, decisions_in


def upload_decisions(
    *, by: Acting, user: User | None, batch: Batch, file: File, at: datetime
) -> DecisionFile:
    """Keep the file and read what it would do; nothing is decided yet. Raises InvalidInput."""
    by.require(Role.REVIEWER)
    if batch.requester_id != by.requester.pk:
        raise NotFound("There is no such batch.")
    if not file.size:
        raise InvalidInput("The file is empty.", field="file")
    reading = Reading()
    for _decision in decisions_in(file, batch, reading, at=at):
        pass
    file.seek(0)
    with transaction.atomic():
        decisions = DecisionFile.objects.create(
            batch=batch,
            uploaded_by=user,
            created_at=at,
            file=file,
            approve_count=reading.approve,
            reject_count=reading.reject,
            undo_count=reading.undo,
            ignored_count=reading.ignored,
            problems=[asdict(problem) for problem in reading.problems],
            problem_count=reading.problem_count,
        )
        trail.record(
            action="upload_decisions",
            actor=by.trail,
            subject=("batch", batch.pk),
            at=at,
            file=decisions.pk,
        )
    return decisions


def confirm_decisions(*, by: Acting, decisions: DecisionFile, at: datetime) -> ReviewRun:
    """Start the run that carries the file out. Rows with problems are left out; what was decided
    by somebody else meanwhile is refused by the run, row by row.

    Raises WrongState where it was confirmed before, or nothing is left to do.
    """
    by.require(Role.REVIEWER)
    with transaction.atomic():
        locked = (
            DecisionFile.objects.select_for_update(no_key=True, of=("self",))
            .select_related("batch")
            .filter(pk=decisions.pk, batch__requester=by.requester)
            .first()
        )
        if locked is None:
            raise NotFound("There is no such file.")
        if locked.run_id is not None:
            raise WrongState("This file is being carried out already. Nothing is done twice.")
        with locked.file.open("rb") as file:
            read = decisions_in(file, locked.batch, Reading(), at=at)
            run = start_run(
                by=by,
                batch=locked.batch,
                decisions=(
                    Decision(
                        assignment=assignment.pk,
                        decision=(
                            ReviewItem.Decision.REJECT if reason else ReviewItem.Decision.APPROVE
                        ),
                        feedback=reason,
                    )
                    for assignment, reason in read
                ),
                at=at,
            )
        if not run.total:
            raise WrongState("Nothing in this file can be carried out any more.")
        locked.run = run
        locked.save(update_fields=["run"])
    return run
