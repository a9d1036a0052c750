"""Signatures: what boto3 signs is let in, and nothing else is, whatever the header says."""

from datetime import timedelta
from email.utils import format_datetime
from hashlib import sha256

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from marketplace import clock
from marketplace.accounts.actions.revoke_access_key import revoke_access_key
from marketplace.accounts.models import AccessKey
from marketplace.audit.models import AuditEntry
from mturk import signature
from mturk.faults import Fault
from tests import world
from tests.mturk import wire
from tests.mturk.requests import TERMS, created
from tests.mturk.wire import refused

WRONG = "InvalidSignatureException"


def changed(key, change, **options):
    """A client whose every request is changed after it was signed."""
    return wire.a_client(key, before=change, **options)


def test_a_wrong_secret_is_refused(key):
    thief = wire.a_client((key[0], "guessed"))
    refused(thief.get_account_balance, WRONG, "does not match the signature you provided")


@pytest.mark.parametrize("unknown", ["AKIAIOSFODNN7EXAMPLE", "MH", "x" * 128])
def test_an_unknown_key_is_refused(key, unknown):
    client = wire.a_client((unknown, key[1]))
    refused(client.get_account_balance, "UnrecognizedClientException", "invalid")


def test_a_revoked_key_is_refused_at_once(key, lab, mturk, clock):
    mturk.get_account_balance()
    revoke_access_key(by=lab.by, access_key_id=key[0], at=clock.now)
    refused(mturk.get_account_balance, "UnrecognizedClientException")


def test_no_signature_at_all(key):
    def strip(request):
        del request.headers["Authorization"]

    refused(changed(key, strip).get_account_balance, "MissingAuthenticationTokenException")


def test_a_body_that_was_changed_on_the_way_is_refused(key):
    def change(request):
        request.body = request.body.replace(b"0.25", b"9.25")

    client = changed(key, change)
    refused(lambda: client.create_hit_type(**TERMS), WRONG)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Amz-Target", "MTurkRequesterServiceV20170117.ListHITs"),
        ("Host", "localhost"),
        ("Content-Type", "text/plain"),
        ("X-Amz-Content-SHA256", sha256(b"something else").hexdigest()),
        ("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),
    ],
)
def test_what_was_signed_cannot_be_changed(key, name, value):
    def change(request):
        request.headers[name] = value

    refused(changed(key, change).get_account_balance, WRONG)


def test_the_path_and_the_query_are_signed(key):
    def to_sandbox(request):
        request.url += "sandbox"

    def with_query(request):
        request.url += "?a=1"

    for change in (to_sandbox, with_query):
        refused(changed(key, change).get_account_balance, WRONG)


@pytest.mark.parametrize("name", ["User-Agent", "amz-sdk-request", "Accept-Language", "Via"])
def test_what_was_not_signed_may_be_added_by_a_proxy(key, name):
    def add(request):
        request.headers[name] = "something"

    changed(key, add).get_account_balance()


@pytest.mark.parametrize(
    ("minutes", "words"), [(-5.1, "Signature expired"), (5.1, "Signature not yet current")]
)
def test_a_signature_holds_for_five_minutes_either_way(key, clock, minutes, words):
    def sign_at(at):
        return lambda request: wire.sign_again(request, key, at=at)

    refused(
        changed(key, sign_at(clock.now + timedelta(minutes=minutes))).get_account_balance,
        WRONG,
        words,
    )
    near = clock.now + timedelta(minutes=minutes * 0.97)
    changed(key, sign_at(near)).get_account_balance()


def test_any_region_is_taken(key):
    for region in ("us-east-1", "eu-central-1", "local"):
        wire.a_client(key, region=region).get_account_balance()


def test_a_session_token_changes_nothing(key):
    wire.a_client(key, aws_session_token="from-sts").get_account_balance()


def test_the_hash_of_the_body_may_be_sent(key):
    def with_hash(request):
        request.headers["X-Amz-Content-SHA256"] = sha256(request.body).hexdigest()
        wire.sign_again(request, key)

    changed(key, with_hash).get_account_balance()


def test_headers_that_botocore_never_signs_may_be_signed(key):
    """The SDKs of other languages sign more."""

    class Everything(signature.SigV4Auth):
        def headers_to_sign(self, request):
            headers = signature.HTTPHeaders()
            for name, value in request.headers.items():
                if name.lower() != "authorization":
                    headers[name.lower()] = value
            return headers

    def sign_all(request):
        whole = wire.AWSRequest(request.method, request.url, data=request.body)
        for name, value in request.headers.items():
            if name.lower() not in ("authorization", "x-amz-date", "user-agent"):
                whole.headers[name] = value if isinstance(value, str) else value.decode()
        whole.headers["Host"] = wire.HOST
        whole.headers["User-Agent"] = "aws-sdk-go/1.44   (spaces)  "
        credentials = wire.Credentials(*key)
        Everything(credentials, signature.SERVICE, "us-east-1").add_auth(whole)
        for name, value in whole.headers.items():
            request.headers[name] = value

    changed(key, sign_all).get_account_balance()


def test_a_date_header_will_do(key, clock):
    def with_date(request):
        request.headers["Date"] = format_datetime(clock.now, usegmt=True)
        del request.headers["X-Amz-Date"]
        wire.sign_again(request, key, as_date=True)

    changed(key, with_date).get_account_balance()


@pytest.mark.parametrize("left_out", ["host", "x-amz-date", "x-amz-target"])
def test_what_must_be_signed(key, left_out):
    def unsign(request):
        header = request.headers["Authorization"].decode()
        names = "content-type;host;x-amz-date;x-amz-target"
        assert names in header
        kept = ";".join(name for name in names.split(";") if name != left_out)
        request.headers["Authorization"] = header.replace(names, kept)

    refused(changed(key, unsign).get_account_balance, WRONG, left_out)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA1 ", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 ", "Bearer ", "IncompleteSignatureException"),
        ("Credential=", "Cred=", "IncompleteSignatureException"),
        ("SignedHeaders=", "Headers=", "IncompleteSignatureException"),
        ("Signature=", "Sig=", "IncompleteSignatureException"),
        ("Signature=", "Signature=G", "IncompleteSignatureException"),
        ("/aws4_request", "", "IncompleteSignatureException"),
        ("mturk-requester/", "s3/", WRONG),
        ("/2026", "/2025", WRONG),
        ("content-type;", "content-type;x-not-there;", WRONG),
        ("content-type;", "content-type;x_amz_date;", WRONG),
        ("content-type;", "content-type;;", WRONG),
    ],
)
def test_a_header_with_a_part_wrong(key, clock, old, new, code):
    def change(request):
        header = request.headers["Authorization"].decode()
        assert old in header
        request.headers["Authorization"] = header.replace(old, new, 1)

    refused(changed(key, change).get_account_balance, code)


# --- keys ------------------------------------------------------------------------------------


def test_a_key_for_the_sandbox_does_nothing_live(lab):
    key = wire.a_key(lab, side="sandbox")
    refused(wire.a_client(key).get_account_balance, "AccessDeniedException", "sandbox only")
    wire.a_client(key, region="sandbox").get_account_balance()


def test_a_suspended_requester_looks_and_changes_nothing(mturk, lab, clock):
    hit_id = created(mturk)["HITId"]
    lab.requester.suspended_at = clock.now
    lab.requester.suspended_reason = "It asked for passwords."
    lab.requester.save()
    assert mturk.get_hit(HITId=hit_id)
    for call in (
        lambda: created(mturk),
        lambda: mturk.update_expiration_for_hit(HITId=hit_id, ExpireAt=0),
        lambda: mturk.delete_hit(HITId=hit_id),
    ):
        refused(call, "RequestError", "It asked for passwords.", turk="PermissionDenied")


def test_a_keys_last_use_is_noted_once_a_minute(key, mturk, clock, django_assert_num_queries):
    mturk.get_account_balance()
    used = AccessKey.objects.get()
    assert used.last_used_at == clock.now
    clock.forward(seconds=59)
    mturk.get_account_balance()
    used.refresh_from_db()
    assert used.last_used_at < clock.now
    clock.forward(seconds=2)
    mturk.get_account_balance()
    used.refresh_from_db()
    assert used.last_used_at == clock.now


def test_a_wrong_signature_is_no_use_of_the_key(key, clock):
    with pytest.raises(ClientError):
        wire.a_client((key[0], "guessed")).get_account_balance()
    assert AccessKey.objects.get().last_used_at is None


def test_the_trail_names_the_key(key, mturk):
    created(mturk)
    assert AuditEntry.objects.get(action="create_hit").actor == f"key:{key[0]}"


def test_a_key_acts_for_its_own_requester_only(mturk, lab):
    other = world.a_lab("Other Lab", cents=7_00)
    theirs = wire.a_client(wire.a_key(other))
    assert theirs.get_account_balance()["AvailableBalance"] == "7.00"
    created(theirs, Reward="0.01")
    assert mturk.list_hits()["HITs"] == []


# --- whatever comes --------------------------------------------------------------------------

_HEADERS = st.dictionaries(
    st.sampled_from(["authorization", "x-amz-date", "date", "host", "x-amz-target", "x"]),
    st.text()
    | st.from_regex(
        r"AWS4-HMAC-SHA256 Credential=[^,]{0,9}(/[^/,]{0,9}){0,5},"
        r" ?SignedHeaders=(host;?)?(x-amz-date;?)?.{0,5}, ?Signature=([0-9a-f]{64}|.{0,9})"
    )
    | st.just(f"AWS4-HMAC-SHA256 Credential=A/20260302/r/{signature.SERVICE}/aws4_request,"
              f"SignedHeaders=host;date,Signature={'0' * 64}")
    | st.from_regex(r"[0-9]{8}T[0-9]{6}Z"),
)  # fmt: skip


@given(_HEADERS, st.binary(max_size=20), st.text(max_size=20))
def test_whatever_the_headers_say_they_are_refused_and_nothing_fails(headers, body, query):
    received = signature.Received(method="POST", path="/", query=query, headers=headers, body=body)

    def let_in():
        said = signature.authorization_in(headers)
        signature.check(received, said, secret="secret", at=clock.now())

    with pytest.raises(Fault):
        let_in()
