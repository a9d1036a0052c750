"""Bonuses: money given on top, for one assignment, with a reason."""

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Requester
from tasks.models.assignment import Assignment


class Bonus(models.Model):
    """One bonus, paid at once from the requester's balance."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="bonuses")
    requester = models.ForeignKey(Requester, on_delete=models.PROTECT, related_name="+")
    amount_cents = models.PositiveIntegerField()
    fee_cents = models.PositiveIntegerField(default=0)
    reason = models.TextField()
    request_token = models.CharField(
        max_length=64, blank=True, help_text="The caller's own; the same one pays once a day."
    )
    paid_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "bonuses"
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="bonus_positive"),
        ]

    def __str__(self) -> str:
        return f"bonus {self.pk} on {self.assignment_id}"
