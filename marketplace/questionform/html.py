"""HTMLQuestion: a page of HTML that the marketplace keeps and shows in a frame."""

from dataclasses import dataclass

from marketplace.questionform.xml import HTML, checked, legal, text_of


@dataclass(frozen=True, slots=True)
class HTMLQuestion:
    """`content` is the page; `frame_height` in pixels, 0 to fit."""

    content: str
    frame_height: int


def parse(text: str) -> HTMLQuestion:
    """Raises MalformedXML."""
    root = checked(text, "HTMLQuestion")
    return HTMLQuestion(
        content=text_of(root, "HTMLContent"), frame_height=int(text_of(root, "FrameHeight"))
    )


def wrap(content: str, frame_height: int = 0) -> str:
    """The XML of a page of HTML, however long it is; parse() says whether it may be kept."""
    inside = legal(content).replace("]]>", "]]]]><![CDATA[>")
    return (
        f'<HTMLQuestion xmlns="{HTML}"><HTMLContent><![CDATA[{inside}]]></HTMLContent>'
        f"<FrameHeight>{frame_height}</FrameHeight></HTMLQuestion>"
    )
