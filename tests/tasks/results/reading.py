"""Pages with answers, read again."""

from lxml import html

IMAGE = "https://images.test/street.jpg"


def answers_of(batch):
    """What was submitted to the batch, oldest first."""
    from tasks.models import Assignment

    return list(Assignment.objects.filter(hit__batch=batch).order_by("pk"))


def words(node):
    """A node's text, on one line."""
    return " ".join(node.text_content().split())


def legend(page):
    """The lines of a picture's legend."""
    return [words(line) for line in page.find_class("legend")[0]]


def read(text):
    """A page as a tree."""
    return html.document_fromstring(text)
