"""HITs with the answers that count, read one HIT at a time; and what is left out, with why."""

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Q, QuerySet

from marketplace.errors import InvalidInput
from tasks.annotations import given, kinds
from tasks.annotations.elements import Element
from tasks.annotations.kinds import Given, Unfit
from tasks.models import HIT, Assignment
from tasks.queries.results import after
from tasks.results.cells import guarded
from tasks.results.exports.classes import Classes
from tasks.results.exports.source import line_of
from tasks.results.pages import elements_of
from tasks.states import AssignmentStatus

CHUNK = 100
KEPT_IN_MEMORY = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One answer that counts: as it was sent, and as its element was read."""

    assignment: Assignment
    sent: Any
    given: Given


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """A HIT with its answers that count, at least one."""

    hit: HIT
    element: Element
    line: str
    answers: list[Answered]

    @property
    def address(self) -> str:
        """Of what it is about: its `source-ref`."""
        return str(json.loads(self.line).get("source-ref", ""))

    @property
    def finished_at(self) -> datetime:
        """When the last of its answers was submitted."""
        return max(a.assignment.submitted_at for a in self.answers if a.assignment.submitted_at)


def counting(assignments: QuerySet[Assignment], *, only_approved: bool) -> QuerySet[Assignment]:
    """Those whose answers count: the approved ones, or also those that wait for a review."""
    wanted = Q(status=AssignmentStatus.APPROVED)
    if not only_approved:
        wanted |= Q(status=AssignmentStatus.SUBMITTED)
    found = assignments.filter(wanted).select_related("hit", "hit__question", "worker")
    return found.order_by("hit_id", "id")


@dataclass(kw_only=True)
class Export:
    """One export on its way: what goes in, the labels met, and what was left out."""

    assignments: QuerySet[Assignment]
    element_name: str
    label_name: str
    job_name: str
    classes: Classes = field(default_factory=Classes)
    left_out: "LeftOut" = field(default_factory=lambda: LeftOut())

    def hits(self) -> Iterator[Labelled]:
        """HIT by HIT, in the order of the batch. An answer that can't be read is left out."""
        for _hit, assignments in groupby(self._pages(), key=lambda assignment: assignment.hit_id):
            labelled = self._labelled(list(assignments))
            if labelled is not None:
                yield labelled

    def _pages(self) -> Iterator[Assignment]:
        key = (0, 0)
        while chunk := list(after(self.assignments, key)[:CHUNK]):
            yield from chunk
            key = (chunk[-1].hit_id, chunk[-1].pk)

    def _labelled(self, assignments: list[Assignment]) -> Labelled | None:
        hit = assignments[0].hit
        try:
            element = next((e for e in elements_of(hit) if e.name == self.element_name), None)
        except InvalidInput as error:
            self.left_out.add(hit, None, f"The HIT's page can't be made: {error}")
            return None
        if element is None:
            self.left_out.add(hit, None, f"This HIT's page has no element “{self.element_name}”.")
            return None
        self.classes.learn(label.name for label in element.labels)
        answers = []
        for assignment in assignments:
            sent = given.take(given.values_of(assignment.answer), element.name)
            try:
                answers.append(
                    Answered(assignment=assignment, sent=sent, given=kinds.read(element, sent))
                )
            except Unfit as why:
                self.left_out.add(hit, assignment, str(why))
        if not answers:
            return None
        return Labelled(hit=hit, element=element, line=line_of(hit, element), answers=answers)


class LeftOut:
    """What isn't in the export: a CSV file with a line for each, and why."""

    name = "left-out.csv"

    def __init__(self) -> None:
        self.count = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115
        self._write("HITId", "AssignmentId", "WorkerId", "Why")

    def add(self, hit: HIT, assignment: Assignment | None, why: str) -> None:
        """Note an answer, or without one the whole HIT."""
        who = (assignment.public_id, assignment.worker.public_id) if assignment else ("", "")
        self.count += 1
        self._write(hit.public_id, *who, guarded(why))

    def content(self) -> Iterator[bytes]:
        """The file, in blocks."""
        yield from blocks(self._file)

    def _write(self, *cells: str) -> None:
        text = io.StringIO()
        csv.writer(text).writerow(cells)
        self._file.write(text.getvalue().encode())


def blocks(file: Any) -> Iterator[bytes]:
    """A temporary file's bytes from its start, in blocks."""
    file.seek(0)
    while block := file.read(64 * 1024):
        yield block


def file_stem(address: str, otherwise: str) -> str:
    """The file's name without its kind, from its address; safe as a name in any folder."""
    last = address.split("?")[0].split("#")[0].rstrip("/").rsplit("/", 1)[-1].removeprefix("file:")
    stem = re.sub(r"[^\w.\- ]+", "_", last.rsplit(".", 1)[0] if "." in last else last).strip(" .")
    return stem[:120] or otherwise


def file_kind(address: str) -> str:
    """The end of the file's name with its full stop, where it has one; else ".jpg"."""
    found = re.search(r"\.[A-Za-z0-9]{1,5}\Z", address.split("?")[0].split("#")[0])
    return found[0] if found else ".jpg"


class Names:
    """File names for HITs' images: the image's own, with the HIT's id where two have one."""

    def __init__(self) -> None:
        self._used: set[int] = set()

    def stem(self, labelled: Labelled) -> str:
        """A name that no other HIT of this export has."""
        hit = labelled.hit.public_id
        stem = file_stem(labelled.address, hit)
        key = hash(stem.lower())
        if key in self._used:
            return f"{stem}-{hit}"
        self._used.add(key)
        return stem
