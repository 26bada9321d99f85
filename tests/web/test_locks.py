"""What the holder of a passport that was tried too often reads of it, and who does not."""

from datetime import UTC, datetime

from pratique.authority.store import locks, writing
from pratique.sandbox import traveller
from pratique.sandbox.register import DAUGHTERS_PASSPORT
from pratique.web import certificate
from tests.web.holders import said
from tests.web.test_holder_store import House, house  # noqa: F401


def test_a_holder_hears_of_tries_with_their_passport_and_nobody_elses(house: House) -> None:  # noqa: F811
    made, now = house.made, datetime.now(UTC).replace(microsecond=0)
    told = "sign-up with this passport was stopped for a day"
    with house.browser() as browser:
        address = house.arrive(browser)
        for path in (address, "/en/looks"):
            assert told not in said(browser.get(path))
        try:
            locks.note(house.engine, made.vault, DAUGHTERS_PASSPORT.number, at=now)
            for path in (address, "/en/looks"):
                assert told not in said(browser.get(path)), "another's is told"
            child = browser.post(
                f"{address.replace('certificate', 'own')}/ward", data={"person": house.child.subject_id}
            )
            assert told in said(child), "whoever acts for them is not told"
            browser.post(f"{child.url.path}/back")
            locks.note(house.engine, made.vault, traveller.PASSPORT.number, at=now - certificate.FRESH)
            assert told not in said(browser.get(address)), "news of a month ago"
            assert told in said(browser.get("/en/looks"))
            locks.note(house.engine, made.vault, traveller.PASSPORT.number, at=now)
            page = browser.get(address)
            assert said(page).count(told) == 1
            assert '<a href="/en/looks">' in page.text
            assert said(browser.get("/en/looks")).count(told) == 2
            assert len(browser.get("/en/export").json()["locked"]) == 2
        finally:
            with writing(house.engine) as connection:
                locks.forget(connection, at=now + locks.KEPT)
