"""What workers are shown, stored once per content however many HITs ask it."""

from django.db import models


class Question(models.Model):
    """One version of an interface. `kind` says how `content` is read and rendered."""

    class Kind(models.TextChoices):
        """Layouts are this website's own; the others are the MTurk API's, kept as sent."""

        LAYOUT = "layout", "HTML layout with ${variables}"
        LIQUID = "liquid", "HTML layout in Liquid"
        EXTERNAL = "external", "ExternalQuestion: a page on the requester's own server"
        HTML = "html", "HTMLQuestion: a page of HTML"
        FORM = "form", "QuestionForm: fields that we render"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    content = models.TextField()
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of kind and content.")

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:8]}"
