"""How many statements the calls take that programs make by the thousand: each is a round trip
while money's rows are locked."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.mturk.requests import EXTERNAL, TERMS, WANTED, created, submitted


def statements_of(call, **given):
    with CaptureQueriesContext(connection) as made:
        call(**given)
    texts = [query["sql"] for query in made.captured_queries]
    savepoints = [text for text in texts if "SAVEPOINT" in text]
    assert len(savepoints) == 4, "the call's own transaction, within a test's, and the action's"
    return len(texts)


def test_the_calls_of_every_day_take_few_statements(mturk, worker, clock):
    hit = created(mturk)
    terms = {name: value for name, value in WANTED.items() if name not in TERMS}
    another = {**WANTED, "Question": EXTERNAL.replace("a=1", "a=2")}
    for wanted in (WANTED, another):  # a question that is there, and a new one
        assert statements_of(mturk.create_hit, **wanted) <= 16
    assert statements_of(mturk.create_hit_with_hit_type, HITTypeId=hit["HITTypeId"], **terms) <= 16
    first, second = (submitted(each, hit["HITId"]) for each in (worker, world.a_worker("otto")))
    opening = 2  # the accounts of a worker and of the fees, once ever
    assert statements_of(mturk.approve_assignment, AssignmentId=first) <= 16 + opening
    assert statements_of(mturk.approve_assignment, AssignmentId=second) <= 16 + opening
    bonus = {"AssignmentId": first, "WorkerId": worker.public_id, "BonusAmount": "1.00"}
    token = {"Reason": "Quick.", "UniqueRequestToken": "t"}
    assert statements_of(mturk.send_bonus, **bonus, **token) <= 16
