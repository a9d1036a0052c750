"""Where Stripe sends its events: they are kept, and a job looks at what they are about."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from marketplace import clock
from marketplace.hurry import hurry
from payments.actions.receive_gateway_event import receive_gateway_events
from payments.gateway.stripe_events import NotFromStripe, read_delivery


@csrf_exempt  # the signature over the body is what proves who sent it
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """200 once the event is kept, so that Stripe stops sending it."""
    now = clock.now()
    signature = request.headers.get("Stripe-Signature", "")
    try:
        told = read_delivery(request.body, signature, at=now)
    except NotFromStripe as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain")
    if told is not None:
        receive_gateway_events([told], gateway="stripe", at=now)
        hurry("payments.process_gateway_events")
    return HttpResponse("kept\n", content_type="text/plain")
