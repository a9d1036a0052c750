"""The staff's pages about people, requesters and work.

People are here and not on their own floor: a person's page shows their work and their money on
one page, and of the apps that may know both this is the only one (see marketplace.adminsite).
"""

from tasks.admin import people, reports, requesters, units, work, yearly

__all__ = ["people", "reports", "requesters", "units", "work", "yearly"]
