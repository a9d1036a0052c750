"""Who signs in, the organisations that post work, and the keys their programs use.

A `User` is a person. A `Requester` is an organisation with members; a worker (workers.Worker)
is one person. One user can be both. Everything here is floor 1: it knows no work and no money.
"""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from marketplace import ids


class Users(UserManager["User"]):
    """Users are made by e-mail address; there is no user name."""

    def _create(self, email: str, password: str | None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":  # type: ignore[override]
        return self._create(email, password, **fields)

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":  # type: ignore[override]
        return self._create(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractUser):
    """A person who signs in, by e-mail address."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_reason = models.TextField(blank=True, help_text="Shown to the person.")
    wants_to_work = models.BooleanField(default=False, help_text="Said at sign-up.")
    wants_to_post = models.BooleanField(default=False, help_text="Said at sign-up.")
    is_in_sandbox = models.BooleanField(
        default=False, help_text="Which side the person's pages show: sandbox, or live."
    )
    current_requester = models.ForeignKey(
        "Requester", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = Users()  # type: ignore[misc,assignment]

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined]
        swappable = "AUTH_USER_MODEL"

    def __str__(self) -> str:
        return self.email


class Requester(models.Model):
    """An organisation that posts work."""

    public_id = models.CharField(max_length=14, unique=True, default=ids.party_id)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_reason = models.TextField(blank=True)
    members = models.ManyToManyField(User, through="Membership", related_name="requesters")

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"


class Role(models.TextChoices):
    """What a member may do. Each role may do all that the ones below it may."""

    OWNER = "owner", "Owner: everything, members and money included"
    MANAGER = "manager", "Manager: post work, spend the balance, review"
    REVIEWER = "reviewer", "Reviewer: see results, approve and reject"
    VIEWER = "viewer", "Viewer: see everything, change nothing"


ROLE_RANK = {Role.VIEWER: 0, Role.REVIEWER: 1, Role.MANAGER: 2, Role.OWNER: 3}


class Membership(models.Model):
    """A person's place in a requester."""

    requester = models.ForeignKey(Requester, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requester", "user"], name="one_membership_each"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.requester.public_id}"


class Invitation(models.Model):
    """An offer of membership, open until accepted, withdrawn or expired."""

    requester = models.ForeignKey(Requester, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token.")
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.email} to {self.requester.public_id}"


class AccessKey(models.Model):
    """A requester's key pair for the MTurk API. The secret must be recoverable to verify a
    signature, so it is encrypted with a key that the database doesn't have.

    It is the requester's and not its maker's: it goes on working when the person has left.
    """

    class Side(models.TextChoices):
        """Where a key may be used."""

        BOTH = "both", "Live and sandbox"
        SANDBOX = "sandbox", "Sandbox only"

    requester = models.ForeignKey(Requester, on_delete=models.CASCADE, related_name="access_keys")
    access_key_id = models.CharField(max_length=20, unique=True, default=ids.access_key_id)
    secret_encrypted = models.TextField()
    name = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MANAGER)
    side = models.CharField(max_length=7, choices=Side.choices, default=Side.BOTH)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.access_key_id


class ApiToken(models.Model):
    """A bearer token for the REST API, stored as its SHA-256 only.

    With a `requester` it acts for that requester, with the role that the user has in it now;
    without one it acts for the user as a worker.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    requester = models.ForeignKey(
        Requester, null=True, blank=True, on_delete=models.CASCADE, related_name="api_tokens"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12, help_text="Shown, to tell tokens apart.")
    name = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix}…"
