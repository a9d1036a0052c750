"""What can be wrong with a question's or an answer's XML, in the words that clients look for."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import ngettext

from marketplace.errors import InvalidInput

_XML = (
    "There was an error parsing the XML question or answer data in your request.  Please make "
    "sure the data is well-formed and validates against the appropriate schema. Details: "
)
_XHTML = (
    "There was an error parsing the XHTML data in your request.  Please make sure the data is "
    "well-formed and validates against the appropriate schema. Details: "
)
_LONGEST = 600
"""Characters of details: a parser quotes what it was given, which may be 60 KB long."""


class MalformedXML(InvalidInput):
    """Not well formed, not valid by its schema, too large or too deep, or senseless.

    `details` is what is wrong with it, where; the message is Mechanical Turk's own around it.
    """

    code = "xml_parse_error"

    def __init__(self, wrong: str, **details: Any) -> None:
        super().__init__(
            _XML + _short(wrong), turk_code="AWS.MechanicalTurk.XMLParseError", **details
        )


class InvalidXHTML(InvalidInput):
    """A FormattedContent holds markup other than the subset of XHTML that may be shown."""

    code = "xhtml_parse_error"

    def __init__(self, wrong: str, **details: Any) -> None:
        super().__init__(
            _XHTML + _short(wrong), turk_code="AWS.MechanicalTurk.XHTMLParseError", **details
        )


class UnfitAnswer(InvalidInput):
    """An answer that its QuestionForm doesn't take; `details["errors"]` has a sentence by
    QuestionIdentifier."""

    code = "unfit_answer"

    def __init__(self, errors: Mapping[str, str]) -> None:
        name, wrong = next(iter(errors.items()))
        super().__init__(
            ngettext(
                "The answer to “%(name)s” needs another look: %(wrong)s",
                "%(count)d answers need another look. “%(name)s”: %(wrong)s",
                len(errors),
            )
            % {"count": len(errors), "name": name[:100], "wrong": wrong},
            errors=dict(errors),
        )


def _short(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode().replace("\0", "")
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"
