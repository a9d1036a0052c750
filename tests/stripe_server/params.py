"""Checks each request's parameters against the types that the installed library carries.

`stripe.params` holds a TypedDict for each operation, generated from Stripe's own OpenAPI text.
Unknown names, wrong types and missing parameters are refused in Stripe's words. An open enum
(`Literal[…] | str`) is taken as closed, since Stripe refuses values that it doesn't know.
"""

import types
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stripe._request_options import RequestOptions

from tests.stripe_server.refusal import Refusal, unchecked

NOT_ON_THE_WIRE = frozenset(RequestOptions.__annotations__)
Given = dict[str, Any]


@cache
def _fields(shape: Any) -> dict[str, Any]:
    notes = shape.__annotations__
    own = {name: notes[name] for name in notes if name not in NOT_ON_THE_WIRE}
    place = type(shape.__name__, (), {"__annotations__": own, "__module__": shape.__module__})
    return get_type_hints(place)


def checked(given: Given, shape: Any, *, path: str = "") -> Given:
    """The parameters with their types, or a Refusal that names the one that is wrong."""
    fields = _fields(shape)
    for name in given:
        if name not in fields:
            where = _at(path, name)
            raise unchecked(
                f"Received unknown parameter: {where}", code="parameter_unknown", param=where
            )
    for name in sorted(shape.__required_keys__ & fields.keys()):
        if name not in given:
            where = _at(path, name)
            raise unchecked(
                f"Missing required param: {where}.", code="parameter_missing", param=where
            )
    return {name: _value(value, fields[name], _at(path, name)) for name, value in given.items()}


def _at(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(value: Any, hint: Any, where: str) -> Any:
    first: Refusal | None = None
    for choice in _choices(hint):
        try:
            return _one(value, choice, where)
        except Refusal as refusal:
            first = first or refusal
    assert first is not None
    raise first


def _choices(hint: Any) -> list[Any]:
    """The members of a union; `str` beside a Literal is only there for values of tomorrow."""
    if get_origin(hint) not in (Union, types.UnionType):
        return [hint]
    choices = [choice for choice in get_args(hint) if choice is not type(None)]
    named = [c for c in choices if get_origin(c) is Literal and get_args(c) != ("",)]
    return [c for c in choices if c is not str] if named else choices


def _one(value: Any, choice: Any, where: str) -> Any:
    origin = get_origin(choice)
    if origin is Literal:
        return _literal(value, get_args(choice), where)
    if origin is list:
        (inner,) = get_args(choice)
        if not isinstance(value, list):
            raise unchecked("Invalid array", code="parameter_invalid_array", param=where)
        return [_value(item, inner, f"{where}[{n}]") for n, item in enumerate(value)]
    if hasattr(choice, "__required_keys__"):
        return checked(_object(value, where), choice, path=where)
    if choice in _PLAIN:
        return _plain(value, choice, where)
    return {name: _plain(item, str, where) for name, item in _object(value, where).items()}


def _object(value: Any, where: str) -> Given:
    if not isinstance(value, dict):
        raise unchecked("Invalid object", code="parameter_invalid_object", param=where)
    return value


def _literal(value: Any, known: tuple[Any, ...], where: str) -> Any:
    if value in known:
        return value
    words = ", ".join(str(word) for word in known)
    raise unchecked(
        f"Invalid {where}: must be one of {words}", code="parameter_invalid_enum", param=where
    )


_PLAIN = (str, int, bool, float)


def _plain(value: Any, kind: type, where: str) -> Any:
    if not isinstance(value, str):
        raise unchecked("Invalid string", code="parameter_invalid_string", param=where)
    if value == "":
        raise unchecked(
            f"You passed an empty string for '{where}'. We assume empty values are an attempt to "
            f"unset a field; however '{where}' cannot be unset. You should remove '{where}' from "
            "your request or supply a non-empty value.",
            code="parameter_invalid_empty",
            param=where,
        )
    if kind is int:
        if not value.removeprefix("-").isdecimal():
            raise unchecked(
                f"Invalid integer: {value}", code="parameter_invalid_integer", param=where
            )
        return int(value)
    if kind is bool:
        if value not in ("true", "false"):
            raise unchecked(
                f"Invalid boolean: {value}", code="parameter_invalid_boolean", param=where
            )
        return value == "true"
    return value
