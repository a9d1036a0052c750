"""Which e-mails a worker gets, and the link in each that stops its kind."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from marketplace import clock
from workers.actions.choose_mail import choose_mail, read_token, stop_mail
from workers.models import MailKind, Worker
from workers.web.access import WorkerRequest, worker_view


class MailForm(forms.Form):
    """The kinds that are wanted."""

    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("Write to me about"),
        choices=MailKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def mail_form(worker: Worker) -> MailForm:
    """What the worker has chosen."""
    wanted = [kind.value for kind in MailKind if kind.value not in worker.unwanted_mail]
    return MailForm(initial={"wanted": wanted})


@worker_view
@require_POST
def choose(request: WorkerRequest) -> HttpResponse:
    """Keep the choice."""
    form = MailForm(request.POST)
    if form.is_valid():
        choose_mail(worker=request.worker, wanted=form.cleaned_data["wanted"], at=clock.now())
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("There is no such kind of e-mail."))
    return redirect("workers:profile")


# Whoever holds the link may do this one thing with it, signed in or not; mail programs post to
# it by themselves (RFC 8058), so no form's token can come with it.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, since programs that look into mails follow links; and on posting stop the kind."""
    if request.method == "POST":
        _worker, kind = stop_mail(token=token, at=clock.now())
    else:
        _worker, kind = read_token(token)
    context = {"kind": kind.label, "is_done": request.method == "POST"}
    return render(request, "workers/stop_mail.html", context)
