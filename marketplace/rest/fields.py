"""Parts that the shapes of several apps are made of."""

from rest_framework import serializers

from marketplace.money import MAX_CENTS

MOST_CENTS = MAX_CENTS


class Cents(serializers.IntegerField):
    """An amount of money, in cents."""

    def __init__(self, **options: object) -> None:
        options.setdefault("min_value", 0)
        options.setdefault("max_value", MOST_CENTS)
        super().__init__(**options)  # type: ignore[arg-type]


class Seconds(serializers.IntegerField):
    """A length of time, in seconds."""

    def __init__(self, **options: object) -> None:
        options.setdefault("min_value", 0)
        options.setdefault("max_value", 2**31 - 1)
        super().__init__(**options)  # type: ignore[arg-type]


class Nothing(serializers.Serializer):
    """An empty body."""


class PartyOut(serializers.Serializer):
    """A requester or a worker, by the id and the name that others see."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
