"""Clients of the API: each speaks with a real token over the whole stack of middleware."""

from rest_framework.test import APIClient

from marketplace import clock
from marketplace.accounts.acting import Acting
from marketplace.accounts.actions.create_api_token import create_api_token
from marketplace.accounts.models import Role, User
from tests import world
from workers.models import Worker


def client_for(user: User, acting: Acting | None = None) -> APIClient:
    """A client with a new token of `user`, acting for a requester where given."""
    _, secret = create_api_token(user=user, acting=acting, at=clock.now())
    client = APIClient(raise_request_exception=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def member_client(lab: world.Lab, role: str) -> APIClient:
    """A client of another member of the lab, with this role."""
    user = world.a_user(f"{role}@members.test")
    return client_for(user, world.a_member(lab.requester, user, Role(role)))


def worker_client(worker: Worker) -> APIClient:
    """A client that works as `worker`."""
    return client_for(worker.user)


def problem(response, status: int, code: str) -> dict:
    """The problem in a response, which has this status and code and the whole shape."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert {"type", "title", "status", "detail", "code"} <= body.keys()
    assert body["status"] == status
    assert body["code"] == code, body
    assert body["type"] == f"urn:manyhands:problem:{code}"
    return body
