"""HIT types: the same terms give the same type."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.accounts.models import Requester
from tasks.models import HITType
from tasks.models.terms import TERMS
from tasks.requirements import normalised, require_usable
from tasks.terms import check_terms


def hit_type_for(
    *, requester: Requester, is_sandbox: bool, terms: Mapping[str, Any], at: datetime
) -> HITType:
    """The requester's HIT type with these terms (models.terms.TERMS), made if it is new.

    Requirements that say the same in other words are the same terms. Raises InvalidInput for
    terms outside of the limits, and as require_usable for what requirements ask for.
    """
    check_terms(terms)
    chosen = {name: terms[name] for name in TERMS}
    chosen["requirements"] = normalised(terms["requirements"])
    require_usable(chosen["requirements"], is_sandbox=is_sandbox)
    text = json.dumps(chosen, sort_keys=True)
    hit_type, _ = HITType.objects.get_or_create(
        requester=requester,
        is_sandbox=is_sandbox,
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        defaults={**chosen, "created_at": at},
    )
    return hit_type
