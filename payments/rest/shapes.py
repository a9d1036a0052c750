"""What the API says about money. Amounts are whole cents."""

from rest_framework import serializers

from marketplace.rest.fields import Cents
from payments.states import DepositStatus, OutStatus


class BalanceOut(serializers.Serializer):
    """What a requester can spend. Money held for published work is not in it."""

    currency = serializers.CharField()
    available_cents = serializers.IntegerField()


class DepositIn(serializers.Serializer):
    """How much to add."""

    amount_cents = Cents(min_value=1)


class DepositOut(serializers.Serializer):
    """Money on its way in; it counts once it is settled."""

    id = serializers.UUIDField(source="public_id")
    amount_cents = serializers.IntegerField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=DepositStatus.choices)
    failure = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class LineOut(serializers.Serializer):
    """One movement of money; negative where it went out."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    reference = serializers.CharField(help_text="The id of what it was for.")
    note = serializers.CharField(allow_blank=True)
    amount_cents = serializers.IntegerField()


class EarningsOut(serializers.Serializer):
    """A worker's money."""

    currency = serializers.CharField()
    available_cents = serializers.IntegerField(help_text="Can be paid out now.")
    in_payout_cents = serializers.IntegerField(help_text="On its way.")
    paid_cents = serializers.IntegerField(help_text="Paid out so far.")


class PayoutIn(serializers.Serializer):
    """How much to pay out; all that is available, unless said."""

    amount_cents = Cents(min_value=1, required=False)


class PayoutOut(serializers.Serializer):
    """Money on its way out."""

    id = serializers.UUIDField(source="public_id")
    amount_cents = serializers.IntegerField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=OutStatus.choices)
    failure = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
