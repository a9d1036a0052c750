"""Who may open a worker's page: a person who has joined as a worker."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from marketplace.accounts.models import User
from workers.models import Worker

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class WorkerRequest(HttpRequest):
    """What a view under @worker_view is given: for annotations only."""

    user: User  # type: ignore[assignment]
    worker: Worker
    is_sandbox: bool


def worker_view(view: View) -> View:
    """Let in workers: request.worker, and request.is_sandbox for the side they are on.

    Somebody who has not joined is sent to join, and from there back here.
    """

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        worker = Worker.objects.filter(user=request.user).first()
        if worker is None:
            back = urlencode({"next": request.path}) if request.method == "GET" else ""
            return redirect(reverse("workers:join") + (f"?{back}" if back else ""))
        request.worker = worker
        request.is_sandbox = request.user.is_in_sandbox
        request.hat = "worker"
        return view(request, *args, **kwargs)

    return cast(View, guarded)
