"""What the views' annotations for the OpenAPI schema are made of."""

from functools import cache
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from marketplace.rest.paging import MOST, USUAL


def parameter(
    name: str, description: str, *, kind: Any = OpenApiTypes.STR, enum: Any = None
) -> OpenApiParameter:
    """A parameter of the query that may be left out."""
    return OpenApiParameter(
        name, kind, OpenApiParameter.QUERY, required=False, description=description, enum=enum
    )


SANDBOX = parameter(
    "sandbox", "true for the sandbox's side, else the live one.", kind=OpenApiTypes.BOOL
)
PAGING = (
    parameter("after", "The cursor in the `next` of the page before."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        OpenApiParameter.QUERY,
        required=False,
        description="Rows on a page.",
    ),
)


def listing(shape: type[serializers.Serializer], *parameters: OpenApiParameter) -> dict[str, Any]:
    """extend_schema's arguments for a paged list."""
    return {"parameters": [*parameters, *PAGING], "responses": _page_of(shape)}


@cache
def _page_of(shape: type[serializers.Serializer]) -> Any:
    """One component however many lists have this shape."""
    name = f"{shape.__name__.removesuffix('Out')}Page"
    following = serializers.URLField(allow_null=True, help_text="The following page.")
    return inline_serializer(name, {"results": shape(many=True), "next": following})


def whole_list(name: str, shape: type[serializers.Serializer]) -> Any:
    """A list that is short by its nature, so that it has no pages."""
    return inline_serializer(name, {"results": shape(many=True)})


def problems_for_all(
    result: dict[str, Any], generator: object, request: object, public: bool
) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: every operation may answer with a problem."""
    result["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
    for methods in result["paths"].values():
        for operation in methods.values():
            operation["responses"]["default"] = {
                "description": "Refused: see `code` and `detail`.",
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
    return result


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. What a rule knows besides stands beside these.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "description": "urn:manyhands:problem:<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that says what to do."},
        "code": {"type": "string", "description": "Stable; for programs."},
        "field": {"type": "string", "description": "The field that is wrong."},
        "errors": {
            "type": "array",
            "description": "Every field that is wrong.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "missing_cents": {"type": "integer", "description": "What the balance lacks."},
        "unmet": {
            "type": "array",
            "description": "Requirements that the worker doesn't meet, in words.",
            "items": {"type": "string"},
        },
    },
}
