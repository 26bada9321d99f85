"""What a holder does with a certificate, however it was come by: one list of pages for the sign-up's application."""

from typing import Any

from pratique.web import along, certificate, choosing, daypass, kept_here, leaving, standing, trips, wallet
from pratique.web.ministry import Office


def handlers(desk: Office) -> list[Any]:
    """The pages; some are there only where the ministry has what they need."""
    ministry, pages = desk.ministry, [certificate, choosing, along, daypass, trips, leaving]
    found = [handler for each in pages for handler in each.handlers(desk)]
    found += kept_here.handlers(desk.site)
    if ministry.ways is not None:
        found += standing.leaking(desk)
    if not ministry.wallet:  # else the status's pages have the worker of both
        found.append(wallet.worker(kept_here.ADDRESSES))
    return found
