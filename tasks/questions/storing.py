"""Questions as programs send them: checked by their kind's rules, kept exactly as sent."""

import hashlib

from django.db import connection

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


# One statement, where get_or_create makes four of a new question: most of them are new.
_STORED = """
WITH made AS (
    INSERT INTO tasks_question (kind, content, digest)
    VALUES (%(kind)s, %(content)s, %(digest)s) ON CONFLICT (digest) DO NOTHING RETURNING id)
SELECT id FROM made UNION ALL SELECT id FROM tasks_question WHERE digest = %(digest)s LIMIT 1
"""


def question_of(kind: Question.Kind, content: str) -> Question:
    """The stored question of a kind with this content, stored now if it is new."""
    digest = hashlib.sha256(f"{kind}\n{content}".encode()).hexdigest()
    values = {"kind": kind.value, "content": content, "digest": digest}
    with connection.cursor() as cursor:
        cursor.execute(_STORED, values)
        row = cursor.fetchone()
    if row is None:  # another transaction stored it while this statement waited for it
        return Question.objects.get(digest=digest)
    stored = {"id": row[0], "kind": kind, "content": content, "digest": digest}
    return Question.from_db(connection.alias, list(stored), list(stored.values()))
