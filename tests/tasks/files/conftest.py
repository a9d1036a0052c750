"""A lab with a project, and a worker with work in hand."""

import pytest


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """Where the bytes lie."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def lab(db, clock):
    from tests import world

    return world.a_lab()


@pytest.fixture
def project(lab):
    from tests import world

    return world.a_project(lab)


@pytest.fixture
def add(lab, project):
    """add(name, content, project=…): stored by the lab's owner."""
    from marketplace import clock
    from tasks.actions.keep_file import add_project_file
    from tests.tasks.files.samples import upload

    def added(name="cat.png", content=None, *, to=None, by=None):
        return add_project_file(
            by=by or lab.by,
            user=lab.user,
            project=to or project,
            name=name,
            file=upload(content, name),
            at=clock.now(),
        )

    return added


@pytest.fixture
def assignment(lab):
    from tests import world

    batch = world.a_batch(lab, rows=1, layout='<input type="file" name="photo"> ${text}')
    return world.accepted(world.a_worker(), batch)


@pytest.fixture
def send():
    """send(assignment, name, content, field=…): as the task's page sends it."""
    from marketplace import clock
    from tasks.actions.keep_file import attach_file
    from tests.tasks.files.samples import upload

    def sent(assignment, name="cat.png", content=None, *, field="photo"):
        return attach_file(
            assignment_id=assignment.public_id,
            field=field,
            name=name,
            file=upload(content, name),
            at=clock.now(),
        )

    return sent


@pytest.fixture
def answer():
    """answer(assignment, **fields): submitted."""
    from marketplace import clock
    from tasks.actions.submit import submit

    def submitted(assignment, **fields):
        submit(assignment_id=assignment.public_id, answer=fields, at=clock.now())
        assignment.refresh_from_db()
        return assignment

    return submitted
