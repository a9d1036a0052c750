"""Every limit that Mechanical Turk's documentation has beyond its model: the last value that is
taken, and the first that is refused. The rows are the second table of docs/mturk-api.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marketplace import clock
from tests.mturk.conformance import words
from tests.mturk.conformance.cast import Cast
from tests.mturk.conformance.hits import MTURK
from tests.world import a_project

YEAR, MONTH = 31_536_000, 2_592_000
LOCALE, PERCENT = words.LOCALE, words.PERCENT


@dataclass(frozen=True)
class Bound:
    """One end of a limit: `taken` is carried out, `refused` is not, for the member's sake."""

    operation: str
    member: str
    rule: str
    taken: dict[str, Any]
    refused: dict[str, Any]
    code: str = MTURK + "InvalidParameterValue"
    says: str = ""
    """In the refusal, where it is not the member's name."""


def every_bound(cast: Cast) -> list[Bound]:
    """Go to each limit and one beyond it; the limits."""
    bounds = [*_of_hits(cast), *_of_requirements(), *_of_policies(), *_of_people(cast)]
    for bound in bounds:
        cast.call(bound.operation, **bound.taken)
        words_of = bound.says or bound.member
        cast.refused(bound.operation, bound.code, words_of, **bound.refused)
    return bounds


def _of_hits(cast: Cast) -> Iterator[Bound]:
    free = {**words.HIT, "Reward": "0.00", "MaxAssignments": 1}
    ends: list[tuple[str, str, Any, Any]] = [
        ("Title", "1 to 128 characters", "t" * 128, "t" * 129),
        ("Description", "1 to 2,000 characters", "d" * 2000, "d" * 2001),
        ("Keywords", "up to 1,000 characters", "k" * 1000, "k" * 1001),
        ("RequesterAnnotation", "up to 255 characters", "a" * 255, "a" * 256),
        ("UniqueRequestToken", "1 to 64 characters", "u" * 64, "u" * 65),
        ("AssignmentDurationInSeconds", "30 seconds …", 30, 29),
        ("AssignmentDurationInSeconds", "… to a year", YEAR, YEAR + 1),
        ("LifetimeInSeconds", "30 seconds …", 30, 29),
        ("LifetimeInSeconds", "… to a year", YEAR, YEAR + 1),
        ("AutoApprovalDelayInSeconds", "0 …", 0, -1),
        ("AutoApprovalDelayInSeconds", "… to 30 days", MONTH, MONTH + 1),
        ("MaxAssignments", "1 …", 1, 0),
        ("MaxAssignments", "… to 1,000,000,000", 10**9, 10**9 + 1),
        ("Reward", "0.00 …", "0.00", "-0.01"),
        ("Reward", "… to 10,000.00 (ours)", "10000.00", "10000.01"),
        ("Reward", "two places after the point", "0.01", "0.001"),
        ("Question", "up to 65,535 bytes", _question(65_535), _question(65_536)),
    ]
    # A HIT of 10,000.00 would be paid for when it is made; a type costs nothing.
    for member, rule, taken, refused in ends:
        operation = "CreateHITType" if member == "Reward" else "CreateHIT"
        base = words.TERMS if member == "Reward" else free
        yield Bound(operation, member, rule, {**base, member: taken}, {**base, member: refused})
    yield _of_a_layout(cast, free)
    hit = {"HITId": cast.call("CreateHIT", **free)["HIT"]["HITId"]}
    now = clock.now()
    late = now + timedelta(seconds=YEAR)
    yield Bound(
        "UpdateExpirationForHIT", "ExpireAt", "up to a year from now",
        {**hit, "ExpireAt": late}, {**hit, "ExpireAt": late + timedelta(hours=1)},
    )  # fmt: skip
    few = {"HITId": cast.call("CreateHIT", **free)["HIT"]["HITId"]}
    yield Bound(
        "CreateAdditionalAssignmentsForHIT", "NumberOfAdditionalAssignments",
        "from below 10 assignments to 9 at most",
        {**few, "NumberOfAdditionalAssignments": 8}, {**few, "NumberOfAdditionalAssignments": 1},
        MTURK + "InvalidMaximumAssignmentsIncrease", "fewer than 10",
    )  # fmt: skip
    yield Bound(
        "ListHITs", "MaxResults", "1 to 100", {"MaxResults": 100}, {"MaxResults": 101},
        "AWS.ParameterOutOfRange",
    )  # fmt: skip


def _question(size: int) -> str:
    room = size - len(words.HTML.encode())
    return words.HTML.replace("<!DOCTYPE html>", "<!DOCTYPE html>" + " " * room)


def _of_a_layout(cast: Cast, free: dict[str, Any]) -> Bound:
    project = a_project(cast.lab, layout="<p>${text}</p><input name='label'>")
    plain = {name: value for name, value in free.items() if name != "Question"}

    def filled(size: int) -> dict[str, Any]:
        values = [{"Name": "text", "Value": "x" * size}]
        return {**plain, "HITLayoutId": project.public_id, "HITLayoutParameters": values}

    around = len(cast.call("CreateHIT", **filled(0))["HIT"]["Question"].encode())
    return Bound(
        "CreateHIT", "HITLayoutParameters", "65,535 bytes once filled in",
        filled(65_535 - around), filled(65_536 - around),
    )  # fmt: skip


def _of_requirements() -> Iterator[Bound]:
    def asks(count: int, **requirement: Any) -> dict[str, Any]:
        return {**words.TERMS, "QualificationRequirements": [requirement] * count}

    number = {"QualificationTypeId": PERCENT, "Comparator": "In"}
    place = {"QualificationTypeId": LOCALE, "Comparator": "In"}
    somewhere = [{"Country": "US"}]
    one = {**number, "IntegerValues": [1]}
    for rule, taken, refused in (
        ("up to 10", asks(10, **one), asks(11, **one)),
        (
            "IntegerValues: up to 15 with In and NotIn",
            asks(1, **{**number, "IntegerValues": [1] * 15}),
            asks(1, **{**number, "IntegerValues": [1] * 16}),
        ),
        (
            "LocaleValues: up to 30 with In and NotIn",
            asks(1, **{**place, "LocaleValues": somewhere * 30}),
            asks(1, **{**place, "LocaleValues": somewhere * 31}),
        ),
        (
            "one value with the other comparators",
            asks(1, **{**place, "Comparator": "EqualTo", "LocaleValues": somewhere}),
            asks(1, **{**place, "Comparator": "EqualTo", "LocaleValues": somewhere * 2}),
        ),
        (
            "none with Exists and DoesNotExist",
            asks(1, QualificationTypeId=PERCENT, Comparator="Exists"),
            asks(1, **{**one, "Comparator": "Exists"}),
        ),
    ):
        yield Bound("CreateHITType", "QualificationRequirements", rule, taken, refused)


def _of_policies() -> Iterator[Bound]:
    free = {**words.HIT, "Reward": "0.00", "Question": words.HTML}
    known, plural = "AssignmentReviewPolicy", "HITReviewPolicy"
    for policy, key, rule, taken, refused in (
        (known, "ApproveIfKnownAnswerScoreIsAtLeast", "0 to 101", "101", "102"),
        (known, "RejectIfKnownAnswerScoreIsLessThan", "0 to 101", "0", "-1"),
        (known, "ExtendIfKnownAnswerScoreIsLessThan", "0 to 101", "101", "102"),
        (known, "ExtendMaximumAssignments", "2 …", "2", "1"),
        (known, "ExtendMaximumAssignments", "… to 25", "25", "26"),
        (known, "ExtendMinimumTimeInSeconds", "60 …", "60", "59"),
        (known, "ExtendMinimumTimeInSeconds", "… to a year", str(YEAR), str(YEAR + 1)),
        (plural, "ExtendIfHITAgreementScoreIsLessThan", "1 …", "1", "0"),
        (plural, "ExtendIfHITAgreementScoreIsLessThan", "… to 100", "100", "101"),
        (plural, "ExtendMinimumTimeInSeconds", "60 seconds to a year", "60", "59"),
    ):
        base = _EXTENDS if policy == known else words.PLURALITY

        def with_value(
            value: str, policy: str = policy, base: dict[str, Any] = base, key: str = key
        ) -> dict[str, Any]:
            kept = [each for each in base["Parameters"] if each["Key"] != key]
            return {
                **free,
                policy: {**base, "Parameters": [*kept, {"Key": key, "Values": [value]}]},
            }

        member = f"{key} of {base['PolicyName'].partition('/')[0]}"
        yield Bound(
            "CreateHIT", member, rule, with_value(taken), with_value(refused), says=key
        )  # fmt: skip


_EXTENDS: dict[str, Any] = {
    **words.KNOWN_ANSWERS,
    "Parameters": [
        *words.KNOWN_ANSWERS["Parameters"],
        {"Key": "ExtendIfKnownAnswerScoreIsLessThan", "Values": ["50"]},
    ],
}


def _of_people(cast: Cast) -> Iterator[Bound]:
    kind: dict[str, Any] = {
        "Description": "d",
        "QualificationTypeStatus": "Active",
        "Name": "Bounds",
    }
    tested: dict[str, Any] = {**kind, "Test": words.FORM, "TestDurationInSeconds": 60}
    for number, (member, rule, base, taken, refused) in enumerate(
        (
            ("Name", "1 to 200 characters", kind, "n" * 200, "n" * 201),
            ("Description", "1 to 2,000 characters", kind, "d" * 2000, "d" * 2001),
            ("Keywords", "up to 1,000 characters", kind, "k" * 1000, "k" * 1001),
            ("RetryDelayInSeconds", "0 or more", kind, 0, -1),
            ("TestDurationInSeconds", "1 or more", tested, 1, 0),
            ("Test", "up to 65,535 bytes", tested, _form(65_535), _form(65_536)),
            ("AnswerKey", "up to 65,535 bytes", tested, _key(65_535), _key(65_536)),
        )
    ):
        named = base if member == "Name" else {**base, "Name": f"Bounds {number}"}
        is_xml = member in ("Test", "AnswerKey")
        yield Bound(
            "CreateQualificationType", member, rule,
            {**named, member: taken}, {**named, member: refused},
            MTURK + ("XMLParseError" if is_xml else "InvalidParameterValue"),
            "65535" if is_xml else "",
        )  # fmt: skip
    one = cast.worker(0).public_id
    mail = {"Subject": "s", "MessageText": "m", "WorkerIds": [one]}
    many = [f"A{number:013}" for number in range(101)]
    for member, rule, taken, refused in (
        ("Subject", "1 to 200 characters", "s" * 200, "s" * 201),
        ("MessageText", "1 to 4,096 characters", "m" * 4096, "m" * 4097),
        ("WorkerIds", "1 to 100", many[:100], many),
    ):
        yield Bound(
            "NotifyWorkers", member, rule, {**mail, member: taken}, {**mail, member: refused}
        )
    block = {"WorkerId": cast.worker(5).public_id}
    yield Bound(
        "CreateWorkerBlock", "Reason", "up to 2,000 characters (ours)",
        {**block, "Reason": "r" * 2000}, {**block, "Reason": "r" * 2001},
    )  # fmt: skip
    yield from _of_money(cast)


def _of_money(cast: Cast) -> Iterator[Bound]:
    hit_id = cast.call("CreateHIT", **{**words.HIT, "MaxAssignments": 1})["HIT"]["HITId"]
    work = {"AssignmentId": cast.submits(hit_id, 6), "WorkerId": cast.worker(6).public_id}
    bonus = {**work, "Reason": "r"}
    yield Bound(
        "SendBonus", "BonusAmount", "0.01 or more",
        {**bonus, "BonusAmount": "0.01"}, {**bonus, "BonusAmount": "0.00"},
    )  # fmt: skip
    judged = {"AssignmentId": work["AssignmentId"]}
    yield Bound(
        "ApproveAssignment", "RequesterFeedback", "up to 1,024 characters",
        {**judged, "RequesterFeedback": "f" * 1024}, {**judged, "RequesterFeedback": "f" * 1025},
    )  # fmt: skip


def _form(size: int) -> str:
    return words.FORM.replace("<Overview>", " " * (size - len(words.FORM)) + "<Overview>")


def _key(size: int) -> str:
    room = " " * (size - len(words.ANSWER_KEY))
    return words.ANSWER_KEY.replace("<Question>", room + "<Question>", 1)


def table(bounds: list[Bound]) -> str:
    """A row an operation and member; what was gone to is the rule."""
    rules: dict[tuple[str, str], list[str]] = {}
    for bound in bounds:
        member = bound.member
        rules.setdefault((bound.operation, member), []).append(bound.rule)
    lines = ["| operation | member | limit | beyond it |", "|---|---|---|---|"]
    codes = {(each.operation, each.member): each.code for each in bounds}
    for (operation, member), found in rules.items():
        text = "; ".join(found).replace(" …; … ", " ")
        code = codes[operation, member].removeprefix(MTURK)
        lines.append(f"| {operation} | {member} | {text} | {code} |")
    return "\n".join(lines)
