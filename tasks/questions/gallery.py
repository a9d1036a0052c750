"""The gallery: templates that a project can be started from.

A template is a folder of tasks/gallery/, and nothing else: template.toml says what it is,
layout.html asks, sample.csv has rows to try it with. docs/handbook/gallery.md says how one is made.
"""

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasks.models import Language
from tasks.questions.templates import Template

FOLDER = Path(__file__).parents[1] / "gallery"
MEDIA = "gallery:"
"""Before the name of a picture or recording of ours in a sample: it stands for its address."""

GROUPS: dict[str, str | Promise] = {
    "survey": _("Surveys and research"),
    "text": _("Text and search"),
    "image": _("Images"),
    "media": _("Audio and video"),
    "answers": _("Model answers"),
}
_KEYS = {"name", "group", "place", "purpose", "answer", "columns", "project", "example"}
_PROJECT = {"title", "description", "keywords", "reward_cents", "max_assignments", "minutes"}


@dataclass(frozen=True, kw_only=True, slots=True)
class GalleryTemplate:
    """One template. `columns` are what its rows must have, each in words; `example` is an answer
    as it is stored; `place` orders a group."""

    slug: str
    name: str
    group: str
    place: int
    purpose: str
    answer: str
    columns: Mapping[str, str]
    project: Mapping[str, Any]
    example: Mapping[str, str | list[str]]
    layout: str = field(repr=False)
    sketch: str = field(repr=False)
    sample: str = field(repr=False)
    language: str = Language.LIQUID

    @property
    def template(self) -> Template:
        """The layout, to be filled in."""
        return Template(source=self.layout, language=self.language)

    @property
    def results(self) -> dict[str, str]:
        """The example as a results file has it."""
        told = {f"Answer.{name}": value for name, value in self.example.items()}
        return {
            name: value if isinstance(value, str) else "|".join(value)
            for name, value in told.items()
        }

    def values(self) -> dict[str, Any]:
        """A project's fields, as `create_project` takes them; what isn't here has no default of
        the template's own."""
        rest = {name: value for name, value in self.project.items() if name != "minutes"}
        return {
            **rest,
            "name": self.name,
            "assignment_seconds": self.project["minutes"] * 60,
            "language": self.language,
            "layout": self.layout,
            "template": self.slug,
        }

    def sample_csv(self, *, here: str) -> str:
        """The file of sample rows, as it can be uploaded; `here` is the origin of our pages."""
        return self.sample.replace(MEDIA, urljoin(f"{here}/", f"{settings.STATIC_URL}gallery/"))

    def rows(self, *, here: str) -> list[dict[str, str]]:
        """The sample rows, by column."""
        return list(csv.DictReader(io.StringIO(self.sample_csv(here=here))))


@lru_cache(1)
def templates() -> dict[str, GalleryTemplate]:
    """All templates by their slugs, group by group."""
    found = [_read(file.parent) for file in FOLDER.glob("*/template.toml")]
    groups = list(GROUPS)
    found.sort(key=lambda one: (groups.index(one.group), one.place))
    return {one.slug: one for one in found}


def template_named(slug: str) -> GalleryTemplate | None:
    """The template, if this version has it."""
    return templates().get(slug)


def _read(folder: Path) -> GalleryTemplate:
    """Raises ValueError for a folder that isn't a whole template."""
    told = tomllib.loads((folder / "template.toml").read_text())
    wrong = (set(told) ^ _KEYS) | (set(told.get("project", {})) ^ _PROJECT)
    if wrong:
        raise ValueError(f"{folder.name}/template.toml: missing or unknown: {sorted(wrong)}")
    if told["group"] not in GROUPS:
        raise ValueError(f"{folder.name}/template.toml: there is no group {told['group']!r}")
    return GalleryTemplate(
        slug=folder.name,
        **told,
        layout=(folder / "layout.html").read_text(),
        sketch=(folder / "sketch.svg").read_text(),
        sample=(folder / "sample.csv").read_text(),
    )
