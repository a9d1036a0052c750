"""A file saved from Mechanical Turk is uploaded. A job checks it whole, and then stores it."""

import re
from datetime import datetime

from django.core.files.base import File
from django.db import transaction

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import Role, User
from marketplace.audit import trail
from marketplace.errors import InvalidInput
from tasks.batch_file import Unreadable
from tasks.imports import rows
from tasks.models import ImportedFile


def upload_import(*, by: Acting, user: User | None, file: File, at: datetime) -> ImportedFile:
    """Keep the file for import_rows to read. Its first line tells what it is.

    Raises InvalidInput for an empty file, and for one that is neither of the two.
    """
    by.require(Role.MANAGER)
    if not file.size:
        raise InvalidInput("The file is empty.", field="file")
    try:
        header, _rest = rows.read(file)
    except Unreadable as error:
        raise InvalidInput(error.message, field="file") from error
    kind = rows.kind_of(header)
    if kind is None:
        raise InvalidInput(
            "This is neither a batch's results (there is no column AssignmentId) nor a list of "
            "workers (there is no column Worker ID). Choose a file as Mechanical Turk made it.",
            field="file",
        )
    file.seek(0)
    with transaction.atomic():
        imported = ImportedFile.objects.create(
            requester=by.requester,
            uploaded_by=user,
            created_at=at,
            kind=kind,
            name=_shown_name(file.name or ""),
            file=file,
            columns=header,
        )
        trail.record(action="upload_import", actor=by.trail, subject=("import", imported.pk), at=at)
    return imported


def _shown_name(name: str) -> str:
    """The file's own name without what can't be shown or stored."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", name)[-200:] or "file.csv"
