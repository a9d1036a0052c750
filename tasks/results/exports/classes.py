"""Labels and their numbers: in the order of the task, and the same throughout one export."""

from collections.abc import Iterable


class Classes:
    """Numbers from 0 on, given out as labels are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def learn(self, labels: Iterable[str]) -> None:
        """Number these, in their order, where they have no number yet."""
        for label in labels:
            self._numbers.setdefault(label, len(self._numbers))

    def number(self, label: str) -> int:
        """The label's number, given out now if it is new."""
        return self._numbers.setdefault(label, len(self._numbers))

    @property
    def names(self) -> list[str]:
        """All labels, by number."""
        return list(self._numbers)
