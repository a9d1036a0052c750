"""The replay itself, over HTTP: post, work, approve, pay out, download."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from benchmarks.rte import data, proof
from benchmarks.rte.cast import Hand, make_hands, make_owner
from benchmarks.rte.http import Browser, Program, Refused, Timings
from marketplace import clock

RIGHT = 735  # of all 800, by majority with ties to 0: what the data's authors' answers give
APPROVED_AT_ONCE = 50
LAYOUT = """
<p>${text}</p>
<p><strong>${hypothesis}</strong></p>
<fieldset><legend>Does the second follow from the first?</legend>
<label><input type="radio" name="entails" value="1" required> Yes</label>
<label><input type="radio" name="entails" value="0"> No</label></fieldset>
"""


def known_address(var: Path) -> str:
    """Where the marketplace on this folder's data answers."""
    return str(json.loads((var / "demo.json").read_text())["base_url"])


class Replay:
    """One run. `working_seconds` is how long accepting and submitting took, all in all."""

    def __init__(
        self, base_url: str, answers: data.Answers, *, at_once: int, reward_cents: int
    ) -> None:
        self.answers = answers
        self.at_once = at_once
        self.timings = Timings()
        self.working_seconds = 0.0
        self._base_url = base_url
        self._reward_cents = reward_cents
        self._owner = make_owner(at=clock.now())
        self._hands = make_hands(sorted(answers.by_worker), at=clock.now())
        self._program = self._program_of(self._owner.token)
        self._browser = Browser(base_url, self.timings)
        self._batch = 0
        self._results = ""

    def do_everything(self) -> None:
        """All steps, in order."""
        self._fund()
        self._sign_in()
        self._publish(self._make_project())
        self._work()
        self._approve()
        self._pay_out()
        self._download()

    def checks(self, *, is_alone: bool, is_whole: bool) -> Iterator[proof.Check]:
        """What must hold now."""
        ids = {hand.name: hand.worker_id for hand in self._hands}
        yield from proof.of_books(self._batch, self.answers, self._reward_cents)
        yield proof.of_payouts(list(ids.values()), self.answers, self._reward_cents)
        if is_alone:
            yield from proof.of_everything(len(self._hands), len(self.answers.pairs), self.answers)
        right = RIGHT if is_whole else None
        yield from proof.of_file(self._results, self.answers, ids, right)

    def _program_of(self, token: str) -> Program:
        return Program(self._base_url, token, self.timings)

    def _until(self, step: str, look: Callable[[], Any], is_done: Callable[[Any], bool]) -> Any:
        """Look until it is done; the time from now to then counts as the step's."""
        since = time.perf_counter()
        while not is_done(found := look()):
            if time.perf_counter() - since > 600:
                raise Refused(f"{step} was not done within ten minutes: {found}")
            time.sleep(0.1)
        self.timings.took(step, since)
        return found

    def _fund(self) -> None:
        cents = self.answers.count * self._reward_cents
        deposit = self._program.ask("POST", "deposits", {"amount_cents": max(cents, 100)})
        self._until(
            "settle",
            lambda: self._program.ask("GET", f"deposits/{deposit['id']}"),
            lambda found: found["status"] == "settled",
        )

    def _sign_in(self) -> None:
        person = {"login": self._owner.email, "password": self._owner.password}
        self._browser.send("/accounts/login/", person)

    def _make_project(self) -> str:
        made = self._program.ask(
            "POST",
            "projects",
            {
                "name": "Recognising textual entailment",
                "title": "Does the second sentence follow from the first?",
                "description": "Read two texts and say whether the second follows.",
                "reward_cents": self._reward_cents,
                "max_assignments": self.answers.per_pair,
                "layout": LAYOUT,
            },
        )
        return str(made["id"])

    def _publish(self, project: str) -> None:
        file = ("pairs.csv", data.upload_of(self.answers.pairs))
        led_to = self._browser.send(
            f"/requester/projects/{project}/upload/", {"name": "Replay"}, step="upload", file=file
        )
        self._batch = int(led_to.rstrip("/").rsplit("/", 1)[1])
        look = self._look_at_batch
        checked = self._until("check", look, lambda batch: batch["status"] != "checking")
        if checked["status"] != "checked":
            raise Refused(f"the file was refused: {checked['problems'][:3]}")
        self._browser.send(
            f"/requester/batches/{self._batch}/publish/",
            {"confirmed_cents": str(checked["cost"]["total_cents"])},
            step="publish",
        )
        self._until("published", look, lambda batch: batch["status"] == "published")

    def _look_at_batch(self) -> Any:
        return self._program.ask("GET", f"batches/{self._batch}")

    def _work(self) -> None:
        """Every worker in turn, `at_once` of them at a time, those with most to do first."""
        hits = {
            hit["inputs"]["item_id"]: hit["id"]
            for hit in self._program.every(f"batches/{self._batch}/hits")
        }
        said = self.answers.by_worker
        todo: SimpleQueue[Hand] = SimpleQueue()
        for hand in sorted(self._hands, key=lambda hand: -len(said[hand.name])):
            todo.put(hand)
        since = time.perf_counter()
        self._all_at_once(todo, lambda hand: self._work_as(hand, hits))
        self.working_seconds = time.perf_counter() - since

    def _work_as(self, hand: Hand, hits: dict[str, str]) -> None:
        program = self._program_of(hand.token)
        for item, answer in self.answers.by_worker[hand.name]:
            taken = program.ask("POST", f"hits/{hits[item]}/accept", step="accept")
            program.ask(
                "POST",
                f"my/assignments/{taken['id']}/submit",
                {"answer": {"entails": answer}},
                step="submit",
            )
        program.close()

    def _all_at_once(self, todo: SimpleQueue[Hand], act: Callable[[Hand], None]) -> None:
        """Empty the queue with `at_once` threads; the first trouble ends it and is raised."""
        troubles: list[BaseException] = []

        def go() -> None:
            while not troubles:
                try:
                    act(todo.get_nowait())
                except Empty:
                    return
                except BaseException as error:
                    troubles.append(error)

        threads = [threading.Thread(target=go) for _ in range(self.at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if troubles:
            raise troubles[0]

    def _approve(self) -> None:
        submitted = self._program.every(f"batches/{self._batch}/assignments?status=Submitted")
        ids = [row["id"] for row in submitted]
        for start in range(0, len(ids), APPROVED_AT_ONCE):
            told = self._program.ask(
                "POST",
                "assignments/approve",
                {"assignment_ids": ids[start : start + APPROVED_AT_ONCE]},
                step="approve",
            )
            if told["refused"]:
                raise Refused(f"not approved: {told['refused'][:3]}")

    def _pay_out(self) -> None:
        payouts: dict[str, str] = {}
        for hand in self._hands:
            program = self._program_of(hand.token)
            payouts[hand.token] = program.ask("POST", "my/payouts", {}, step="payout")["id"]
            program.close()
        waiting = dict(payouts)

        def look() -> dict[str, str]:
            for token, payout in list(waiting.items()):
                program = self._program_of(token)
                status = program.ask("GET", f"my/payouts/{payout}")["status"]
                program.close()
                if status == "failed":
                    raise Refused(f"payout {payout} failed")
                if status != "sent":
                    break
                del waiting[token]
            return waiting

        self._until("sent", look, lambda left: not left)

    def _download(self) -> None:
        path = f"/requester/batches/{self._batch}/results.csv?raw=1"
        self._results = self._browser.get(path, step="download")
        self._browser.close()
        self._program.close()
