"""What people do, on Stripe's pages and at their banks: the part of Stripe that has no API."""

from dataclasses import dataclass
from typing import Any

from tests.stripe_server import accounts, methods, payments, refunds, transfers
from tests.stripe_server.balance import booked
from tests.stripe_server.world import Thing, World


@dataclass
class Hands:
    """Each takes ids, as the pages' addresses carry them."""

    world: World

    def pays(self, session_id: str, *, by: str = "card", outcome: str = "succeeds") -> None:
        """Somebody pays on a Checkout page. A declined card leaves the page open."""
        with self.world.lock:
            self.world.catch_up()
            session = self.world.things[session_id]
            assert session["status"] == "open", session["status"]
            asked = session["_asked"].get("payment_intent_data", {})
            if session["payment_intent"] is None:
                intent = payments.intent_of(
                    self.world,
                    cents=session["amount_total"],
                    currency=session["currency"],
                    asked={"customer": session["customer"], **asked},
                )
                session["payment_intent"] = intent["id"]
            intent = self.world.things[session["payment_intent"]]
            saved = session["customer"] if "setup_future_usage" in asked else None
            method = methods.method_of(self.world, by, saved, outcome)
            payments.charge_now(self.world, intent, method)
            if intent["status"] != "requires_payment_method":
                session.update(status="complete", url=None)
                self.world.emit("checkout.session.completed", session)

    def saves_a_method(
        self, session_id: str, *, by: str = "card", outcome: str = "succeeds", **said: Any
    ) -> str:
        """Somebody saves a method on a Checkout page in setup mode; the method's id. `said` is
        what becomes of the setup, where it is not saved at once: status="requires_action", …"""
        with self.world.lock:
            session = self.world.things[session_id]
            assert session["status"] == "open", session["status"]
            is_saved = said.get("status", "succeeded") == "succeeded"
            customer = session["customer"] if is_saved else None
            method = methods.method_of(self.world, by, customer, outcome)
            setup = self.world.things[session["setup_intent"]]
            setup.update({"status": "succeeded", "payment_method": method["id"], **said})
            session.update(status="complete", url=None)
            if is_saved:
                self.world.emit("setup_intent.succeeded", setup)
            self.world.emit("checkout.session.completed", session)
            return str(method["id"])

    def verifies(self, session_id: str) -> None:
        """The amounts that Stripe sent to a bank account are told back: now it is saved."""
        with self.world.lock:
            session = self.world.things[session_id]
            setup = self.world.things[session["setup_intent"]]
            setup.update(status="succeeded", next_action=None)
            self.world.things[setup["payment_method"]]["customer"] = session["customer"]
            self.world.emit("setup_intent.succeeded", setup)

    def renews(self, method_id: str, **card: Any) -> None:
        """A card's bank sends a new one, and tells Stripe."""
        with self.world.lock:
            method = self.world.things[method_id]
            method["card"].update(card)
            self.world.emit("payment_method.automatically_updated", method)

    def onboards(self, account_id: str, *, fingerprint: str = "bank-of-6789") -> None:
        """A payee tells Stripe everything it asks for."""
        self._settle(account_id, [], None, fingerprint)

    def breaks_off(self, account_id: str) -> None:
        """A payee leaves Stripe's pages halfway."""
        self._settle(account_id, ["external_account"], "requirements.past_due", None)

    def is_asked_for_more(self, account_id: str, *due: str) -> None:
        """Stripe wants to see something, and stops until it has."""
        self._settle(
            account_id,
            list(due) or ["individual.verification.document"],
            "requirements.past_due",
            None,
        )

    def is_refused(self, account_id: str) -> None:
        """Stripe closes the account to transfers."""
        self._settle(account_id, [], "rejected.fraud", None)

    def _settle(
        self, account_id: str, due: list[str], disabled: str | None, fingerprint: str | None
    ) -> None:
        with self.world.lock:
            account = self.world.things[account_id]
            account["details_submitted"] = account["details_submitted"] or not due
            account["requirements"] = accounts.requirements(due, disabled)
            if fingerprint:
                accounts.bank(self.world, account, fingerprint)
            accounts.weigh(account)
            self.world.emit("account.updated", account, account=account_id)

    def leaves(self, account_id: str) -> None:
        """A payee takes the platform's access away."""
        with self.world.lock:
            self.world.things[account_id]["_is_gone"] = True
            application = {"id": "ca_platform", "object": "application"}
            self.world.emit("account.application.deauthorized", application, account=account_id)

    def tops_up(self, cents: int, currency: str = "usd") -> Thing:
        """The operator adds to the platform's balance, from its bank: available at once."""
        with self.world.lock:
            made = self.world.make(
                "tu", "topup", amount=cents, currency=currency, status="succeeded"
            )
            booked(self.world, "topup", made, cents=cents)
            self.world.emit("topup.succeeded", made)
            return made

    def pays_out(self, cents: int, currency: str = "usd", *, fee: int = 0) -> Thing:
        """The operator, or Stripe's schedule, pays the platform's balance out to its bank."""
        with self.world.lock:
            made = self.world.make(
                "po", "payout", amount=cents, currency=currency, status="pending", metadata={}
            )
            booked(self.world, "payout", made, cents=-cents, fee=fee)
            self.world.emit("payout.created", made)
            return made

    def writes(self, kind: str, cents: int, *, category: str = "", currency: str = "usd") -> Thing:
        """Stripe books something of its own accord: a fee, a reserve, an adjustment."""
        with self.world.lock:
            return booked(
                *(self.world, kind, None), cents=cents, category=category, currency=currency
            )

    def rewrites(self, source_id: str, cents: int) -> None:
        """Something that never happens, and that reconciliation is for: the line of this object
        says another amount."""
        with self.world.lock:
            txn = self._line_of(source_id)
            self.world.funds[txn["_account"], txn["currency"], txn["status"]] += (
                cents - txn["amount"]
            )
            txn.update(amount=cents, net=cents - txn["fee"])

    def loses(self, source_id: str) -> None:
        """As above: the line of this object is gone, and its money is where it was."""
        with self.world.lock:
            self.rewrites(source_id, self._line_of(source_id)["fee"])
            txn = self._line_of(source_id)
            self.world.kinds["balance_transaction", txn["_account"]].remove(txn)

    def _line_of(self, source_id: str) -> Thing:
        return next(t for t in self.world.of("balance_transaction") if t["source"] == source_id)

    def disputes(
        self, charge_id: str, *, reason: str = "fraudulent", status: str = "needs_response"
    ) -> str:
        """A payer's bank takes the money back; the dispute's id. `lost` for one without appeal, as
        a bank debit's are; `warning_needs_response` where the bank only asks."""
        with self.world.lock:
            charge = self.world.things[charge_id]
            return str(refunds.open_dispute(self.world, charge, reason, status)["id"])

    def escalates(self, dispute_id: str) -> None:
        """A bank that asked takes the money back."""
        with self.world.lock:
            refunds.escalate(self.world, self.world.things[dispute_id])

    def ends_dispute(self, dispute_id: str, status: str) -> None:
        """`won`, `lost` or `warning_closed`, from the platform's side."""
        with self.world.lock:
            refunds.close_dispute(self.world, self.world.things[dispute_id], status)

    def refund_comes_back(self, refund_id: str) -> None:
        """A payer's bank doesn't take a refund."""
        with self.world.lock:
            refunds.fail(self.world, self.world.things[refund_id])

    def payout_comes_back(self, payout_id: str) -> None:
        """A payee's bank doesn't take a payout."""
        with self.world.lock:
            transfers.bounce(self.world, self.world.things[payout_id])
