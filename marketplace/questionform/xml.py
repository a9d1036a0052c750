"""Reading XML that somebody else wrote: what it may be, and what is wrong with it.

Nothing is fetched, no entity is expanded, no document type is taken, and there are limits on
size and depth before anything looks at the content. Schemas are our own, in schemas/.
"""

import re
import threading
from functools import cache
from pathlib import Path

from lxml import etree

from marketplace.questionform.errors import MalformedXML

MAX_BYTES = 65_535
"""Of a question, a test or an answer key, in UTF-8. The API reference's limit."""
MAX_DEPTH = 64

BASE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
EXTERNAL = BASE + "2006-07-14/ExternalQuestion.xsd"
HTML = BASE + "2011-11-11/HTMLQuestion.xsd"
FORM = BASE + "2017-11-06/QuestionForm.xsd"
FORM_2005 = BASE + "2005-10-01/QuestionForm.xsd"
ANSWER_KEY = BASE + "2005-10-01/AnswerKey.xsd"
ANSWERS = BASE + "2005-10-01/QuestionFormAnswers.xsd"

# Where each root is found: its schema by its name, Amazon's namespace and file name together.
_SCHEMAS = {
    f"{{{EXTERNAL}}}ExternalQuestion": "ExternalQuestion.xsd",
    f"{{{HTML}}}HTMLQuestion": "HTMLQuestion.xsd",
    f"{{{FORM}}}QuestionForm": "QuestionForm-2017-11-06.xsd",
    f"{{{FORM_2005}}}QuestionForm": "QuestionForm-2005-10-01.xsd",
    f"{{{ANSWER_KEY}}}AnswerKey": "AnswerKey.xsd",
    f"{{{ANSWERS}}}QuestionFormAnswers": "QuestionFormAnswers.xsd",
}
_FOLDER = Path(__file__).parent / "schemas"
_VALIDATING = threading.Lock()  # a schema keeps the errors of its latest validation in itself

# XML 1.0, production 2: any other character can't be written in a document, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Facets, which libxml2 names in capitals.
_XERCES = {
    "mininclusive": "minInclusive", "maxinclusive": "maxInclusive", "minlength": "minLength",
    "maxlength": "maxLength", "totaldigits": "totalDigits",
}  # fmt: skip
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


def checked(text: str, *roots: str, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element of a document valid by its schema and named as one of `roots`.

    Comments and processing instructions are gone from it. Raises MalformedXML, also where the
    text is over `max_bytes`, nested over 64 deep or has a document type.
    """
    root = _parsed(text, max_bytes)
    wanted = [name for name in _SCHEMAS if etree.QName(name).localname in roots]
    if root.tag not in wanted:
        expected = " or ".join(f"'{name}'" for name in wanted)
        raise MalformedXML(
            f"cvc-elt.1: Cannot find the declaration of element '{root.tag}'. Expected is "
            f"{expected}. (line 1)"
        )
    _validate(root, _schema(_SCHEMAS[str(root.tag)]))
    return root


def legal(text: str) -> str:
    """The text without the characters that no XML document can hold, such as NUL."""
    return _NOT_XML.sub("", text)


def text_of(element: etree._Element, name: str, default: str = "") -> str:
    """The text of a child, as it is; `default` where there is no such child."""
    child = element.find(f"{{*}}{name}")
    return default if child is None else child.text or ""


def _parsed(text: str, max_bytes: int) -> etree._Element:
    text = text.lstrip("\ufeff \t\r\n")
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise MalformedXML("The text holds half a character (a lone surrogate).") from None
    if len(data) > max_bytes:
        raise MalformedXML(
            f"The data is {len(data)} bytes long, and may be {max_bytes} bytes long at most."
        )
    if _has_document_type(text):
        raise MalformedXML("A document type (DOCTYPE) is not allowed. Remove it.")
    try:
        root: etree._Element = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise MalformedXML(_words(error.msg or "This is not XML.")) from None
    if etree.ElementTree(root).docinfo.doctype:  # type: ignore[attr-defined]
        raise MalformedXML("A document type (DOCTYPE) is not allowed. Remove it.")
    _check_depth(root)
    return root


def _has_document_type(text: str) -> bool:
    """Whether one stands before the root element, the only place where one can stand."""
    rest = text
    while rest.startswith(("<?", "<!--")):
        end = "?>" if rest.startswith("<?") else "-->"
        _before, found, rest = rest.partition(end)
        if not found:
            return False
        rest = rest.lstrip(" \t\r\n")
    return rest[:9].upper() == "<!DOCTYPE"


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _check_depth(root: etree._Element) -> None:
    """Also takes away schemaLocation: a validator would go and read what it names."""
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise MalformedXML(
                f"Elements are nested more than {MAX_DEPTH} deep. (line {element.sourceline})"
            )
        for name in ("schemaLocation", "noNamespaceSchemaLocation"):
            element.attrib.pop(_INSTANCE + name, None)


@cache
def _schema(file_name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_FOLDER / file_name))


def _validate(root: etree._Element, schema: etree.XMLSchema) -> None:
    with _VALIDATING:
        if schema.validate(root):
            return
        error = schema.error_log[0]  # type: ignore[index]
    code = _code(error.type_name, error.message)
    raise MalformedXML(f"{code}: {_words(error.message)} (line {error.line})")


def _code(type_name: str, message: str) -> str:
    """libxml2's name of a broken rule as Xerces writes it, which is what clients know."""
    if type_name == "SCHEMAV_ELEMENT_CONTENT":
        if "Missing child" in message:
            return "cvc-complex-type.2.4.b"
        return "cvc-complex-type.2.4.a" if "Expected is" in message else "cvc-complex-type.2.4.d"
    parts = type_name.removeprefix("SCHEMAV_").lower().split("_")
    numbers = [part for part in parts if part.isdigit()]
    words = [_XERCES.get(part, part) for part in parts if not part.isdigit()]
    return ".".join(["-".join(words), *numbers])


def _words(message: str) -> str:
    """libxml2's sentence, on one line and without Amazon's long namespaces in each name."""
    return re.sub(r"\{" + re.escape(BASE) + r"[^}]*\}", "", " ".join(message.split()))
