"""Reports: a worker tells the operator that a HIT is broken or breaks the rules."""

from django.db import models

from tasks.models.hit import HIT
from workers.models import Worker


class HITReport(models.Model):
    """One worker's report of one HIT."""

    class Reason(models.TextChoices):
        """What is wrong with it."""

        BROKEN = "broken", "It doesn't work: can't be done or submitted"
        DECEPTIVE = "deceptive", "It isn't what it says, or pays less than it says"
        PRIVATE_DATA = "private_data", "It asks for personal or account data"
        UNSAFE = "unsafe", "It is harmful, or adult without saying so"
        OTHER = "other", "Something else"

    hit = models.ForeignKey(HIT, on_delete=models.CASCADE, related_name="reports")
    worker = models.ForeignKey(Worker, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    text = models.TextField(blank=True, max_length=2000)
    reported_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hit", "worker"], name="one_report_per_worker")
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.hit_id}"
