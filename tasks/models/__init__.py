"""Projects, batches, HITs and what people do with them."""

from tasks.models.assignment import Assignment
from tasks.models.batch import Batch, Format
from tasks.models.batch_extension import BatchExtension
from tasks.models.bonus import Bonus
from tasks.models.breakage import Breakage
from tasks.models.contributor import Contributor
from tasks.models.decision_file import DecisionFile
from tasks.models.event import Event, EventKind
from tasks.models.hit import HIT
from tasks.models.hit_type import HITType
from tasks.models.imported import FormerWorker, ImportedAssignment, ImportedFile
from tasks.models.project import Language, Project
from tasks.models.question import Question
from tasks.models.report import HITReport
from tasks.models.review import ReviewItem, ReviewRun
from tasks.models.review_policy import Level, PolicyAction, PolicyResult, ReviewPolicy
from tasks.models.stored_file import Attachment, BatchFile, ProjectFile
from tasks.models.subscription import AmazonCredentials, Delivery, Subscription, Transport
from tasks.models.tally import Tally
from tasks.models.topic import Topic

__all__ = [
    "HIT",
    "AmazonCredentials",
    "Assignment",
    "Attachment",
    "Batch",
    "BatchExtension",
    "BatchFile",
    "Bonus",
    "Breakage",
    "Contributor",
    "DecisionFile",
    "Delivery",
    "Event",
    "EventKind",
    "Format",
    "FormerWorker",
    "HITReport",
    "HITType",
    "ImportedAssignment",
    "ImportedFile",
    "Language",
    "Level",
    "PolicyAction",
    "PolicyResult",
    "Project",
    "ProjectFile",
    "Question",
    "ReviewItem",
    "ReviewPolicy",
    "ReviewRun",
    "Subscription",
    "Tally",
    "Topic",
    "Transport",
]
