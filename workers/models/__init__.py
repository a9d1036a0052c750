"""People who do the work, and what they are qualified for."""

from workers.models.block import WorkerBlock
from workers.models.qualification import Qualification, QualificationRequest
from workers.models.qualification_type import QualificationTest, QualificationType
from workers.models.worker import MailKind, Worker
from workers.models.worker_file import WorkerFile

__all__ = [
    "MailKind",
    "Qualification",
    "QualificationRequest",
    "QualificationTest",
    "QualificationType",
    "Worker",
    "WorkerBlock",
    "WorkerFile",
]
