"""The ledger's tables, and the intents to move money in and out."""

from payments.models.account import Account, AccountKind
from payments.models.balance_transaction import BalanceTransaction
from payments.models.deposit import Deposit
from payments.models.dispute import Dispute
from payments.models.gateway_event import GatewayEvent, GatewayPoll
from payments.models.incident import Incident
from payments.models.invoice import Billing, Invoice, InvoiceRun
from payments.models.payee import Payee
from payments.models.payout import Payout, PayoutSettings
from payments.models.payout_batch import PayoutBatch
from payments.models.play_money import PlayCharge, PlayMethod, PlayPayout, PlaySetup
from payments.models.reconciliation import BooksReading, Reconciliation
from payments.models.refund import Refund
from payments.models.saved_method import MethodSetup, Payer, SavedMethod
from payments.models.top_up import TopUp
from payments.models.transfer import Reason, Transfer

__all__ = [
    "Account",
    "AccountKind",
    "BalanceTransaction",
    "Billing",
    "BooksReading",
    "Deposit",
    "Dispute",
    "GatewayEvent",
    "GatewayPoll",
    "Incident",
    "Invoice",
    "InvoiceRun",
    "MethodSetup",
    "Payee",
    "Payer",
    "Payout",
    "PayoutBatch",
    "PayoutSettings",
    "PlayCharge",
    "PlayMethod",
    "PlayPayout",
    "PlaySetup",
    "Reason",
    "Reconciliation",
    "Refund",
    "SavedMethod",
    "TopUp",
    "Transfer",
]
