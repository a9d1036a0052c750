"""The answers that 164 people gave to 800 pairs of sentences, as the data's own files have them."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FILES = ("tasks.csv", "answers.csv", "truth.csv")
COLUMNS = ("item_id", "text", "hypothesis")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Pairs in the file's order; what each worker said of which; what is true."""

    pairs: Sequence[Mapping[str, str]]
    by_worker: Mapping[str, Sequence[tuple[str, str]]]
    truth: Mapping[str, str]

    @property
    def count(self) -> int:
        """How many answers there are in all."""
        return sum(len(said) for said in self.by_worker.values())

    @property
    def per_pair(self) -> int:
        """Answers to each pair."""
        return self.count // len(self.pairs)


def is_there(folder: Path) -> bool:
    """Whether the data lies in this folder; it is never part of the checkout."""
    return all((folder / name).is_file() for name in FILES)


def read(folder: Path, *, items: int | None = None) -> Answers:
    """The first `items` pairs, or all, with every answer to them."""
    pairs = _rows(folder / "tasks.csv")[:items]
    kept = {pair["item_id"] for pair in pairs}
    by_worker: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in _rows(folder / "answers.csv"):
        if row["item_id"] in kept:
            by_worker[row["worker"]].append((row["item_id"], row["entails"]))
    truth = {row["item_id"]: row["entails"] for row in _rows(folder / "truth.csv")}
    return Answers(pairs=pairs, by_worker=by_worker, truth={item: truth[item] for item in kept})


def upload_of(pairs: Sequence[Mapping[str, str]]) -> bytes:
    """The CSV file that the requester uploads."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(pairs)
    return text.getvalue().encode()


def right_by_majority(votes: Mapping[str, Sequence[str]], truth: Mapping[str, str]) -> int:
    """On how many items the majority is right; a tie counts as 0."""
    return sum(
        ("1" if 2 * said.count("1") > len(said) else "0") == truth[item]
        for item, said in votes.items()
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
