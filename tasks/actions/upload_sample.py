"""A batch of the sample rows that came with a project's template."""

from datetime import datetime

from django.core.files.base import ContentFile

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import User
from marketplace.errors import WrongState
from tasks.actions.upload_batch import upload_batch
from tasks.models import Batch, Project
from tasks.questions.gallery import template_named


def upload_sample(
    *, by: Acting, user: User | None, project: Project, here: str, at: datetime
) -> Batch:
    """Give the project its template's sample rows, as if their file had been uploaded; `here` is
    the origin of our pages, where their pictures are. Raises WrongState outside the sandbox, since
    nobody wants to pay for answers about our samples, and for a project without a template."""
    if not project.is_sandbox:
        raise WrongState("Sample rows are for the sandbox. Here, upload a file of your own.")
    template = template_named(project.template)
    if template is None:
        raise WrongState("This project wasn't started from a template: it has no sample rows.")
    body = template.sample_csv(here=here).encode()
    return upload_batch(
        by=by,
        user=user,
        project=project,
        name=f"{project.name[:100]}, sample rows",
        file=ContentFile(body, name="sample.csv"),
        at=at,
    )
