"""The worker's own facts over the API."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from marketplace.rest.views import WorkerView


class WorkerOut(serializers.Serializer):
    """What requirements are checked against."""

    id = serializers.CharField(source="public_id")
    country = serializers.CharField()
    subdivision = serializers.CharField(allow_blank=True)
    joined_at = serializers.DateTimeField()
    approved_count = serializers.IntegerField()
    rejected_count = serializers.IntegerField()


class Profile(WorkerView):
    """Who the token works as."""

    @extend_schema(operation_id="get_my_profile", responses=WorkerOut)
    def get(self, request: Request) -> HttpResponse:
        """You, as a worker."""
        return self.show(WorkerOut, self.worker)
