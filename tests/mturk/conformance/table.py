"""The conformance table of docs/mturk-api.md, made from what was seen."""

from collections.abc import Mapping
from pathlib import Path

from tests.mturk.conformance.recorder import Recorder, members

START, END = "<!-- conformance table -->", "<!-- end of the conformance table -->"
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "mturk-api.md"


Reasons = Mapping[str, Mapping[str, str]]


def table(recorder: Recorder, never: Mapping[str, Reasons]) -> str:
    """A row an operation: members sent and returned of all, and what it was refused with.

    Below it why some members are `never` sent or returned: {what: {operation: {member: why}}}.
    """
    lines = [
        "| operation | members sent | members returned | refusals provoked |",
        "|---|---|---|---|",
    ]
    for name in sorted(recorder.model.operation_names):
        operation, seen = recorder.operation(name), recorder.seen[name]
        asked = len(set(members(operation.input_shape)))
        given = len(set(members(operation.output_shape)))
        sent = asked - len(recorder.not_sent(name))
        returned = given - len(recorder.not_returned(name))
        codes = ", ".join(sorted(code.removeprefix("AWS.MechanicalTurk.") for code in seen.refused))
        lines.append(f"| {name} | {sent} of {asked} | {returned} of {given} | {codes} |")
    lines.append("")
    for what, reasons in never.items():
        for name, members_of in reasons.items():
            for why in dict.fromkeys(members_of.values()):
                silent = ", ".join(f"`{m}`" for m, reason in members_of.items() if reason == why)
                lines.append(f"- {name}, never {what}: {silent}: {why}.")
    return "\n".join(lines)


def written() -> str:
    """The table as the document has it."""
    text = DOCUMENT.read_text()
    return text.partition(START)[2].partition(END)[0].strip()


def write(new: str) -> None:
    """Put the table into the document."""
    before, _start, rest = DOCUMENT.read_text().partition(START)
    DOCUMENT.write_text(f"{before}{START}\n\n{new}\n\n{END}{rest.partition(END)[2]}")
