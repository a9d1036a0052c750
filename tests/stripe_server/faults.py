"""What goes wrong on the way, one call at a time, or a share of all calls by seed.

    limited       429 with Retry-After, before the idempotency key is looked at
    conflict      429 lock_timeout: the object is touched by somebody else; nothing is kept
    error_before  500, nothing was done; the key keeps the 500
    error_after   500 though it was carried out; the key keeps the 500
    lost_before   the connection closes, nothing was done
    lost_after    the connection closes after it was carried out
    refused       400, whatever was asked; nothing was done
    slow          carried out after a while, so that a second call finds it in progress
    timeout       carried out, and the connection stays open without an answer

By seed, what happens to a call depends on its path, its key and how often it was made, and on
nothing else: the same seed does the same again, whatever else runs at the time.
"""

import random
from collections import Counter
from dataclasses import dataclass, field

QUICK = ("limited", "conflict", "error_before", "error_after", "lost_before", "lost_after")
KINDS = (*QUICK, "refused", "slow", "timeout")


@dataclass
class Faults:
    """Chooses what happens to each call."""

    seed: int = 0
    share: float = 0.0
    kinds: tuple[str, ...] = QUICK
    """What may happen by seed; what is named more often happens more often."""
    paths: str = ""
    planned: list[tuple[str, str]] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    _seen: Counter[str] = field(default_factory=Counter)

    def next(self, *kinds: str, path: str = "") -> None:
        """Let this happen to the next calls (of paths that contain `path`), in this order."""
        assert all(kind in (*KINDS, "none") for kind in kinds), kinds
        self.planned += [(kind, path) for kind in kinds]

    def of(self, method: str, path: str, key: str) -> str:
        """What happens to this call; "" for nothing."""
        chosen = self._planned(path) or self._by_seed(method, path, key)
        chosen = "" if chosen == "none" else chosen
        self.counted[chosen] += 1
        return chosen

    def _planned(self, path: str) -> str:
        for number, (kind, where) in enumerate(self.planned):
            if where in path:
                del self.planned[number]
                return kind
        return ""

    def _by_seed(self, method: str, path: str, key: str) -> str:
        if not self.share or self.paths not in path:
            return ""
        call = f"{method} {path} {key}"
        self._seen[call] += 1
        dice = random.Random(f"{self.seed} {call} {self._seen[call]}")
        return dice.choice(self.kinds) if dice.random() < self.share else ""
