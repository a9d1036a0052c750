"""The same request comes twice at the same moment. Each race has its twin without the claim."""

import threading
from functools import partial

import pytest
from botocore.exceptions import ClientError
from django.db import connection, transaction

from marketplace import clock, idempotency
from marketplace.idempotency import Claim, DuplicateRequest
from tasks.actions import change_hit
from tasks.models import HIT, Bonus, Question
from tasks.questions.storing import question_from_xml
from tests import world
from tests.concurrency.racing import ROUNDS, Meeting, differences, errors, together
from tests.mturk import wire
from tests.mturk.requests import EXTERNAL, created, submitted

pytestmark = pytest.mark.django_db(transaction=True)


def _same_id(request):
    request.headers["amz-sdk-invocation-id"] = "one-call"


def _no_id(request):
    del request.headers["amz-sdk-invocation-id"]


def _clients(before):
    lab = world.a_lab()
    key = wire.a_key(lab)
    return lab, [wire.a_client(key, before=before) for _client in range(2)]


@pytest.fixture
def without_claims(monkeypatch):
    """Every claim is granted, and what is kept is lost."""
    monkeypatch.setattr(idempotency, "claim", lambda **_claimed: Claim(0))


def test_two_tries_of_one_call_are_one_call():
    _lab, clients = _clients(_same_id)
    for number in range(ROUNDS):
        hits = together(*(partial(created, c, RequesterAnnotation=str(number)) for c in clients))
        assert hits[0] == hits[1]
        assert HIT.objects.count() == number + 1
    assert not differences()


def test_without_the_claim_they_would_be_two(without_claims):
    _lab, clients = _clients(_same_id)
    together(*(partial(created, c) for c in clients))
    assert HIT.objects.count() == 2


def test_two_approvals_with_one_id_both_succeed():
    _lab, clients = _clients(_same_id)
    worker = world.a_worker()
    for number in range(ROUNDS):
        hit = created(clients[0], MaxAssignments=1, RequesterAnnotation=str(number))
        assignment_id = submitted(worker, hit["HITId"])
        both = together(
            *(partial(c.approve_assignment, AssignmentId=assignment_id) for c in clients)
        )
        assert not errors(both)
    assert not differences()


def test_one_request_token_is_taken_once():
    _lab, clients = _clients(_no_id)
    for number in range(ROUNDS):
        results = together(*(partial(created, c, UniqueRequestToken=f"t{number}") for c in clients))
        (refusal,) = errors(results)
        assert isinstance(refusal, ClientError)
        assert refusal.response["TurkErrorCode"] == "AWS.MechanicalTurk.HitAlreadyExists"
        (made,) = [hit["HITId"] for hit in results if isinstance(hit, dict)]
        assert made in refusal.response["Error"]["Message"]
    assert HIT.objects.count() == ROUNDS
    assert not differences()


def test_one_bonus_token_pays_once():
    _lab, clients = _clients(_no_id)
    worker = world.a_worker()
    hit_id = created(clients[0], MaxAssignments=1)["HITId"]
    bonus = {
        "AssignmentId": submitted(worker, hit_id),
        "WorkerId": worker.public_id,
        "BonusAmount": "1.00",
        "Reason": "thanks",
        "UniqueRequestToken": "march",
    }
    results = together(*(partial(c.send_bonus, **bonus) for c in clients))
    assert len(errors(results)) == 1
    assert Bonus.objects.count() == 1
    assert not differences()


def test_a_claim_that_was_rolled_back_is_the_next_ones():
    """The second waits for the first to end, and then finds nothing in its way."""
    is_claimed = threading.Event()
    at = clock.now()

    class GaveUp(Exception):
        pass

    def first():
        with transaction.atomic():
            idempotency.claim(scope="s", token="t", at=at)
            is_claimed.set()
            Meeting(seconds=0.3).wait()
            raise GaveUp

    def second():
        is_claimed.wait(5)
        with transaction.atomic():
            return idempotency.claim(scope="s", token="t", at=at)

    results = together(first, second)
    assert isinstance(results[0], GaveUp)
    assert isinstance(results[1], Claim)


def test_a_claim_that_was_kept_is_told_to_the_next_one():
    at = clock.now()
    with transaction.atomic():
        idempotency.claim(scope="s", token="t", at=at).keep("the first answer")
    with transaction.atomic(), pytest.raises(DuplicateRequest) as caught:
        idempotency.claim(scope="s", token="t", at=at)
    assert caught.value.details["first"] == "the first answer"
    with transaction.atomic():
        idempotency.claim(scope="another", token="t", at=at)
        idempotency.claim(scope="s", token="t", at=at + idempotency.DAY)


def test_a_claim_belongs_to_a_transaction():
    assert not connection.in_atomic_block
    with pytest.raises(transaction.TransactionManagementError):
        idempotency.claim(scope="s", token="t", at=clock.now())


def _extended_twice_at_once():
    lab, clients = _clients(_no_id)
    hit = created(clients[0], MaxAssignments=1)
    more = {"HITId": hit["HITId"], "NumberOfAdditionalAssignments": 5}
    extend = [partial(c.create_additional_assignments_for_hit, **more) for c in clients]
    return errors(together(*extend)), HIT.objects.get(public_id=hit["HITId"]).max_assignments


def test_two_extensions_do_not_take_a_hit_past_the_step_together():
    refused, assignments = _extended_twice_at_once()
    assert assignments == 6
    assert "can't be extended to 10" in str(refused[0])
    assert not differences()


def test_without_the_lock_on_the_hit_they_would(monkeypatch, lift_row_locks):
    """Twin: both have read the HIT before either writes."""
    lift_row_locks()
    monkeypatch.setattr(change_hit, "lock_hits", Meeting(seconds=10).after(change_hit.lock_hits))
    refused, _assignments = _extended_twice_at_once()
    assert "can't be extended to 10" not in "".join(map(str, refused))


def test_a_question_that_two_store_at_once_is_stored_once():
    """The second waits for the first's transaction, and is given its row."""
    stored = threading.Event()

    def first():
        with transaction.atomic():
            question = question_from_xml(EXTERNAL)
            stored.set()
            with connection.cursor() as cursor:  # until the other waits for this transaction
                for _try in range(600):
                    cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
                    if cursor.fetchone():
                        break
                    cursor.execute("SELECT pg_sleep(0.05)")
            return question.pk

    def second():
        assert stored.wait(timeout=60)
        return question_from_xml(EXTERNAL).pk

    one, other = together(first, second)
    assert one == other == Question.objects.get().pk
