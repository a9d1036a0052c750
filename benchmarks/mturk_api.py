"""How fast does the MTurk API answer? CreateHIT, ListAssignmentsForHIT (100 a page) and
ApproveAssignment by eight boto3 clients at once, beside a call that does nothing, by turns in one
run; and what checking a signature costs.

    .venv/bin/python -m benchmarks.mturk_api [--seconds 10] [--rounds 2]

It starts a PostgreSQL, a Redis and the web server of its own, and audits the books at the end.
"""

import argparse
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from benchmarks.hot_path import audit, cpu_of, marketplace_for

PROCESSES, THREADS = 2, 4
PAGE = 100
SLOTS = 50
QUESTION = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://lab.example/task?item={}</ExternalURL>'
    "<FrameHeight>600</FrameHeight></ExternalQuestion>"
)
TERMS = {
    "Title": "Label a picture",
    "Description": "Say what it shows.",
    "Keywords": "picture, label",
    "Reward": "0.05",
    "AssignmentDurationInSeconds": 3600,
    "AutoApprovalDelayInSeconds": 86_400,
    "LifetimeInSeconds": 86_400,
}
KINDS = ("nothing", "CreateHIT", "ListAssignmentsForHIT", "ApproveAssignment")


def main() -> None:
    """Run it all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with marketplace_for() as (var, _database):
        _run(options, var)


def _run(options: argparse.Namespace, var: Path) -> None:
    cores, load = os.cpu_count(), os.getloadavg()[0]
    print(f"{cores} cores, Python {platform.python_version()}, load {load:.1f}")
    print(f"checking a signature: {_signature_ms():.2f} ms of CPU")
    key, requester = _requester()
    with _web(var) as web:
        endpoint = f"http://127.0.0.1:{os.environ['PORT']}"
        since = time.monotonic()
        work = _submitted_work(requester, int(options.seconds * options.rounds * 250))
        print(f"{len(work['ids']):,} assignments seeded in {time.monotonic() - since:.0f} s")
        rows: dict[str, list[Any]] = {kind: [] for kind in KINDS}
        _measure("nothing", endpoint, key, work, 2, web, var)
        for _round in range(options.rounds):
            for kind in KINDS:
                rows[kind].append(_measure(kind, endpoint, key, work, options.seconds, web, var))
    _tell(rows)
    found = _count(work)
    print(f"{found} assignments approved and paid")
    audit()


def _signature_ms(times: int = 2000) -> float:
    """The CPU that reading the header, opening the secret and checking take, in milliseconds."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    from marketplace.accounts.secrets import decrypt, encrypt
    from mturk.signature import SERVICE, Received, authorization_in, check

    body = b'{"Question": "' + b"x" * 2000 + b'"}'
    signed = AWSRequest("POST", "http://127.0.0.1/", data=body)
    signed.headers["Content-Type"] = "application/x-amz-json-1.1"
    signed.headers["X-Amz-Target"] = "MTurkRequesterServiceV20170117.CreateHIT"
    signed.headers["Host"] = "127.0.0.1"
    SigV4Auth(Credentials("MHKEY", "secret"), SERVICE, "us-east-1").add_auth(signed)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    received = Received(method="POST", path="/", query="", headers=headers, body=body)
    closed, at = encrypt("secret"), datetime.now(UTC)
    since = time.process_time()
    for _time in range(times):
        said = authorization_in(received.headers)
        check(received, said, secret=decrypt(closed), at=at)
    return (time.process_time() - since) / times * 1000


def _requester():
    from marketplace import clock
    from marketplace.accounts.acting import acting_for
    from marketplace.accounts.actions.create_access_key import create_access_key
    from marketplace.accounts.actions.create_requester import create_requester
    from marketplace.accounts.models import User
    from payments.actions.make_deposit import make_deposit
    from payments.gateway.deposits import settle_deposit

    at = clock.now()
    owner = User.objects.create_user("owner@bench.test", None)
    requester = create_requester(user=owner, name="Bench", at=at)
    by = acting_for(owner, requester)
    cents = 10**9
    deposit = make_deposit(by=by, user=owner, amount_cents=cents, currency="USD", at=at)
    settle_deposit(deposit_id=deposit.pk, at=clock.now())
    key, secret = create_access_key(by=by, created_by=owner, at=at)
    return (key.access_key_id, secret), by


def _submitted_work(by, wanted: int):
    """HITs with SLOTS answers each, and one with a page of them."""
    from marketplace import clock
    from marketplace.accounts.models import User
    from tasks.actions.accept import accept_hit
    from tasks.actions.create_hit_type import hit_type_for
    from tasks.actions.create_hits import create_hit
    from tasks.actions.submit import submit
    from tasks.questions.storing import question_from_xml
    from workers.actions.become_worker import become_worker

    at = clock.now()
    terms = {
        "title": "Seeded", "description": "For a measurement.", "keywords": "", "reward_cents": 5,
        "assignment_seconds": 3600, "auto_approve_seconds": 86_400, "requirements": [],
    }  # fmt: skip
    group = hit_type_for(requester=by.requester, is_sandbox=False, terms=terms, at=at)
    question = question_from_xml(QUESTION.format("seed"))
    workers = [
        become_worker(user=User.objects.create_user(f"w{n}@bench.test", None), country="US", at=at)
        for n in range(PAGE)
    ]

    def answered(slots: int):
        hit = create_hit(
            by=by, hit_type=group, question=question, inputs={}, max_assignments=slots,
            lifetime_seconds=86_400, at=clock.now(),
        )  # fmt: skip
        for worker in workers[:slots]:
            taken = accept_hit(worker=worker, hit_id=hit.public_id, at=clock.now())
            answer = {"label": "cat", "certainty": "4", "comment": "It has whiskers."}
            submit(assignment_id=taken.assignment_id, answer=answer, at=clock.now())
            yield hit.public_id, taken.assignment_id

    (listed, _first), *_rest = answered(PAGE)
    ids = [taken for _ in range(wanted // SLOTS + 1) for _hit, taken in answered(SLOTS)]
    return {"listed": listed, "ids": ids, "next": 0}


def _measure(kind, endpoint, key, work, seconds, web, var):
    """(calls a second, milliseconds each in the middle, and CPU milliseconds a call)."""
    lanes = PROCESSES * THREADS
    share = int(seconds * 30) + 1 if kind == "ApproveAssignment" else 0
    ids = work["ids"][work["next"] : work["next"] + lanes * share]
    work["next"] += len(ids)
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    go = context.Value("d", 0.0)
    parts = [ids[n::PROCESSES] for n in range(PROCESSES)]
    clients = [
        context.Process(
            target=_clients, args=(kind, endpoint, key, work["listed"], part, seconds, go, results)
        )
        for part in parts
    ]
    for client in clients:
        client.start()
    for _client in clients:
        results.get(timeout=120)  # ready
    read = cpu_of(web, var)
    before = read()
    go.value = time.time()
    done = [results.get(timeout=seconds + 120) for _client in clients]
    after = read()
    for client in clients:
        client.join()
    times = sorted(t for found, _cpu in done for t in found)
    calls = len(times)
    cpu = {name: (after[name] - before[name]) * 1000 / calls for name in before}
    cpu["client"] = sum(spent for _found, spent in done) * 1000 / calls
    return calls / seconds, times[calls // 2] * 1000, times[int(calls * 0.95)] * 1000, cpu


def _clients(kind, endpoint, key, listed, ids, seconds, go, results) -> None:
    """One process of THREADS boto3 clients."""
    import boto3
    from botocore.config import Config

    lanes = [
        boto3.client(
            "mturk",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=key[0],
            aws_secret_access_key=key[1],
            config=Config(retries={"total_max_attempts": 1}),
        )
        for _thread in range(THREADS)
    ]
    numbers = count(os.getpid() * 10**6)
    left = iter(ids)
    found: list[float] = []
    lock = threading.Lock()

    def call(client) -> bool:
        with lock:
            assignment = next(left, None) if kind == "ApproveAssignment" else None
            number = next(numbers)
        if kind == "CreateHIT":
            client.create_hit(**TERMS, MaxAssignments=3, Question=QUESTION.format(number))
        elif kind == "ListAssignmentsForHIT":
            page = client.list_assignments_for_hit(HITId=listed, MaxResults=PAGE)
            assert page["NumResults"] == PAGE
        elif kind == "ApproveAssignment":
            if assignment is None:
                return False
            client.approve_assignment(AssignmentId=assignment)
        else:
            client.get_account_balance()
        return True

    def work(client) -> None:
        while time.time() < go.value + seconds:
            since = time.perf_counter()
            if not call(client):
                raise SystemExit("too few assignments were seeded")
            found.append(time.perf_counter() - since)

    for client in lanes:
        client.get_account_balance()  # the connection is there
    results.put("ready")
    while not go.value:
        time.sleep(0.005)
    threads = [threading.Thread(target=work, args=(client,)) for client in lanes]
    since = time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((found, time.process_time() - since))


@contextmanager
def _web(var: Path):
    """gunicorn as `make web` runs it, with the call that does nothing."""
    command = [sys.executable, "-m", "gunicorn", "--config", "python:marketplace.serving"]
    with (var / "web.log").open("wb") as log:
        web = subprocess.Popen(
            [*command, "benchmarks.mturk_wsgi:application"], env=os.environ, stdout=log, stderr=log
        )
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/healthz").close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit((var / "web.log").read_text()[-2000:])
        yield web
    finally:
        psutil.Process(web.pid).terminate()
        web.wait()


def _tell(rows) -> None:
    print(f"\n{'call':<24}{'calls/s':>9}{'of nothing':>12}{'median':>9}{'95 %':>9}   CPU ms a call")
    nothing = statistics.median(row[0] for row in rows["nothing"])
    for kind, found in rows.items():
        rate, middle, late = (statistics.median(row[n] for row in found) for n in range(3))
        cpu = {name: statistics.median(row[3][name] for row in found) for name in found[0][3]}
        spent = ", ".join(f"{name} {value:.1f}" for name, value in cpu.items())
        share = rate / nothing
        print(f"{kind:<24}{rate:>9.1f}{share:>12.2f}{middle:>6.1f} ms{late:>6.1f} ms   {spent}")


def _count(work) -> int:
    from tasks.models import Assignment

    return Assignment.objects.filter(public_id__in=work["ids"], status="Approved").count()


if __name__ == "__main__":
    main()
