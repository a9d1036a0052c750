"""THE TABLE: every route, and who may enter by GET and by POST. A new route needs its line.

    "requester:batch": Route(get=VIEWER, belongs_to="requester", kwargs={"pk": "batch.pk"}),

`kwargs` takes each part of the URL from a prop of tests/security/visitors.py. An object that
belongs_to the lab ("requester") or to the first worker ("worker") is a 404 to strangers. A
method without a door must be refused. Where the same page answers one visitor in another way
for a reason, `except_for={"POST owner": Outcome.MISSING}` says so, with the reason beside it.
"""

from tests.security.doors import (
    ANYONE,
    MANAGER,
    OWNER,
    SIGNED_IN,
    VIEWER,
    Outcome,
    Route,
)

ROUTES: dict[str, Route] = {
    "healthz": Route(get=ANYONE),
    "home": Route(
        get=ANYONE,
        # Staff who neither work nor post have no page of their own to start at.
        except_for={f"GET {name}": Outcome.JOIN for name in ("staff", "superuser")},
    ),
    "help": Route(get=ANYONE),
    "terms": Route(get=ANYONE),
    "privacy": Route(get=ANYONE),
    # People
    "accounts:welcome": Route(get=SIGNED_IN),
    "accounts:settings": Route(get=SIGNED_IN, post=SIGNED_IN),
    "accounts:work_tokens": Route(get=SIGNED_IN, post=SIGNED_IN),
    "accounts:revoke_work_token": Route(
        post=SIGNED_IN, belongs_to="worker", kwargs={"token_id": "work_token.pk"}
    ),
    "accounts:switch_side": Route(post=SIGNED_IN, data={"side": "live"}),
    "accounts:requesters": Route(
        get=SIGNED_IN,
        post=SIGNED_IN,
        # Without a requester named in the form there is none to switch to.
        except_for={
            f"POST {name}": Outcome.MISSING
            for name in (
                *("worker", "other_worker", "viewer", "reviewer", "manager", "owner"),
                *("other_owner", "staff", "superuser"),
            )
        },
    ),
    "accounts:create_requester": Route(get=SIGNED_IN, post=SIGNED_IN),
    "accounts:team": Route(get=VIEWER, post=VIEWER),
    "accounts:set_role": Route(
        post=OWNER, belongs_to="requester", kwargs={"membership_id": "member.pk"}
    ),
    "accounts:remove_member": Route(
        post=OWNER,
        belongs_to="requester",
        kwargs={"membership_id": "member.pk"},
        except_for={"POST viewer": Outcome.IN, "GET viewer": Outcome.NO_METHOD}
        | {f"GET {role}": Outcome.NO_METHOD for role in ("reviewer", "manager")},
    ),  # the member is the viewer, who may leave
    "accounts:withdraw_invitation": Route(
        post=OWNER, belongs_to="requester", kwargs={"invitation_id": "invitation.pk"}
    ),
    "accounts:invitation": Route(
        get=SIGNED_IN, post=SIGNED_IN, belongs_to="nobody", kwargs={"token": "unknown_token"}
    ),
    "accounts:developers": Route(get=VIEWER),
    "accounts:create_key": Route(post=MANAGER),
    "accounts:revoke_key": Route(
        post=MANAGER, belongs_to="requester", kwargs={"access_key_id": "key.access_key_id"}
    ),
    "accounts:create_token": Route(post=VIEWER),
    "accounts:revoke_token": Route(
        post=VIEWER,
        belongs_to="requester",
        kwargs={"token_id": "lab_token.pk"},
        # Somebody else's token, of which only an owner may dispose.
        except_for={f"POST {role}": Outcome.MISSING for role in ("viewer", "reviewer", "manager")},
    ),
}

# Other people's packages, by rule and not by line: test_authorisation.py says what each means.
ADMIN_PREFIX = "admin:"
ENTRANCES = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_confirm_email",
        "account_email_verification_sent",
        "account_confirm_login_code",
        "mfa_authenticate",
        "mfa_login_webauthn",
    }
)
OWN_ACCOUNT = frozenset(
    {
        "account_reauthenticate",
        "account_email",
        "account_change_password",
        "account_set_password",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_reauthenticate_webauthn",
        "usersessions_list",
    }
)
