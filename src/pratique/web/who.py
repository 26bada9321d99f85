"""Who asks, and about whom: what every page of a holder is told by the application that signed them in."""

from msgspec import Struct

from pratique.authority.access import Account
from pratique.authority.store.people import Known
from pratique.web.cards import names


class Who(Struct, frozen=True):
    """A person whose data is asked for, and who asks: they themselves, or somebody who acts for them."""

    account: Account
    """Of whoever asks; it is written down at every look."""
    known: Known
    """Whose data it is."""
    by: Known
    """Who signed in."""
    home: str = ""
    """Where their certificate is, after the language; empty where the application has none."""

    @property
    def acting(self) -> str:
        """The name of whom somebody acts for, so that no page of one person is taken for another's; "" for oneself."""
        if self.by.subject_id == self.known.subject_id:
            return ""
        own, _, latin = names(self.known.name)
        return own or latin
