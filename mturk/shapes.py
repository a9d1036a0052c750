"""Requests and answers, by botocore's own model of the service.

botocore checks required members, types and least lengths before it sends; programs that sign by
hand check nothing. Everything is checked here: also patterns, words and most lengths.
"""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

from mturk.faults import MISSING, OUT_OF_RANGE, Fault, InvalidParameter

SHOWN = 100
"""Characters of a wrong value that an error repeats."""

_WHOLE = {"integer": 2**31, "long": 2**63}


@cache
def service() -> ServiceModel:
    """The service's model, read from botocore's data once a process."""
    return botocore.session.Session().get_service_model("mturk")


@cache
def operation_model(name: str) -> OperationModel:
    """One operation's model. Raises botocore's OperationNotFoundError."""
    return service().operation_model(name)


def given(operation: str, body: Any) -> dict[str, Any]:
    """The request's members, checked and converted: timestamps to aware datetimes, null left
    out, members that the model doesn't know left out as Amazon does.

    Raises Fault: SerializationException for a wrong type, ParameterValidationError for a value.
    """
    shape = operation_model(operation).input_shape
    if not isinstance(body, dict):
        raise _wrong_type("The body", "a JSON object")
    return {} if shape is None else _structure(shape, body, "")


_PLAIN = (str, int, bool)


def answer(value: Any) -> Any:
    """What an operation returned, as JSON has it: epoch seconds for times, no null members."""
    if isinstance(value, dict):
        return {
            name: each if type(each) in _PLAIN else answer(each)
            for name, each in value.items()
            if each is not None
        }
    if isinstance(value, list):
        return [answer(each) for each in value]
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    return value


def _structure(shape: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(path, "an object")
    found = {}
    for name, member in shape.members.items():
        inner = f"{path}.{name}" if path else name
        if (sent := value.get(name)) is not None:
            found[name] = _value(member, sent, inner)
        elif name in shape.required_members:
            message = f"Your request is missing required parameters. The value for {inner} is null."
            raise InvalidParameter(message, parameter=inner, code=MISSING)
    return found


def _value(shape: Shape, value: Any, path: str) -> Any:
    match shape.type_name:
        case "structure":
            return _structure(shape, value, path)
        case "list":
            return _list(shape, value, path)
        case "string":
            return _text(shape, value, path)
        case "boolean":
            if not isinstance(value, bool):
                raise _wrong_type(path, "true or false")
            return value
        case "timestamp":
            return _time(value, path)
        case _:
            return _whole(shape, value, path)


def _list(shape: Any, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong_type(path, "a list")
    _check_size(shape, len(value), "items", path)
    if any(each is None for each in value):
        raise _wrong_type(path, "a list without nulls")
    return [_value(shape.member, each, f"{path}.{n}") for n, each in enumerate(value, start=1)]


def _text(shape: Shape, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong_type(path, "a string")
    if "\0" in value:
        raise InvalidParameter(f"The parameter {path} has a NUL character in it.", parameter=path)
    if not value.isascii() and not _is_unicode(value):
        message = f"The parameter {path} has half of a surrogate pair in it: that is no text."
        raise InvalidParameter(message, parameter=path)
    _check_size(shape, len(value), "characters", path)
    words = shape.metadata.get("enum")
    pattern = shape.metadata.get("pattern")
    if (words and value not in words) or (pattern and not _matches(pattern, value)):
        wanted = f"It is one of: {', '.join(words)}." if words else f"It has to match {pattern}."
        message = f'The value "{value[:SHOWN]}" is not valid for the parameter {path}. {wanted}'
        raise InvalidParameter(message, parameter=path)
    return value


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _matches(pattern: str, value: str) -> bool:
    """By the model's pattern, whose $ must not let a line break through as Python's does."""
    return re.fullmatch(pattern.removesuffix("$"), value) is not None


def _check_size(shape: Shape, size: int, unit: str, path: str) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        wanted = f"{least or 0} to {most}" if most is not None else f"at least {least}"
        message = f"The parameter {path} has {wanted} {unit}; this has {size:,}."
        raise InvalidParameter(message, parameter=path)


def _whole(shape: Shape, value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(path, "a whole number")
    bound = _WHOLE[shape.type_name]
    least, most = shape.metadata.get("min", -bound), shape.metadata.get("max", bound - 1)
    if not least <= value <= most:
        shown = value if abs(value) < 2**64 else "a number of many digits"
        message = (
            f'The value "{shown}" is not valid for the parameter {path}. It is {least} to {most}.'
        )
        raise InvalidParameter(message, parameter=path, code=OUT_OF_RANGE)
    return value


def _time(value: Any, path: str) -> datetime:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _wrong_type(path, "a time in epoch seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        message = f"The value for the parameter {path} is no time between the years 1 and 9999."
        raise InvalidParameter(message, parameter=path, code=OUT_OF_RANGE) from None


def _wrong_type(path: str, wanted: str) -> Fault:
    return Fault("SerializationException", f"{path} has to be {wanted}.")
