"""A layout, whichever its language: what it needs of a file, and what it says filled in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tasks.files.references import names_in, with_addresses
from tasks.models import HIT, Language, Project, Question
from tasks.questions import layout, liquid
from tasks.questions.storing import question_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """The source of a layout, and its language."""

    source: str
    language: str = Language.LAYOUT

    @property
    def variables(self) -> list[str]:
        """The columns that it names, each once, in order of appearance. Raises LiquidRefused."""
        if self.language == Language.LIQUID:
            return liquid.variables_in(self.source)
        return layout.variables_in(self.source)

    def missing(self, columns: Iterable[str]) -> list[str]:
        """The columns that it needs besides these."""
        if self.language == Language.LIQUID:
            return liquid.missing(self.source, columns)
        there = set(columns)
        return [name for name in self.variables if name not in there]

    def fill(
        self,
        inputs: Mapping[str, str],
        line: str = "",
        *,
        files_of: int | None = None,
        here: str = "",
    ) -> str:
        """Filled in for a HIT with these inputs; `line` is its line of a manifest. The files of
        the project `files_of` are shown by their addresses; `here` is our own pages' origin.
        Raises LiquidRefused."""
        source, inputs, line = with_addresses([self.source, inputs, line], files_of, here=here)
        if self.language == Language.LIQUID:
            return liquid.fill(source, inputs, line)
        return layout.fill(source, inputs)

    def question(self) -> Question:
        """The stored question with this layout, stored now if it is new."""
        return question_of(Question.Kind(self.language), self.source)


def template_of(project: Project) -> Template:
    """A project's layout as it is now."""
    return Template(source=project.layout, language=project.language)


def template_asked(question: Question) -> Template:
    """The layout of a question that is one."""
    return Template(source=question.content, language=question.kind)


def filled(hit: HIT, *, here: str) -> str:
    """The page of a HIT whose question is a layout; `here` is the origin of our own pages."""
    template, owner = template_asked(hit.question), None
    if names_in([template.source, hit.inputs]):
        owner = hit.layout_id or (hit.batch.project_id if hit.batch else None)
    return template.fill(hit.inputs, hit.source_line, files_of=owner, here=here)


LAYOUTS = frozenset({Question.Kind.LAYOUT, Question.Kind.LIQUID})
"""The kinds of question that are filled in with a HIT's inputs."""
