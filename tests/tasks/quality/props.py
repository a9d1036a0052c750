"""A HIT with review policies, and what happened to it."""

from django.db import transaction

from marketplace import clock as now
from payments import audit
from tasks import jobs, money_audit
from tasks.actions.accept import accept_hit
from tasks.actions.attach_review_policies import attach_review_policies
from tasks.actions.create_hit_type import hit_type_for
from tasks.actions.create_hits import create_hit
from tasks.actions.submit import submit
from tasks.models import HIT, Assignment, PolicyAction, PolicyResult
from tasks.questions.layout import question_for
from tests import world

KNOWN = "ScoreMyKnownAnswers/2011-09-01"
PLURAL = "SimplePlurality/2011-09-01"


def policy(name, **values):
    """The boto3 shape: known_answers' key is {"gold": "right"}."""
    parameters = [{"Key": key, "Values": [str(value)]} for key, value in values.items()]
    if name == KNOWN:
        key = {"Key": "AnswerKey", "MapEntries": [{"Key": "gold", "Values": ["right"]}]}
        parameters.append(key)
    else:
        parameters += [
            {"Key": "QuestionIds", "Values": ["answer"]},
            {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
        ]
    return {"PolicyName": name, "Parameters": parameters}


def make_hit(lab, *, known=None, plural=None, most=2, lifetime=86_400, **terms):
    """A HIT with the given parameters of its policies."""
    with transaction.atomic():
        hit = create_hit(
            by=lab.by,
            hit_type=hit_type_for(
                requester=lab.requester,
                is_sandbox=False,
                terms={**world.TERMS, **terms},
                at=now.now(),
            ),
            question=question_for("<p>?</p>"),
            inputs={},
            max_assignments=most,
            lifetime_seconds=lifetime,
            at=now.now(),
        )
        attach_review_policies(
            hit=hit,
            assignment_policy=None if known is None else policy(KNOWN, **known),
            hit_policy=None if plural is None else policy(PLURAL, **plural),
            at=now.now(),
        )
    return hit


def hand_in(hit, name, **answer):
    """The worker `name` does the HIT; nothing is judged yet."""
    taken = accept_hit(worker=world.a_worker(name), hit_id=hit.public_id, at=now.now())
    submit(assignment_id=taken.assignment_id, answer=answer, at=now.now())
    return taken.assignment_id


def status(assignment_id):
    return Assignment.objects.get(public_id=assignment_id).status


def done(hit):
    """(name, status, result) of the HIT's policy actions other than reviews, in order."""
    actions = PolicyAction.objects.filter(policy__hit=hit).exclude(name="review").order_by("pk")
    return list(actions.values_list("name", "status", "result"))


def found(hit):
    """(subject's type, question, key, value) of the HIT's results, in order."""
    results = PolicyResult.objects.filter(policy__hit=hit).order_by("pk")
    return list(results.values_list("subject_type", "question_id", "key", "value"))


def fresh(hit):
    return HIT.objects.get(pk=hit.pk)


def differences():
    return [*audit.differences(), *money_audit.differences()]


run = jobs.run_policies
