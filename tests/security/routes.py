"""THE TABLE: every route, and who may enter by GET and by POST. A new route needs its line.

    "requester:cancel": page(MANAGER, MANAGER, of=LAB, batch_id="batch.pk"),   GET, POST, whose
    "api:approve": call(LAB, None, REVIEWER, of=LAB, assignment_id="done.public_id"),

Each part of the URL comes from a prop of tests/security/visitors.py. An object `of` the LAB, or
of the first worker (MINE), is a 404 to strangers. A
method without a door must be refused. Where the same page answers one visitor in another way
for a reason, `except_for={"POST owner": Outcome.MISSING}` says so, with the reason beside it.
"""

from typing import Any

from tests import world
from tests.security.doors import (
    ANYONE,
    MANAGER,
    NOBODY,
    OWNER,
    REVIEWER,
    SIGNED_IN,
    VIEWER,
    WORKER,
    Outcome,
    Route,
    call,
    page,
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

Parts = dict[str, Any]
LAB, MINE = "requester", "worker"
PROJECT: Parts = {"project_id": "project.public_id"}
BATCH: Parts = {"batch_id": "batch.pk"}
ANSWER: Parts = {**BATCH, "assignment_id": "done.public_id"}
HELD: Parts = {"assignment_id": "held.public_id"}
DONE: Parts = {"assignment_id": "done.public_id"}
A_PROJECT: Parts = dict(world.PROJECT)
IMPORT: Parts = {"import_id": "imported.pk"}
GROUP: Parts = {"group_id": "hit_type.public_id"}
HIT: Parts = {"hit_id": "hit.public_id"}
KIND: Parts = {"type_id": "kind.public_id"}
PERSON: Parts = {"worker_id": "worker.public_id"}
STORED: Parts = {"key": "stored.key"}
TOLD: Parts = {"subscription_id": "subscription.pk"}

ROUTES |= {
    # The requester's pages about work
    "requester:start": page(VIEWER),
    "requester:imports": page(VIEWER),
    "requester:new_import": page(MANAGER, MANAGER),
    "requester:former_workers": page(VIEWER),
    "requester:former_workers_csv": page(VIEWER),
    "requester:link_former_worker": page(
        None, MANAGER, of=LAB, former_id="former.pk", data={"worker": "{worker.public_id}"}
    ),
    "requester:unlink_former_worker": page(None, MANAGER, of=LAB, former_id="former.pk"),
    "requester:delete_import": page(None, MANAGER, of=LAB, **IMPORT),
    "requester:import": page(VIEWER, of=LAB, **IMPORT),
    "requester:import_state": page(VIEWER, of=LAB, **IMPORT),
    "requester:import_csv": page(VIEWER, of=LAB, **IMPORT),
    "requester:projects": page(VIEWER),
    "requester:new_project": page(MANAGER, MANAGER),
    "requester:draft_frame": page(None, MANAGER),
    "requester:draft_check": page(None, MANAGER),
    "requester:gallery": page(VIEWER),
    "requester:gallery_template": page(VIEWER, slug="template.slug"),
    "requester:gallery_csv": page(VIEWER, slug="template.slug"),
    "requester:gallery_frame": page(VIEWER, slug="template.slug", row="first_row"),
    "requester:use_sample": page(None, MANAGER, of=LAB, **PROJECT),
    "requester:project": page(VIEWER, of=LAB, **PROJECT),
    "requester:edit_project": page(MANAGER, MANAGER, of=LAB, **PROJECT),
    "requester:copy_project": page(None, MANAGER, of=LAB, **PROJECT),
    "requester:archive_project": page(None, MANAGER, of=LAB, **PROJECT),
    "requester:project_frame": page(VIEWER, of=LAB, **PROJECT),
    "requester:sample_csv": page(VIEWER, of=LAB, **PROJECT),
    "requester:project_files": page(VIEWER, of=LAB, **PROJECT),
    "requester:add_files": page(None, MANAGER, of=LAB, **PROJECT),
    "requester:delete_file": page(None, MANAGER, of=LAB, **PROJECT, **STORED),
    "requester:project_exports": page(VIEWER, of=LAB, **PROJECT),
    "requester:upload": page(MANAGER, MANAGER, of=LAB, **PROJECT),
    "requester:batches": page(VIEWER),
    "requester:choose_project": page(MANAGER),
    "requester:batch": page(VIEWER, of=LAB, **BATCH),
    "requester:batch_state": page(VIEWER, of=LAB, **BATCH),
    "requester:batch_pace": page(VIEWER, of=LAB, **BATCH),
    "requester:rows": page(VIEWER, of=LAB, **BATCH),
    "requester:row_frame": page(VIEWER, of=LAB, **BATCH, row="first_row"),
    "requester:publish": page(MANAGER, MANAGER, of=LAB, **BATCH),
    "requester:cancel": page(MANAGER, MANAGER, of=LAB, **BATCH),
    "requester:extend": page(MANAGER, MANAGER, of=LAB, **BATCH),
    "requester:add": page(MANAGER, MANAGER, of=LAB, **BATCH),
    "requester:review": page(VIEWER, of=LAB, **BATCH),
    "requester:decide": page(None, REVIEWER, of=LAB, **BATCH),
    "requester:decide_all": page(REVIEWER, REVIEWER, of=LAB, **BATCH),
    "requester:answer": page(VIEWER, of=LAB, **ANSWER),
    # The answer has no element, so that there is nothing to draw: a 404 to whoever may look.
    "requester:answer_picture": page(
        VIEWER,
        of=LAB,
        assignment_id="done.public_id",
        except_for={
            f"GET {name}": Outcome.MISSING for name in ("viewer", "reviewer", "manager", "owner")
        },
    ),
    "requester:raw_answer": page(VIEWER, of=LAB, assignment_id="done.public_id"),
    "requester:hits": page(VIEWER),
    "requester:hit": page(VIEWER, of=LAB, hit_id="done.hit.public_id"),
    "requester:decide_hit": page(None, REVIEWER, of=LAB, hit_id="done.hit.public_id"),
    "requester:bonus": page(MANAGER, MANAGER, of=LAB, **DONE),
    "requester:run": page(VIEWER, of=LAB, **BATCH, run_id="run.pk"),
    "requester:results_csv": page(VIEWER, of=LAB, **BATCH),
    "requester:batch_files": page(VIEWER, of=LAB, **BATCH),
    "requester:attachment": page(VIEWER, of=LAB, key="attached.key"),
    "requester:exports": page(VIEWER, of=LAB, **BATCH),
    "requester:decisions": page(REVIEWER, REVIEWER, of=LAB, **BATCH),
    "requester:decision_file": page(REVIEWER, REVIEWER, of=LAB, **BATCH, file_id="decisions.pk"),
    # Who is told of what happens to it
    "notifications:all": page(VIEWER),
    "notifications:new": page(MANAGER, MANAGER),
    "notifications:log": page(VIEWER),
    "notifications:again": page(None, MANAGER, of=LAB, delivery_id="delivery.pk"),
    "notifications:amazon": page(MANAGER, MANAGER),
    "notifications:forget_amazon": page(None, MANAGER),
    "notifications:one": page(VIEWER, of=LAB, **TOLD),
    "notifications:edit": page(MANAGER, MANAGER, of=LAB, **TOLD),
    "notifications:switch": page(None, MANAGER, of=LAB, **TOLD),
    "notifications:secret": page(None, MANAGER, of=LAB, **TOLD),
    "notifications:test": page(None, MANAGER, of=LAB, **TOLD),
    # Its qualifications and workers
    "requester:qualifications": page(VIEWER),
    "requester:new_qualification": page(MANAGER, MANAGER),
    "requester:draft_test": page(None, MANAGER),
    "requester:qualification": page(VIEWER, of=LAB, **KIND),
    "requester:edit_qualification": page(MANAGER, MANAGER, of=LAB, **KIND),
    "requester:delete_qualification": page(None, MANAGER, of=LAB, **KIND),
    "requester:grant": page(None, REVIEWER, of=LAB, **KIND),
    "requester:revoke": page(
        None, REVIEWER, of=LAB, **KIND, data={"worker_id": "{worker.public_id}"}
    ),
    "requester:scores_csv": page(VIEWER, of=LAB, **KIND),
    "requester:decide_request": page(VIEWER, REVIEWER, of=LAB, request_id="asked.public_id"),
    "requester:workers": page(VIEWER),
    "requester:workers_csv": page(VIEWER),
    "requester:upload_workers": page(MANAGER, MANAGER),
    "requester:workers_file": page(MANAGER, MANAGER, of=LAB, file_id="worker_file.pk"),
    "requester:worker": page(VIEWER, of=LAB, **PERSON),
    "requester:block": page(None, MANAGER, of=LAB, **PERSON),
    "requester:unblock": page(None, MANAGER, of=LAB, **PERSON),
    "requester:qualify": page(None, REVIEWER, of=LAB, **PERSON),
    "requester:disqualify": page(
        None, REVIEWER, of=LAB, **PERSON, data={"type": "{kind.public_id}"}
    ),
    "requester:write": page(None, MANAGER, of=LAB, **PERSON),
    # The requester's money
    "money:balance": page(VIEWER),
    "money:held": page(VIEWER),
    "money:deposit": page(MANAGER, MANAGER),
    "money:deposit_state": page(VIEWER, of=LAB, deposit_id="deposit.public_id"),
    "money:play_money": page(None, MANAGER),
    "money:statement_csv": page(VIEWER),
    "money:receipt": page(VIEWER, of=LAB, deposit_id="deposit.public_id"),
    "money:charge": page(OWNER, OWNER),
    "money:save_method": page(None, OWNER),
    "money:remove_method": page(
        None,
        OWNER,
        data={"method": "{saved.public_id}"},
        except_for={"POST other_owner": Outcome.MISSING},  # it is the lab's
    ),
    "money:method_setup": page(VIEWER, of=LAB, setup_id="setup.public_id"),
    "money:top_up": page(OWNER, OWNER),
    "money:top_up_off": page(None, OWNER),
    "money:refund": page(OWNER, OWNER),
    "money:documents": page(VIEWER),
    "money:billing": page(OWNER, OWNER),
    "money:invoice": page(VIEWER, of=LAB, number="invoice.number"),
    "money:invoice_csv": page(VIEWER, of=LAB, number="invoice.number"),
    "money:play_setup": page(OWNER, OWNER, of=LAB, setup_id="play_setup.pk"),
    "money:play_confirm": page(OWNER, OWNER, of=LAB, charge_id="play_charge.pk"),
    "money:stripe_webhook": page(None, ANYONE),  # by signature alone
    # The worker's pages. A group and a HIT are everybody's to look at; an assignment is its
    # worker's. A task's frame is opened by its id alone: no cookie reaches it.
    "workers:join": page(SIGNED_IN, SIGNED_IN),
    "workers:profile": page(WORKER, WORKER),
    "workers:mail": page(None, WORKER),
    # The link in an e-mail: what it holds was signed here.
    "workers:stop_mail": page(ANYONE, ANYONE, token="stop_token"),
    "workers:adult": page(None, WORKER),
    "workers:former_id": page(WORKER, WORKER),
    "workers:qualifications": page(WORKER),
    "workers:qualification": page(WORKER, **KIND),
    "workers:request": page(None, WORKER, **KIND),
    "workers:give_up": page(None, WORKER, of=MINE, **KIND),
    "workers:test": page(WORKER, WORKER, of=MINE, request_id="test.public_id"),
    "work:browse": page(WORKER),
    "work:group": page(WORKER, **GROUP),
    "work:accept": page(None, WORKER, **GROUP),
    "work:hit": page(WORKER, **HIT),
    "work:accept_hit": page(None, WORKER, **HIT),
    "work:report": page(WORKER, WORKER, **HIT),
    "work:task": page(WORKER, of=MINE, **HELD),
    "work:state": page(WORKER, of=MINE, **HELD),
    "work:next": page(None, WORKER, of=MINE, **DONE),
    "work:return": page(None, WORKER, of=MINE, **HELD),
    "work:broken": page(None, WORKER, of=MINE, **HELD),
    "work:wants_next": page(None, WORKER),
    "work:frame_preview": page(ANYONE, permission="preview"),
    "work:frame": page(ANYONE, **HELD),
    "work:upload": page(None, ANYONE, **HELD),
    "work:queue": page(WORKER),
    "work:dashboard": page(WORKER),
    "work:day": page(WORKER, on="today"),
    "work:earnings": page(WORKER),
    "work:payout_account": page(WORKER),
    "work:set_up_payouts": page(None, WORKER),
    "work:pay_out": page(None, WORKER),
    "work:schedule": page(None, WORKER),
    # Files, by addresses that can't be guessed
    "files:project": page(ANYONE, **STORED, name="stored.name"),
    "files:small": page(ANYONE, **STORED),
    "files:sent": page(ANYONE, token="lent", name="attached.name"),
    # What Mechanical Turk's pages and links point at
    "mturk:external_submit": page(None, ANYONE, data={"assignmentId": "{held.public_id}"}),
    "mturk:preview": page(ANYONE, data={"groupId": "{hit_type.public_id}"}),
    "turk_links:group": page(ANYONE, group_id="hit_type.public_id"),
}

# The REST API. `LAB` and `MINE` name the side that a token is for, too.
ROUTES |= {
    "api:about": page(ANYONE),
    "api:schema": page(ANYONE),
    "api:token": call(MINE, SIGNED_IN),
    "api:unknown": page(NOBODY, NOBODY, rest="nothing"),
    "api:templates": call(LAB, VIEWER),
    "api:projects": call(LAB, VIEWER, MANAGER, data=A_PROJECT),
    "api:project": call(LAB, VIEWER, of=LAB, **PROJECT),
    "api:archive_project": call(LAB, None, MANAGER, of=LAB, **PROJECT),
    "api:create_hit": call(LAB, None, MANAGER, of=LAB, **PROJECT),
    "api:upload_batch": call(LAB, None, MANAGER, of=LAB, csv="text\nrow", **PROJECT),
    "api:batches": call(LAB, VIEWER),
    "api:batch": call(LAB, VIEWER, of=LAB, **BATCH),
    "api:publish": call(LAB, None, MANAGER, of=LAB, **BATCH, data={"confirmed_cents": 80}),
    "api:cancel": call(LAB, None, MANAGER, of=LAB, **BATCH),
    "api:extend": call(LAB, None, MANAGER, of=LAB, **BATCH),
    "api:batch_hits": call(LAB, VIEWER, of=LAB, **BATCH),
    "api:batch_assignments": call(LAB, VIEWER, of=LAB, **BATCH),
    "api:batch_results": call(LAB, VIEWER, of=LAB, **BATCH),
    "api:hits": call(LAB, VIEWER),
    "api:hit": call(LAB, VIEWER, of=LAB, **HIT),
    "api:hit_expiration": call(
        LAB, None, MANAGER, of=LAB, **HIT, data={"expires_at": "{tomorrow}"}
    ),
    "api:add_assignments": call(LAB, None, MANAGER, of=LAB, **HIT, data={"extra": 1}),
    "api:hit_assignments": call(LAB, VIEWER, of=LAB, **HIT),
    "api:approve_many": call(LAB, None, REVIEWER, data={"assignment_ids": ["{done.public_id}"]}),
    "api:reject_many": call(
        LAB, None, REVIEWER, data={"assignment_ids": ["{done.public_id}"], "reason": "Blank."}
    ),
    "api:assignment": call(LAB, VIEWER, of=LAB, **DONE),
    "api:approve": call(LAB, None, REVIEWER, of=LAB, **DONE),
    "api:reject": call(LAB, None, REVIEWER, of=LAB, **DONE, data={"reason": "Blank."}),
    "api:undo_rejection": call(LAB, None, REVIEWER, of=LAB, **DONE),
    "api:bonus": call(
        LAB, None, MANAGER, of=LAB, **DONE, data={"amount_cents": 5, "reason": "Thanks."}
    ),
    "api:balance": call(LAB, VIEWER),
    "api:statement": call(LAB, VIEWER),
    "api:deposits": call(LAB, VIEWER, MANAGER, data={"amount_cents": 500}),
    "api:deposit": call(LAB, VIEWER, of=LAB, deposit_id="deposit.public_id"),
    "api:groups": call(MINE, WORKER),
    "api:group": call(MINE, WORKER, **GROUP),
    "api:accept_next": call(MINE, None, WORKER, **GROUP),
    "api:accept_hit": call(MINE, None, WORKER, **HIT),
    "api:my_assignments": call(MINE, WORKER),
    "api:my_assignment": call(MINE, WORKER, of=MINE, **HELD),
    "api:submit": call(MINE, None, WORKER, of=MINE, **HELD, data={"answer": {"answer": "yes"}}),
    "api:return": call(MINE, None, WORKER, of=MINE, **HELD),
    "api:my_queue": call(MINE, WORKER),
    "api:my_dashboard": call(MINE, WORKER),
    "api:my_earnings": call(MINE, WORKER),
    "api:my_earnings_statement": call(MINE, WORKER),
    "api:my_payouts": call(MINE, WORKER, WORKER),
    "api:my_payout": call(MINE, WORKER, of=MINE, payout_id="payout.public_id"),
    "api:my_profile": call(MINE, WORKER),
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
        "account_request_reauthentication_code",
        "account_confirm_reauthentication_code",
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
