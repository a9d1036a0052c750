"""A mutant takes the place of the code that runs: in this process, whoever imported it already."""

import inspect
import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any


class NotSwapped(Exception):
    """The change is of a kind that this can't put into a running program."""


def swap_in(name: str, code: CodeType) -> None:
    """Run the changed file beside its module, and take over what differs.

    Functions keep their identity and get the other's code, so that `from … import …` sees the
    change. Constants are replaced wherever a module has them under the same name.
    """
    module = sys.modules[name]
    fresh: dict[str, Any] = {"__name__": name, "__file__": module.__file__}
    exec(code, fresh)
    for key, new in fresh.items():
        old = module.__dict__.get(key)
        if key.startswith("__") or new is old:
            continue
        if isinstance(new, type):
            if new.__module__ == name:
                _class(old, new)
        elif isinstance(inspect.unwrap(new) if callable(new) else new, FunctionType):
            _function(old, new)
        elif _is_constant(new) and new != old:
            _constant(key, old, new)


def _is_constant(value: Any) -> bool:
    plain = (int, str, tuple, dict, frozenset)
    return isinstance(value, plain) or type(value).__module__ in ("datetime", "decimal")


def _function(old: Any, new: Any) -> None:
    old, new = inspect.unwrap(old), inspect.unwrap(new)
    if old.__code__.co_freevars != new.__code__.co_freevars:
        raise NotSwapped(old.__qualname__)
    old.__code__ = new.__code__
    old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__


def _class(old: Any, new: type) -> None:
    for key, value in vars(new).items():
        there = vars(old).get(key)
        if isinstance(value, FunctionType):
            _function(there, value)
        elif isinstance(value, property):
            _function(there.fget, value.fget)
        elif isinstance(value, int | str) and not key.startswith("__") and value != there:
            setattr(old, key, value)


def _constant(key: str, old: Any, new: Any) -> None:
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and vars(module).get(key) is old:
            setattr(module, key, new)
