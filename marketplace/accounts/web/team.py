"""Who belongs to a requester: members, their roles, invitations."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace import clock
from marketplace.accounts.actions.accept_invitation import accept_invitation, check_open
from marketplace.accounts.actions.change_role import change_role
from marketplace.accounts.actions.invite_member import invite_member
from marketplace.accounts.actions.remove_member import remove_member
from marketplace.accounts.actions.withdraw_invitation import withdraw_invitation
from marketplace.accounts.models import Invitation, Membership, Role
from marketplace.accounts.queries import members_of, open_invitations_of
from marketplace.accounts.secrets import hash_token
from marketplace.accounts.web.forms import InviteForm, RoleForm
from marketplace.web.access import MemberRequest, SignedInRequest, requester_view, signed_in_view
from marketplace.web.errors import refusals_shown_in
from marketplace.web.navigation import REQUESTER, start_of


@requester_view()
def team(request: MemberRequest) -> HttpResponse:
    """Members and open invitations; for owners, the form to invite somebody."""
    form = InviteForm(request.POST or None)
    if form.is_valid():
        with refusals_shown_in(form):
            sent = invite_member(
                by=request.acting, invited_by=request.user, at=clock.now(), **form.cleaned_data
            )
            messages.success(
                request, _("An invitation is on its way to %(to)s.") % {"to": sent.email}
            )
            return redirect("accounts:team")
    return render(
        request,
        "accounts/team.html",
        {
            "form": form,
            "members": members_of(request.acting.requester),
            "invitations": open_invitations_of(request.acting.requester),
            "is_owner": request.acting.role is Role.OWNER,
            "roles": Role.choices,
            "now": clock.now(),
        },
    )


@requester_view(Role.OWNER)
@require_POST
def set_role(request: MemberRequest, membership_id: int) -> HttpResponse:
    """Give a member another role."""
    get_object_or_404(Membership, requester=request.acting.requester, pk=membership_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        change_role(
            by=request.acting, membership_id=membership_id, at=clock.now(), **form.cleaned_data
        )
        messages.success(request, _("The role is changed."))
    else:
        messages.error(request, _("Choose one of the roles."))
    return redirect("accounts:team")


@requester_view()
@require_POST
def remove(request: MemberRequest, membership_id: int) -> HttpResponse:
    """Remove a member, or leave."""
    remove_member(
        by=request.acting,
        member_id=request.user.pk,
        membership_id=membership_id,
        at=clock.now(),
    )
    messages.success(request, _("The membership has ended."))
    return redirect("accounts:team")


@requester_view(Role.OWNER)
@require_POST
def withdraw(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """Make an invitation's link useless."""
    withdraw_invitation(by=request.acting, invitation_id=invitation_id, at=clock.now())
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("accounts:team")


@signed_in_view
def invitation(request: SignedInRequest, token: str) -> HttpResponse:
    """What an invitation's link opens: who invites, as what, and the button to accept."""
    if request.method == "POST":
        joined = accept_invitation(user=request.user, token=token, at=clock.now())
        name = joined.requester.name
        messages.success(request, _("You are now a member of %(name)s.") % {"name": name})
        return redirect(start_of(REQUESTER) or "home")
    found = (
        Invitation.objects.select_related("requester", "invited_by")
        .filter(token_hash=hash_token(token))
        .first()
    )
    check_open(found, user=request.user, at=clock.now())
    return render(request, "accounts/invitation.html", {"invitation": found})
