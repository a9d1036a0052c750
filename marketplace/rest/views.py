"""What every view of the API starts from: one side's token, JSON in, JSON or a problem out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from marketplace.accounts.acting import Acting
from marketplace.accounts.models import User
from marketplace.errors import InvalidInput
from marketplace.money import currency_of
from marketplace.rest import problems
from marketplace.rest.authentication import Caller
from marketplace.rest.paging import page_of
from marketplace.rest.permissions import ActsForRequester, ActsForWorker
from marketplace.rest.throttling import TokenThrottle

TRUE, FALSE = {"1", "true", "yes"}, {"", "0", "false", "no"}


class Json(JSONParser):
    """DRF's, bounded as forms are, for which nesting beyond Python's limit is malformed and not
    a failure."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body as Python values; ParseError where it isn't JSON, RequestDataTooBig where it
        is larger than a form may be."""
        encoding = (parser_context or {}).get("encoding", "utf-8")
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise RequestDataTooBig("The JSON body is too large.")
        try:
            return json.loads(body.decode(encoding), parse_constant=_no_such)
        except (ValueError, RecursionError, LookupError) as error:
            raise ParseError(f"The body is not JSON: {str(error)[:200]}.") from error


def _no_such(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


class JsonOnly(BaseContentNegotiation):
    """One representation: whatever the client accepts, it is given JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The parser of the body's media type; a body that doesn't say what it is, is JSON."""
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        for parser in parsers:
            if parser.media_type == media_type or (
                not media_type and parser.media_type == "application/json"
            ):
                return parser
        return None

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first."""
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """A view of the API."""

    parser_classes = [Json]
    content_negotiation_class = JsonOnly
    throttle_classes = [TokenThrottle]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """DRF refuses a caller whom it doesn't know before it counts: count those as well."""
        try:
            super().initial(request, *args, **kwargs)
        except (AuthenticationFailed, NotAuthenticated):
            self.check_throttles(request)
            raise

    def read(self, shape: type[BaseSerializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The body, checked; every field that is wrong is named in one problem."""
        data = self.request.data
        if not isinstance(data, Mapping):
            raise InvalidInput("The body is a JSON object: {…}.")
        checked = shape(data=data, partial=partial)
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)

    def show(self, shape: type[BaseSerializer[Any]], thing: Any, *, status: int = 200) -> Response:
        """One thing."""
        return Response(shape(thing, context={"request": self.request}).data, status=status)

    def list(
        self,
        shape: type[BaseSerializer[Any]],
        rows: QuerySet[Any],
        *,
        by: Sequence[str] = ("-id",),
    ) -> Response:
        """One page of a list."""
        page = page_of(self.request, rows, by=by)
        shown = shape(page.rows, many=True, context={"request": self.request}).data
        return Response({"results": shown, "next": page.next})

    @property
    def caller(self) -> Caller:
        """Who calls, as the token says."""
        return cast(Caller, self.request.auth)

    @property
    def is_sandbox(self) -> bool:
        """Which side is asked for: `?sandbox=true`, else live."""
        return self.flag("sandbox")

    @property
    def currency(self) -> str:
        """What the side that is asked for is paid in."""
        return currency_of(is_sandbox=self.is_sandbox)

    def flag(self, name: str) -> bool:
        """A parameter of the query that is true or false."""
        text = self.request.query_params.get(name, "").lower()
        if text not in TRUE | FALSE:
            raise InvalidInput(f"{name} is true or false.", field=name)
        return text in TRUE

    def choice(self, name: str, allowed: Sequence[str], default: str = "") -> str:
        """A parameter of the query that is one of a few words."""
        value = self.request.query_params.get(name) or default
        if value and value not in allowed:
            raise InvalidInput(f"{name} is one of: {', '.join(allowed)}.", field=name)
        return value

    def number(self, name: str) -> int | None:
        """A parameter of the query that is a whole number, if it is there."""
        text = self.request.query_params.get(name, "")
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise InvalidInput(f"{name} is a whole number.", field=name)
        return int(text)

    def text(self, name: str, *, most: int = 200) -> str:
        """A parameter of the query that is free text."""
        text = self.request.query_params.get(name, "").strip()
        if len(text) > most or "\0" in text:
            raise InvalidInput(f"{name} is text of at most {most} characters.", field=name)
        return text


class RequesterView(ApiView):
    """For tokens that act for a requester."""

    permission_classes = [ActsForRequester]

    @property
    def by(self) -> Acting:
        """On whose behalf; every action asks it for the role it needs."""
        acting = self.caller.acting
        assert acting is not None
        return acting

    @property
    def user(self) -> User:
        """Whose token it is."""
        return self.caller.user


class WorkerView(ApiView):
    """For tokens that act for a person as a worker."""

    permission_classes = [ActsForWorker]

    @property
    def worker(self) -> Any:
        """The worker (workers.Worker)."""
        return self.caller.worker


class Unknown(ApiView):
    """Addresses that the API doesn't have, so that a mistyped one is answered as a problem."""

    authentication_classes = ()
    permission_classes = [AllowAny]
    schema = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """The same whatever the method."""
        return problems.problem(404, "not_found", "The API has no such address.")
