"""Codes that keep their system, the value sets they come from, and the maps between systems."""

from msgspec import Struct

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ATC = "http://www.whocc.no/atc"
EU_PRODUCT = "https://ec.europa.eu/health/documents/community-register/html/"
EU_PRODUCT_OTHER = "http://ec.europa.eu/temp/vaccineproductname"
EU_HOLDER = "https://spor.ema.europa.eu/v1/organisations"
EU_HOLDER_OTHER = "http://ec.europa.eu/temp/vaccinemanufacturer"
JRC_DEVICE = "https://covid-19-diagnostics.jrc.ec.europa.eu/devices"
CVX = "http://hl7.org/fhir/sid/cvx"


class Code(Struct, frozen=True):
    """A code and the system it belongs to; equal only if both are."""

    system: str
    value: str


COVID_19 = Code(SNOMED, "840539006")
DETECTED = Code(SNOMED, "260373001")
NOT_DETECTED = Code(SNOMED, "260415000")
