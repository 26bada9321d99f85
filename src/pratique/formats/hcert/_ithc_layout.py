"""The numbers of the ITHC profile, as docs/formats/ithc.md publishes them: keys, limits, code systems and codes.

`CODES` is append-only: a number never changes its meaning. `SYSTEMS` is fixed within a major version, since a system
without a number travels as its URI.

Sources of the codes: EU value sets of diseases, results and test types (2021-04-27), prophylaxis (2023-01-25), products
(2022-11-30) and authorisation holders (2022-01-26); LOINC 2.78 for the antibody tests.
"""

import re
from datetime import UTC, date, datetime
from typing import Final

from pratique.model.certificate import Analyte, Evidence, TestKind
from pratique.model.valueset import (
    ATC,
    COVID_19,
    CVX,
    DETECTED,
    EU_HOLDER,
    EU_HOLDER_OTHER,
    EU_PRODUCT,
    EU_PRODUCT_OTHER,
    JRC_DEVICE,
    LOINC,
    NOT_DETECTED,
    SNOMED,
    Code,
)

MAJOR: Final = 1

# Keys of the payload.
VERSION, HOLDER, TABLE, CLAIMS, OFFSET, SPECIMEN = range(6)
# Keys of the holder, and of the holder's document.
FAMILY, GIVEN, FAMILY_ICAO, GIVEN_ICAO, BIRTH_DATE, DOCUMENT = range(6)
DOCUMENT_KIND, DOCUMENT_COUNTRY, DOCUMENT_TAIL, DOCUMENT_SALT, DOCUMENT_DIGEST = range(5)
# Keys of a claim: first what is often the same in neighbours, for compression; no key has two meanings.
KIND, DISEASE, COUNTRY, ISSUER, EVIDENCE, RECORD = range(6)
DATE, PROPHYLAXIS, PRODUCT, MANUFACTURER, DOSE, DOSES = range(6, 12)
SAMPLED, RESULT, METHOD, ANALYTE, TEST_NAME, DEVICE, CENTRE = range(12, 19)
FIRST_POSITIVE, VALID_FROM, VALID_UNTIL = range(19, 22)

VACCINATION, RECOVERY, EXEMPTION = 1, 2, 3
TESTS: Final[dict[object, TestKind]] = {
    4: TestKind.MOLECULAR,
    5: TestKind.ANTIGEN,
    6: TestKind.ANTIBODY,
    7: TestKind.OTHER,
}
KIND_LAST: Final = 7
ANALYTES: Final[dict[object, Analyte]] = {0: Analyte.IGG, 1: Analyte.IGM, 2: Analyte.TOTAL}
EVIDENCES: Final[dict[object, Evidence]] = {grade.value: grade for grade in Evidence}

MAX_CLAIMS: Final = 48
"""A certificate at the limit still fits the largest QR code (version 40, level M: 3391 characters)."""
MAX_TABLE: Final = MAX_CLAIMS * 8
"""A test with every field names eight texts and codes, and no claim names more."""
MAX_TEXT: Final = 80
"""As the EU DCC schema limits names, issuers, centres, codes and identifiers."""
MAX_SYSTEM: Final = 160
"""A URI; the longest in use has 63 characters."""
MAX_COUNTRY: Final = 10
"""As the EU DCC schema limits `co`."""
MAX_DOSE: Final = 99
MAX_OFFSET: Final = 24 * 60 - 1
"""Minutes from UTC that a `datetime` can hold."""
MAX_NUMBER: Final = 0xFFFF
"""Numbers the table of codes can grow to."""
RECORD_BYTES: Final = 16

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = EPOCH.toordinal()
LAST_DAY: Final = date.max.toordinal() - EPOCH_DAY
ICAO: Final = re.compile(r"[A-Z<]+")

SYSTEMS: Final = (
    SNOMED,
    LOINC,
    ATC,
    EU_PRODUCT,
    EU_PRODUCT_OTHER,
    EU_HOLDER,
    EU_HOLDER_OTHER,
    JRC_DEVICE,
    CVX,
)

CODES: Final = (
    COVID_19,
    NOT_DETECTED,
    DETECTED,
    Code(LOINC, "LP6464-4"),
    Code(LOINC, "LP217198-3"),
    Code(LOINC, "94563-4"),
    Code(LOINC, "94564-2"),
    Code(LOINC, "94762-2"),
    Code(SNOMED, "1119349007"),
    Code(SNOMED, "1157024006"),
    Code(SNOMED, "1119305005"),
    Code(SNOMED, "29061000087103"),
    Code(SNOMED, "1162643001"),
    Code(ATC, "J07BX03"),
    Code(EU_PRODUCT, "EU/1/20/1528"),
    Code(EU_PRODUCT, "EU/1/20/1507"),
    Code(EU_PRODUCT, "EU/1/21/1529"),
    Code(EU_PRODUCT, "EU/1/20/1525"),
    Code(EU_PRODUCT_OTHER, "BBIBP-CorV"),
    Code(EU_PRODUCT_OTHER, "CoronaVac"),
    Code(EU_PRODUCT_OTHER, "WIBP-CorV"),
    Code(EU_PRODUCT_OTHER, "Convidecia"),
    Code(EU_HOLDER, "ORG-100030215"),
    Code(EU_HOLDER_OTHER, "Sinovac-Biotech"),
    Code(EU_HOLDER, "ORG-100020693"),
    Code(EU_HOLDER_OTHER, "Sinopharm-WIBP"),
    Code(EU_HOLDER, "ORG-100013793"),
    Code(EU_HOLDER, "ORG-100031184"),
    Code(EU_HOLDER, "ORG-100001699"),
    Code(EU_HOLDER, "ORG-100001417"),
    Code(EU_PRODUCT, "EU/1/21/1618"),
    Code(EU_HOLDER, "ORG-100032020"),
    Code(EU_PRODUCT_OTHER, "Covishield"),
    Code(EU_HOLDER, "ORG-100001981"),
    Code(EU_PRODUCT_OTHER, "Covaxin"),
    Code(EU_HOLDER_OTHER, "Bharat-Biotech"),
    Code(EU_PRODUCT_OTHER, "Sputnik-V"),
    Code(EU_HOLDER_OTHER, "Gamaleya-Research-Institute"),
)

UNLISTED: Final = "urn:x-ithc:code"
"""The system of a code whose number this reader's table does not have yet: open to rules, never refused."""
