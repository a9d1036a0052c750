"""Topics of our own, for programs that know notifications through Amazon SNS only."""

from django.db import models

from marketplace.accounts.models import Requester

ARN = "arn:manyhands:sns:marketplace:"


class Topic(models.Model):
    """A name that a requester's program made, and the address that it subscribed to it."""

    requester = models.ForeignKey(
        Requester, on_delete=models.PROTECT, related_name="topics", db_index=False
    )
    name = models.CharField(max_length=256)
    address = models.CharField(max_length=2048, blank=True, help_text="https; empty before it.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requester", "name"], name="topic_name_is_unique")
        ]

    def __str__(self) -> str:
        return self.arn

    @property
    def arn(self) -> str:
        """How programs name it. Not one of Amazon's, so nobody takes it for one."""
        return f"{ARN}{self.requester.public_id}:{self.name}"
