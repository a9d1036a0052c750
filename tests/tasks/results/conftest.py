"""Batches of tasks with crowd elements, answered, and their exports read again."""

import csv
import io
import zipfile

import pytest
from django.urls import reverse

from tests.tasks.results import answers as given
from tests.tasks.results import kinds
from tests.tasks.results.reading import IMAGE, answers_of, read, words


@pytest.fixture
def lab(db):
    """A requester with $100.00; its owner is lab.user."""
    from tests import world

    return world.a_lab()


@pytest.fixture
def owner(client, lab):
    """A client signed in as the owner of the lab."""
    client.force_login(lab.user)
    return client


@pytest.fixture
def answered(lab):
    """answered(tag, answer, answer…): a batch of one HIT with this element, and its answers, each
    as the form's fields or as what the element gives."""
    from tests import world

    def batch_of(tag, *answers, layout=None, rows=(given.ROW,), **changes):
        terms = {"layout": layout or given.LAYOUTS[tag], "max_assignments": 5, **changes}
        project = world.a_project(lab, **terms)
        body = io.StringIO()
        writer = csv.DictWriter(body, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        batch = world.published(lab, project, body.getvalue().encode())
        for number, answer in enumerate(answers):
            worker = world.a_worker(f"worker{number}-{batch.pk}")
            fields = answer if isinstance(answer, dict) and "taskAnswers" in answer else None
            world.submitted(worker, batch, fields or given.sent(answer))
        return batch

    return batch_of


@pytest.fixture
def exported(owner):
    """exported(batch, format): {file name: content} of the zip file."""

    def files(batch, format, **query):
        query = {"format": format, "element": "seen", "count": "all", "label": "", **query}
        response = owner.get(reverse("requester:exports", args=[batch.pk]), query)
        assert response["Content-Type"] == "application/zip", response.context["form"].errors
        whole = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
        assert whole.testzip() is None
        return {name: whole.read(name) for name in whole.namelist()}

    return files


@pytest.fixture
def everything(answered):
    """everything(answers, …): a HIT that asks in every way, with these answers."""

    def batch_of(*said, layout=None):
        rows = [{"image": IMAGE, "text": kinds.TEXT}]
        sent = [kinds.sent(one) for one in said]
        return answered("", *sent, layout=layout or kinds.layout(), rows=rows)

    return batch_of


@pytest.fixture
def shown(owner):
    """shown(batch, place): {title: its section} of an answer's page."""

    def sections(batch, place=0):
        assignment = answers_of(batch)[place]
        response = owner.get(reverse("requester:answer", args=[batch.pk, assignment.public_id]))
        assert response.status_code == 200
        found = read(response.text).find_class("part")
        return {words(part.find_class("part-title")[0]): part for part in found}

    return sections


@pytest.fixture
def frame(owner):
    """frame(batch, name, place): the page in the frame of that element."""

    def page_of(batch, name, place=0):
        assignment = answers_of(batch)[place]
        address = reverse("requester:answer_picture", args=[assignment.public_id])
        response = owner.get(address, {"name": name})
        assert response.status_code == 200
        return response, read(response.text)

    return page_of


def left_out(files):
    """The reasons in left-out.csv."""
    return [row["Why"] for row in csv.DictReader(io.StringIO(files["left-out.csv"].decode()))]
