"""Which side a token acts for. What its role allows is decided by the rules themselves."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from marketplace.errors import NotAllowed
from marketplace.rest.authentication import Caller


class ActsForRequester(BasePermission):
    """A token made in a requester's settings."""

    def has_permission(self, request: Request, view: object) -> bool:
        """False without a token; NotAllowed, saying which is needed, with a worker's."""
        caller = request.auth
        if not isinstance(caller, Caller):
            return False
        if caller.acting is None:
            raise NotAllowed(
                "This is the requester's side of the API, and your token acts for you as a "
                "worker. Make a token on the requester's page for developers."
            )
        return True


class ActsForWorker(BasePermission):
    """A token made for working, by somebody who has joined as a worker."""

    def has_permission(self, request: Request, view: object) -> bool:
        """False without a token; NotAllowed, saying which is needed, with a requester's."""
        caller = request.auth
        if not isinstance(caller, Caller):
            return False
        if caller.worker is None:
            raise NotAllowed(
                "This is the worker's side of the API. Join as a worker, and make a token for "
                "working in your account."
            )
        return True
