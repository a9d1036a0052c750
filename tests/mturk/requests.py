"""Good requests, to be changed, and workers who do what was posted through the site's actions."""

from marketplace import clock
from tasks.actions.accept import accept_hit
from tasks.actions.submit import submit

EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://lab.example/task?a=1&amp;b=2'
    "</ExternalURL><FrameHeight>600</FrameHeight></ExternalQuestion>"
)
TERMS = {
    "Title": "Label a picture",
    "Description": "Say what it shows.",
    "Keywords": "picture, label",
    "Reward": "0.25",
    "AssignmentDurationInSeconds": 600,
    "AutoApprovalDelayInSeconds": 86_400,
}
WANTED = {**TERMS, "LifetimeInSeconds": 3600, "MaxAssignments": 2, "Question": EXTERNAL}
UNKNOWN = "3UNKNOWN00000000000000000000AA"


def created(client, **changes):
    wanted = {name: v for name, v in {**WANTED, **changes}.items() if v is not None}
    return client.create_hit(**wanted)["HIT"]


def counters(client, hit_id):
    hit = client.get_hit(HITId=hit_id)["HIT"]
    names = ("Available", "Pending", "Completed")
    return hit["HITStatus"], *(hit[f"NumberOfAssignments{name}"] for name in names)


def accepted(worker, hit_id):
    return accept_hit(worker=worker, hit_id=hit_id, at=clock.now()).assignment_id


def submitted(worker, hit_id, answer=None):
    assignment_id = accepted(worker, hit_id)
    submit(assignment_id=assignment_id, answer=answer or {"label": "cat"}, at=clock.now())
    return assignment_id
