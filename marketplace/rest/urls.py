"""/api/: one include an app. Public ids are A-Z0-9, so that nothing else reaches a query."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from marketplace.rest import about, schema  # noqa: F401 - schema registers itself
from marketplace.rest.views import Unknown


class PublicId:
    """The id of a HIT, a project, an assignment, as marketplace.ids makes them."""

    regex = "[A-Z0-9]{1,64}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


class Number(PublicId):
    """A row's number, no larger than the database can hold."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:  # type: ignore[override]
        """The number."""
        return int(value)

    def to_url(self, value: object) -> str:
        """Its digits."""
        return str(value)


register_converter(PublicId, "public")
register_converter(Number, "number")

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", about.api_page, name="about"),
    path("v1/schema/", about.Schema.as_view(), name="schema"),
    path("v1/token", about.Token.as_view(), name="token"),
    path("v1/", include("tasks.rest.urls")),
    path("v1/", include("payments.rest.urls")),
    path("v1/", include("workers.rest.urls")),
    path("<path:rest>", Unknown.as_view(), name="unknown"),
]
