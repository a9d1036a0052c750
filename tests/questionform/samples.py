"""Documents as requesters send them."""

from marketplace.questionform import form as forms
from marketplace.questionform.xml import ANSWER_KEY, FORM, FORM_2005

SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def form(*parts: str, namespace: str = FORM) -> str:
    return f'<QuestionForm xmlns="{namespace}">{"".join(parts)}</QuestionForm>'


def question(name: str, answer: str, *, required: str = "", content: str = "<Text>?</Text>") -> str:
    return (
        f"<Question><QuestionIdentifier>{name}</QuestionIdentifier>{required}"
        f"<QuestionContent>{content}</QuestionContent>"
        f"<AnswerSpecification>{answer}</AnswerSpecification></Question>"
    )


def one(answer: str, **more: str) -> forms.Form:
    """A form with one question, `q`, read."""
    return forms.parse(form(question("q", answer, **more)))


def selection(*names: str, before: str = "", other: str = "") -> str:
    options = "".join(
        f"<Selection><SelectionIdentifier>{name}</SelectionIdentifier><Text>{name}</Text></Selection>"
        for name in names
    )
    return f"<SelectionAnswer>{before}<Selections>{options}{other}</Selections></SelectionAnswer>"


def free(constraints: str = "", after: str = "") -> str:
    inside = f"<Constraints>{constraints}</Constraints>" if constraints else ""
    return f"<FreeTextAnswer>{inside}{after}</FreeTextAnswer>"


def key(*questions: str, mapping: str = "") -> str:
    after = mapping and f"<QualificationValueMapping>{mapping}</QualificationValueMapping>"
    return f'<AnswerKey xmlns="{ANSWER_KEY}">{"".join(questions)}{after}</AnswerKey>'


def keyed(name: str, *options: tuple[str, int | str], default: int | None = None) -> str:
    inside = "".join(
        "<AnswerOption>"
        + "".join(f"<SelectionIdentifier>{one}</SelectionIdentifier>" for one in chosen.split())
        + f"<AnswerScore>{score}</AnswerScore></AnswerOption>"
        for chosen, score in options
    )
    after = "" if default is None else f"<DefaultScore>{default}</DefaultScore>"
    return f"<Question><QuestionIdentifier>{name}</QuestionIdentifier>{inside}{after}</Question>"


REQUIRED = "<IsRequired>true</IsRequired>"

EVERYTHING = form(
    "<Overview><Title>Colours</Title><Text>Look.</Text>"
    "<List><ListItem>one</ListItem><ListItem>two</ListItem></List>"
    "<Binary><MimeType><Type>image</Type><SubType>gif</SubType></MimeType>"
    "<DataURL>https://pictures.example/x.gif</DataURL><AltText>a picture</AltText></Binary>"
    "<EmbeddedBinary><EmbeddedMimeType><Type>video</Type></EmbeddedMimeType>"
    "<DataURL>https://films.example/x</DataURL><AltText>a film</AltText><Width>320</Width>"
    "<Height>200</Height><ApplicationParameter><Name>a</Name><Value>b</Value>"
    "</ApplicationParameter></EmbeddedBinary>"
    "<Application><Flash><FlashMovieURL>https://x.example</FlashMovieURL></Flash></Application>"
    "<FormattedContent><![CDATA[<p>It&nbsp;is <b>here</b><br/></p>]]></FormattedContent>"
    "</Overview>",
    question(
        "words",
        free(
            '<IsNumeric minValue="1" maxValue="5.5"/><Length minLength="1" maxLength="3"/>'
            '<AnswerFormatRegex regex="^[0-9.]+$" errorText="Digits only." flags="i"/>',
            "<DefaultText>2</DefaultText><NumberOfLinesSuggestion>3</NumberOfLinesSuggestion>",
        ),
        required="<DisplayName>Words</DisplayName>" + REQUIRED,
    ),
    question(
        "pick",
        selection(
            "red",
            "blue",
            before="<MinSelectionCount>1</MinSelectionCount>"
            "<MaxSelectionCount>2</MaxSelectionCount>"
            "<StyleSuggestion>checkbox</StyleSuggestion>",
            other='<OtherSelection><Constraints><Length maxLength="9"/></Constraints>'
            "</OtherSelection>",
        ),
    ),
    question(
        "file",
        "<FileUploadAnswer><MaxFileSizeInBytes>2000000000</MaxFileSizeInBytes>"
        "<MinFileSizeInBytes>1</MinFileSizeInBytes></FileUploadAnswer>",
    ),
    namespace=FORM_2005,
)
