"""The web server of benchmarks.mturk_api: the marketplace, in which GetAccountBalance does nothing.

What is left of that call is what every call costs: the envelope, the key, the signature.
"""

from marketplace.wsgi import application
from mturk.operation import OPERATIONS, Operation


def _nothing(_call, _given):
    return {"AvailableBalance": "0.00"}


OPERATIONS["GetAccountBalance"] = Operation(
    name="GetAccountBalance", mutates=False, carry_out=_nothing
)

__all__ = ["application"]
