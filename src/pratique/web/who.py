"""Who asks, and about whom: what every page of a holder is told by the application that signed them in."""

from msgspec import Struct

from pratique.authority.access import Account
from pratique.authority.store.people import Known


class Who(Struct, frozen=True):
    """A person whose data is asked for, and who asks: they themselves, or somebody who acts for them."""

    account: Account
    """Of whoever asks; it is written down at every look."""
    known: Known
    """Whose data it is."""
    by: Known
    """Who signed in."""
