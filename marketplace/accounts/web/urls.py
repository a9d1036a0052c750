"""Pages about people, teams and keys."""

from django.urls import path

from marketplace.accounts.web import developers, people, requesters, team

app_name = "accounts"
urlpatterns = [
    path("welcome/", people.welcome, name="welcome"),
    path("settings/", people.settings_page, name="settings"),
    path("settings/tokens/", people.work_tokens, name="work_tokens"),
    path(
        "settings/tokens/<int:token_id>/revoke/", people.revoke_work_token, name="revoke_work_token"
    ),
    path("side/", people.switch_side_view, name="switch_side"),
    path("requesters/", requesters.choose, name="requesters"),
    path("requesters/new/", requesters.create, name="create_requester"),
    path("team/", team.team, name="team"),
    path("team/members/<int:membership_id>/role/", team.set_role, name="set_role"),
    path("team/members/<int:membership_id>/remove/", team.remove, name="remove_member"),
    path(
        "team/invitations/<int:invitation_id>/withdraw/", team.withdraw, name="withdraw_invitation"
    ),
    path("invitations/<str:token>/", team.invitation, name="invitation"),
    path("developers/", developers.developers, name="developers"),
    path("developers/keys/", developers.create_key, name="create_key"),
    path("developers/keys/<slug:access_key_id>/revoke/", developers.revoke_key, name="revoke_key"),
    path("developers/tokens/", developers.create_token, name="create_token"),
    path("developers/tokens/<int:token_id>/revoke/", developers.revoke_token, name="revoke_token"),
]
