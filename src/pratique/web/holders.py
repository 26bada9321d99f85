"""Who is before the travellers' pages: whoever came in last by this browser, themselves or for whom they act."""

from msgspec import Struct
from sqlalchemy import Engine

from pratique.authority.access.tokens import holder_account
from pratique.authority.store import Vault, asking, people, reading
from pratique.web.ministry import Office
from pratique.web.pages import AnyRequest
from pratique.web.problems import Code, Problem
from pratique.web.visits import DEVICE
from pratique.web.who import Who


class Holders(Struct, frozen=True):
    """The people of a store, as visits name them."""

    engine: Engine
    vault: Vault

    def who(self, office: Office, request: AnyRequest) -> Who:
        """Whoever came in. Raises `Problem` (SESSION_UNKNOWN)."""
        found = self.find(office, request)
        if found is None:
            raise Problem(Code.SESSION_UNKNOWN)
        return found

    def find(self, office: Office, request: AnyRequest) -> Who | None:
        """The same, or None. A delegation that ended meanwhile, and a person that was erased, are nobody."""
        at = office.clock()
        visit = office.visits.newest(device=request.cookies.get(DEVICE), at=at)
        if visit is None:
            return None
        by, about = visit.acting or (visit.subject_id or "", visit.subject_id or "")
        with reading(self.engine) as connection:
            if by != about and not asking.acts_for(connection, by, about, at=int(at.timestamp())):
                return None
            asks, known = (people.by_subject(connection, self.vault, each) for each in (by, about))
        if asks is None or known is None:
            return None
        return Who(holder_account(self.vault, by), known, asks, f"/certificate/{visit.name}")
