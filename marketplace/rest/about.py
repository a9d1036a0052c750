"""The API about itself: whose token this is, the schema, and a page for people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request

from marketplace.accounts.models import Role
from marketplace.rest.fields import PartyOut
from marketplace.rest.views import ApiView


class TokenOut(serializers.Serializer):
    """What a token stands for: a requester, with a role, or a worker."""

    email = serializers.EmailField(source="user.email")
    requester = PartyOut(source="acting.requester", allow_null=True, default=None)
    role = serializers.ChoiceField(
        source="acting.role", choices=Role.values, allow_null=True, default=None
    )
    worker_id = serializers.CharField(source="worker.public_id", allow_null=True, default=None)


class Token(ApiView):
    """The token that the request is made with."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="get_token", responses=TokenOut)
    def get(self, request: Request) -> HttpResponse:
        """Whom your token acts for."""
        return self.show(TokenOut, request.auth)


class Schema(SpectacularAPIView):
    """The OpenAPI document; open to all, since it says nothing about anybody."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = None


@require_safe
def api_page(request: HttpRequest) -> HttpResponse:
    """How to begin with the API, for people."""
    return render(request, "marketplace/api.html")
