"""How rows, manifests and layouts name a project's files: `file:cat.jpg`.

A value that is nothing else names a file, and so does one in double quotes within a longer text:
a list in JSON, an attribute in HTML. What is shown has the file's address in its place; what is
stored and exported keeps the name.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse

from tasks.batch_file import Problem
from tasks.models import Batch, BatchFile, Project, ProjectFile
from tasks.queries.files import THERE, keys_by_name

PREFIX = "file:"
_WHOLE = re.compile(r"\s*file:([^\s/\"'<>][^\"'<>\r\n]{0,199})\s*\Z")
_QUOTED = re.compile(r'(?<=")file:([^\s/"\'<>\\][^"\'<>\\\r\n]{0,199})(?=")')
_ADDRESS = re.compile(r"/files/([A-Z0-9]{30})/")


def names_in(values: object) -> set[str]:
    """The names of the files that a value names; of a mapping or a list, its values."""
    names: set[str] = set()

    def note(name: str) -> str:
        names.add(name)
        return ""

    _replaced(values, note)
    return names


def keys_in(values: object) -> set[str]:
    """The keys of the files whose addresses stand in a value."""
    return set(_ADDRESS.findall(str(values)))


def with_addresses(values: Any, project_id: int | None, *, here: str) -> Any:
    """The same value, or mapping, or list, with each file's address in place of its name. A name
    that no file has stays. `here` is the origin of our own pages."""
    names = names_in(values)
    if not names or project_id is None:
        return values
    keys = keys_by_name(project_id, names)

    def address(name: str) -> str:
        return file_address(keys[name], name, here=here) if name in keys else PREFIX + name

    return _replaced(values, address)


def file_address(key: str, name: str, *, here: str) -> str:
    """Where a project's file is served: on the untrusted side."""
    path = reverse("files:project", args=[key, name])
    return f"{settings.MANYHANDS_USERCONTENT_ORIGIN or here}{path}"


def small_address(file: ProjectFile, *, here: str) -> str:
    """Where its small picture is served."""
    path = reverse("files:small", args=[file.key])
    return f"{settings.MANYHANDS_USERCONTENT_ORIGIN or here}{path}"


class References:
    """What the rows of one batch name, gathered while they are read."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_name: dict[str, int] | None = None
        self._by_key: dict[str, int] = {}
        self._used: set[int] = set()

    def problems(self, number: int, inputs: Mapping[str, Any]) -> list[Problem]:
        """The files that a row names and that aren't there; `number` as in batch_file."""
        found = []
        for column, value in inputs.items():
            if isinstance(value, str) and "file" not in value:
                continue
            found += [
                Problem(
                    row=number,
                    column=column,
                    message=f"The project has no file called “{name}”. Upload it to the project.",
                )
                for name in sorted(self._missing(value))
            ]
        return found

    def keep(self, batch: Batch) -> None:
        """Remember with the batch what it names: part of the caller's transaction."""
        links = [BatchFile(batch=batch, file_id=pk) for pk in sorted(self._used)]
        BatchFile.objects.bulk_create(links, ignore_conflicts=True, batch_size=5000)

    def _missing(self, value: Any) -> set[str]:
        names = names_in(value)
        keys = keys_in(value)
        if not names and not keys:
            return set()
        if self._by_name is None:
            rows = ProjectFile.objects.filter(THERE, project=self._project)
            known = list(rows.values_list("name", "key", "pk"))
            self._by_name = {name: pk for name, _key, pk in known}
            self._by_key = {key: pk for _name, key, pk in known}
        self._used |= {self._by_name[name] for name in names if name in self._by_name}
        self._used |= {self._by_key[key] for key in keys if key in self._by_key}
        return {name for name in names if name not in self._by_name}


def _replaced(value: Any, put: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        if PREFIX not in value:
            return value
        if whole := _WHOLE.match(value):
            return put(_composed(whole[1]))
        return _QUOTED.sub(lambda match: put(_composed(match[1])), value)
    if isinstance(value, Mapping):
        return {name: _replaced(inner, put) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(inner, put) for inner in value]
    return value


def _composed(name: str) -> str:
    """Letters with accents have two spellings; names are kept in the one."""
    return unicodedata.normalize("NFC", name.strip())
