"""Questions as programs send them: checked by their kind's rules, kept exactly as sent."""

import hashlib

from marketplace.questionform import external, form, html
from marketplace.questionform.xml import checked
from tasks.models import Question

_KINDS = {
    "ExternalQuestion": (Question.Kind.EXTERNAL, external.parse),
    "HTMLQuestion": (Question.Kind.HTML, html.parse),
    "QuestionForm": (Question.Kind.FORM, form.parse),
}


def question_from_xml(text: str) -> Question:
    """The stored question with this XML, stored now if it is new.

    Raises MalformedXML and InvalidXHTML (marketplace.questionform.errors).
    """
    root = checked(text, *_KINDS)
    kind, parse = _KINDS[str(root.tag).rpartition("}")[2]]
    parse(text)
    return question_of(kind, text)


def question_of(kind: Question.Kind, content: str) -> Question:
    """The stored question of a kind with this content, stored now if it is new."""
    digest = hashlib.sha256(f"{kind}\n{content}".encode()).hexdigest()
    question, _created = Question.objects.get_or_create(
        digest=digest, defaults={"kind": kind, "content": content}
    )
    return question
