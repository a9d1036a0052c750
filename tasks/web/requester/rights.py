"""What the person looking at a page may do, for templates to show or leave out buttons by."""

from marketplace.accounts.models import ROLE_RANK, Role
from marketplace.web.access import MemberRequest


def rights_of(request: MemberRequest) -> dict[str, bool]:
    """may_manage (post, spend) and may_review (approve, reject). The actions hold the rule."""
    acting = request.acting
    rank = -1 if acting.requester.suspended_at else ROLE_RANK[acting.role]
    return {
        "may_manage": rank >= ROLE_RANK[Role.MANAGER],
        "may_review": rank >= ROLE_RANK[Role.REVIEWER],
    }
