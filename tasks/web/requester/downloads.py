"""The results file, streamed."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from marketplace import clock
from marketplace.web.access import MemberRequest, requester_view
from tasks.results.writing import file_name, lines_of
from tasks.web.requester.lookups import own_batch

LINES_AT_ONCE = 200


@requester_view()
@require_safe
def results_csv(request: MemberRequest, batch_id: int) -> StreamingHttpResponse:
    """The batch's results. `?raw=1` gives the exact values, for programs: without the apostrophe
    that keeps a spreadsheet from running an answer as a formula."""
    batch = own_batch(request, batch_id)
    lines = lines_of(batch, at=clock.now(), is_raw=request.GET.get("raw") == "1")
    response = StreamingHttpResponse(in_blocks(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name(batch)}"'
    response["Cache-Control"] = "no-store"
    return response


def in_blocks(lines: Iterable[str]) -> Iterator[str]:
    """Lines joined by the hundred: a block is one write to the network."""
    rest = iter(lines)
    while block := "".join(islice(rest, LINES_AT_ONCE)):
        yield block
