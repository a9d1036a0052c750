"""Blocks, and messages to workers."""

from marketplace.errors import NotFound
from mturk.operation import Answer, Call, Given, operation
from mturk.paging import page
from tasks.actions.notify_workers import notify_workers
from workers.actions.block_worker import block_worker, unblock_worker
from workers.models import Worker
from workers.queries import blocks_of, worker_by_id


@operation("CreateWorkerBlock", mutates=True)
def create_worker_block(call: Call, given: Given) -> Answer:
    """Block a worker on this side."""
    block_worker(
        by=call.by,
        worker=_worker(given),
        is_sandbox=call.is_sandbox,
        reason=given["Reason"],
        at=call.at,
    )
    return {}


@operation("DeleteWorkerBlock", mutates=True)
def delete_worker_block(call: Call, given: Given) -> Answer:
    """Let a worker back; one who isn't blocked is left as is."""
    unblock_worker(
        by=call.by,
        worker=_worker(given),
        is_sandbox=call.is_sandbox,
        reason=given.get("Reason", ""),
        at=call.at,
    )
    return {}


@operation("ListWorkerBlocks", mutates=False)
def list_worker_blocks(call: Call, given: Given) -> Answer:
    """The blocks that hold."""
    return page(
        blocks_of(call.by.requester, is_sandbox=call.is_sandbox),
        given,
        name="WorkerBlocks",
        show=lambda block: {"WorkerId": block.worker.public_id, "Reason": block.reason},
    )


@operation("NotifyWorkers", mutates=True)
def notify_some_workers(call: Call, given: Given) -> Answer:
    """Mail to workers whose work was approved or rejected; who can't get it is answered."""
    failed = notify_workers(
        by=call.by,
        is_sandbox=call.is_sandbox,
        worker_ids=given["WorkerIds"],
        subject=given["Subject"],
        text=given["MessageText"],
        at=call.at,
    )
    return {
        "NotifyWorkersFailureStatuses": [
            {
                "NotifyWorkersFailureCode": "HardFailure",
                "NotifyWorkersFailureMessage": message,
                "WorkerId": worker_id,
            }
            for worker_id, message in failed.items()
        ]
    }


def _worker(given: Given) -> Worker:
    """The API reference has its own words for an unknown worker here."""
    try:
        return worker_by_id(given["WorkerId"])
    except NotFound as error:
        raise NotFound("WorkerId is invalid.", **error.details) from error
