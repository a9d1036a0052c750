"""A rule that says no becomes a page, a fragment or a form error: never a 500."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from marketplace.errors import DomainError


@contextmanager
def refusals_shown_in(form: BaseForm) -> Iterator[None]:
    """What a rule refuses in the block becomes an error of the form, at its field if it has one.

    with refusals_shown_in(form):
        create_requester(user=request.user, at=clock.now(), **form.cleaned_data)
        return redirect("home")
    return render(...)
    """
    try:
        yield
    except DomainError as error:
        field = error.details.get("field")
        form.add_error(field if field in form.fields else None, error.message)


def refusal_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page, or for htmx the fragment, that says what a rule refused and why."""
    context = {"error": error, "message": error.message}
    if request.headers.get("HX-Request"):
        response = render(request, "_refusal.html", context, status=error.status)
        response["HX-Retarget"] = "#messages"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "marketplace/refused.html", context, status=error.status)


class DomainErrorMiddleware:
    """Turns a DomainError that a view let through into its page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django asks here before it makes a 500 of an exception."""
        if isinstance(exception, DomainError):
            return refusal_response(request, exception)
        return None
