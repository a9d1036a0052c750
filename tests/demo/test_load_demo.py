"""`manage.py load_demo`: a marketplace to look around in, and the file that says who can."""

import json
import stat
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from marketplace import clock
from marketplace.accounts.models import AccessKey, ApiToken, User
from marketplace.accounts.secrets import decrypt, hash_token
from marketplace.money import SANDBOX_CURRENCY
from payments import audit, queries
from payments.models import Payout, Reason, Transfer
from tasks.demo import content
from tasks.models import Assignment, Batch, HITReport, HITType
from tasks.questions.layout import variables_in
from tasks.states import AssignmentStatus, BatchStatus
from tasks.terms import MAX_LAYOUT_BYTES
from workers.models import QualificationRequest, QualificationType, Worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, tmp_path):
    """The demo loaded; what demo.json says."""
    settings.VAR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.MANYHANDS_BASE_URL = "http://127.0.0.1:8123"
    call_command("load_demo", verbosity=0)
    return json.loads((tmp_path / "demo.json").read_text())


def test_demo_json_keeps_the_contract(demo, tmp_path):
    assert set(demo) == {"base_url", "admin", "requester", "workers"}
    assert demo["base_url"] == "http://127.0.0.1:8123"
    assert set(demo["admin"]) == {"email", "password"}
    assert set(demo["requester"]) == {
        "email",
        "password",
        "access_key_id",
        "secret_access_key",
        "api_token",
    }
    assert len(demo["workers"]) >= 3
    for worker in demo["workers"]:
        assert set(worker) == {"email", "password", "worker_id", "api_token"}
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600


def test_everyone_in_the_file_can_sign_in(demo):
    people = [demo["admin"], demo["requester"], *demo["workers"]]
    for person in people:
        user = User.objects.get(email=person["email"])
        assert user.check_password(person["password"])
        assert user.emailaddress_set.filter(verified=True, primary=True).exists()
        assert authenticate(email=person["email"], password=person["password"]) == user
    assert len({person["password"] for person in people}) == len(people)
    assert User.objects.get(email=demo["admin"]["email"]).is_superuser


def test_nobody_else_can_sign_in(demo):
    told = {person["email"] for person in [demo["admin"], demo["requester"], *demo["workers"]]}
    others = User.objects.exclude(email__in=told)
    assert others.exists()
    assert not [user for user in others if user.has_usable_password()]


def test_the_keys_and_tokens_in_the_file_work(demo):
    key = AccessKey.objects.get(access_key_id=demo["requester"]["access_key_id"])
    assert decrypt(key.secret_encrypted) == demo["requester"]["secret_access_key"]
    token = ApiToken.objects.get(token_hash=hash_token(demo["requester"]["api_token"]))
    assert token.requester == key.requester
    for told in demo["workers"]:
        token = ApiToken.objects.get(token_hash=hash_token(told["api_token"]))
        assert token.requester is None
        assert Worker.objects.get(user=token.user).public_id == told["worker_id"]


def test_there_is_work_to_do_right_away_for_each_demo_worker_on_both_sides(demo):
    for is_sandbox in (False, True):
        groups = HITType.objects.filter(is_sandbox=is_sandbox, hits_available__gt=0)
        assert groups.exists()
        assert all(group.cents_per_hour for group in groups)
        for told in demo["workers"]:
            mine = Assignment.objects.filter(worker__public_id=told["worker_id"])
            free = Batch.objects.filter(
                hit_type__in=groups, open_slots__gt=0, status=BatchStatus.PUBLISHED
            ).exclude(all_hits__assignments__in=mine)
            assert free.exists()


def test_there_is_a_batch_in_every_state_that_a_requester_meets(demo):
    by_name = {batch.name: batch for batch in Batch.objects.all()}
    reviewed = by_name["Pairs, first round"]
    assert (reviewed.approved_count, reviewed.rejected_count) == (29, 1)
    assert (reviewed.open_slots, reviewed.submitted_count) == (0, 0)
    waiting = by_name["Reviews of March"]
    assert (waiting.submitted_count, waiting.open_slots) == (24, 0)
    assert by_name["Pairs, second round"].open_slots > 20
    assert by_name["Reviews of April"].status == BatchStatus.CHECKED
    assert by_name["Sorting, a trial"].is_sandbox


def test_the_rejection_has_a_reason_and_the_bonus_too(demo):
    (rejected,) = Assignment.objects.filter(status=AssignmentStatus.REJECTED)
    assert "what is merely likely" in rejected.feedback
    (bonus,) = Transfer.objects.filter(reason=Reason.BONUS)
    assert bonus.amount_cents == 100
    assert "reworded" in bonus.note


def test_wanda_has_been_paid_out_and_the_books_balance(demo):
    payout = Payout.objects.get()
    assert payout.status == "sent"
    assert payout.worker == demo["workers"][0]["worker_id"]
    assert list(audit.differences()) == []
    requester = User.objects.get(email=demo["requester"]["email"]).requesters.get()
    assert queries.requester_balance(requester.public_id, "USD") > 100_00
    assert queries.requester_balance(requester.public_id, SANDBOX_CURRENCY) > 9_000_00


def test_work_took_people_plausible_and_different_times(demo):
    seconds = [a.work_seconds for a in Assignment.objects.filter(submitted_at__isnull=False)]
    assert len(set(seconds)) > 15
    assert min(seconds) >= 5
    for group in HITType.objects.filter(measured_count__gt=0):
        assert 5_00 < group.cents_per_hour < 60_00, group


def test_a_test_can_be_taken_that_work_asks_for_and_a_request_waits(demo):
    (tested,) = QualificationType.objects.exclude(test=None)
    (group,) = HITType.objects.exclude(requirements=[])
    assert group.requirements[0]["QualificationTypeId"] == tested.public_id
    assert group.hits_available > 0
    told = {worker["worker_id"] for worker in demo["workers"]}
    assert not tested.qualifications.filter(worker__public_id__in=told).exists()
    assert tested.qualifications.count() == 2
    waiting = QualificationRequest.objects.get(status="Submitted")
    assert waiting.type.owner.members.filter(email=demo["requester"]["email"]).exists()


def test_a_report_waits_for_the_moderators(demo):
    assert HITReport.objects.get(resolved_at=None).reason == "broken"


def test_a_second_load_changes_nothing(demo, tmp_path):
    before = (tmp_path / "demo.json").read_text()
    rows = [model.objects.count() for model in (User, Batch, Assignment, Transfer, ApiToken)]
    call_command("load_demo", verbosity=0)
    assert (tmp_path / "demo.json").read_text() == before
    assert rows == [m.objects.count() for m in (User, Batch, Assignment, Transfer, ApiToken)]


def test_another_port_is_told_without_new_secrets(demo, tmp_path, settings):
    settings.MANYHANDS_BASE_URL = "http://127.0.0.1:9000"
    call_command("load_demo", verbosity=0)
    again = json.loads((tmp_path / "demo.json").read_text())
    assert again == demo | {"base_url": "http://127.0.0.1:9000"}


def test_a_lost_file_comes_back_with_new_secrets_and_the_old_ones_are_dead(demo, tmp_path):
    (tmp_path / "demo.json").unlink()
    users = User.objects.count()
    call_command("load_demo", verbosity=0)
    again = json.loads((tmp_path / "demo.json").read_text())
    assert User.objects.count() == users
    user = User.objects.get(email=demo["requester"]["email"])
    assert user.check_password(again["requester"]["password"])
    assert not user.check_password(demo["requester"]["password"])
    for before in (demo["requester"], *demo["workers"]):
        assert ApiToken.objects.get(token_hash=hash_token(before["api_token"])).revoked_at
    assert AccessKey.objects.get(access_key_id=demo["requester"]["access_key_id"]).revoked_at


def test_production_mode_refuses_the_demo(settings, tmp_path):
    settings.IS_PRODUCTION = True
    settings.VAR = tmp_path
    with pytest.raises(CommandError, match="production"):
        call_command("load_demo", verbosity=0)
    assert not User.objects.exists()


@pytest.mark.parametrize("page", ["follows", "sentiment", "transcribe", "survey", "sort"])
def test_a_layout_asks_nothing_of_other_hosts_and_fits(page):
    layout = content.layout(page)
    assert "http" not in layout
    assert len(layout.encode()) < MAX_LAYOUT_BYTES / 2
    assert "<form" not in layout
    assert variables_in(layout)


def test_the_clock_runs_again_after_the_story(demo):

    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 1
    assert django_settings.MANYHANDS_BASE_URL == "http://127.0.0.1:8123"
