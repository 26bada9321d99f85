"""What codes of other systems mean, as plain tables: facts, each with the place it comes from."""

CVX_PRODUCTS: dict[str, str] = {
    "207": "EU/1/20/1507",
    "208": "EU/1/20/1528",
    "210": "EU/1/21/1529",
    "211": "EU/1/21/1618",
    "212": "EU/1/20/1525",
    "217": "EU/1/20/1528",
    "218": "EU/1/20/1528",
    "219": "EU/1/20/1528",
    "221": "EU/1/20/1507",
    "227": "EU/1/20/1507",
    "228": "EU/1/20/1507",
    "229": "EU/1/20/1507",
    "230": "EU/1/20/1507",
    "300": "EU/1/20/1528",
    "301": "EU/1/20/1528",
    "302": "EU/1/20/1528",
    "308": "EU/1/20/1528",
    "309": "EU/1/20/1528",
    "310": "EU/1/20/1528",
    "311": "EU/1/20/1507",
    "312": "EU/1/20/1507",
    "313": "EU/1/21/1618",
    "502": "Covaxin",
    "504": "Sputnik-Light",
    "505": "Sputnik-V",
    "506": "Convidecia",
    "509": "EpiVacCorona",
    "510": "BBIBP-CorV",
    "511": "CoronaVac",
    "512": "Covifenz",
    "515": "MVC-COV1901",
    "518": "EU/1/21/1624",
    "519": "EU/1/20/1507",
    "520": "EU/1/20/1528",
}
"""CDC's CVX -> product. CDC, "COVID-19 vaccine related codes", and WHO's snapshot of February 2023; the adapted
vaccines go to the product's code, as the notes of annex A ask. 503 (COVI-VAC, live attenuated) is not CoviVac."""

ICD_11_PRODUCTS: dict[str, str] = {
    "XM8NQ0": "EU/1/20/1528",
    "XM3DT5": "EU/1/20/1507",
    "XM4YL8": "EU/1/21/1529",
    "XM6QV1": "EU/1/20/1525",
    "XM8866": "BBIBP-CorV",
    "XM7HT3": "CoronaVac",
    "XM1G90": "Covaxin",
    "XM97T2": "Covishield",
    "XM1AG7": "Convidecia",
    "XM5ZJ4": "Sputnik-V",
    "XM5QM6": "Sputnik-Light",
    "XM85P5": "CoviVac",
    "XM9FQ7": "Hayat-Vax",
    "XM3PG0": "Soberana-02",
    "XM4EC8": "MVC-COV1901",
    "XM6SZ8": "EpiVacCorona",
}
"""ICD-11 extension codes -> product. WHO, Digital Documentation of COVID-19 Certificates, value set of vaccines."""

SNOMED_PRODUCTS: dict[str, str] = {
    "28571000087109": "EU/1/20/1507",
    "28581000087106": "EU/1/20/1528",
    "28761000087108": "EU/1/21/1529",
    "28951000087107": "EU/1/20/1525",
    "28961000087105": "Covishield",
    "29171000087106": "EU/1/21/1618",
    "30151000087105": "Covifenz",
    "31301000087101": "BBIBP-CorV",
    "31311000087104": "CoronaVac",
    "31341000087103": "Sputnik-V",
    "31431000087100": "Convidecia",
    "33201000087108": "WIBP-CorV",
    "33211000087105": "Covaxin",
    "33221000087102": "CVnCoV",
    "33361000087101": "EU/1/20/1528",
    "33391000087109": "Abdala",
    "33411000087109": "CoviVac",
    "33421000087101": "EpiVacCorona",
    "33461000087106": "Sputnik-Light",
    "33881000087102": "EU/1/20/1528",
    "34591000087100": "Soberana-02",
    "34611000087105": "EU/1/20/1528",
    "34921000087108": "Covovax",
    "35651000087105": "EU/1/20/1507",
    "37311000087109": "EU/1/20/1507",
    "37651000087101": "EU/1/20/1507",
}
"""SNOMED CT, Canadian edition -> product, as Canada's provinces write them; the names are those of WHO's draft concept
map from SNOMED CT to ICD-11 for COVID-19 vaccines (Digital Documentation of COVID-19 Certificates, 2023-02-20)."""

CVX_PROPHYLAXIS: dict[str, str] = {
    "213": "28531000087107",
    "225": "28531000087107",
    "226": "28531000087107",
    "500": "28531000087107",
    "501": "1157024006",
    "503": "28531000087107",
    "507": "28531000087107",
    "508": "28531000087107",
    "513": "28531000087107",
    "514": "1187593009",
    "516": "1157024006",
    "517": "28531000087107",
}
"""CVX of no product on the list -> prophylaxis, where the kind of vaccine is sure, else any COVID-19 vaccine."""

ICD_11_PROPHYLAXIS: dict[str, str] = {
    "XM68M6": "28531000087107",
    "XM1NL1": "1157024006",
    "XM9QW8": "29061000087103",
    "XM0GQ8": "1119349007",
    "XM6AT1": "1187593009",
    "XM1J92": "30141000087107",
}
"""ICD-11 kinds of vaccine -> prophylaxis."""

ATC_PROPHYLAXIS: dict[str, str] = {
    "J07BN": "28531000087107",
    "J07BN01": "1119349007",
    "J07BN02": "29061000087103",
    "J07BN03": "1157024006",
}
"""WHO ATC index 2023 -> prophylaxis. J07BN04 (protein subunit) has no equal there."""

MOLECULAR_TESTS = frozenset(
    {
        *(
            "LP6464-4",
            "94500-6",
            "94309-2",
            "94307-6",
            "94308-4",
            "94314-2",
            "94315-9",
            "94316-7",
            "94533-7",
            "94534-5",
        ),
        *("94559-2", "94565-9", "94639-2", "94640-0", "94641-8", "94756-4", "94757-2", "94759-8", "94760-6", "94845-5"),
        *("95406-5", "95409-9", "95425-5", "95608-6"),
    }
)
ANTIGEN_TESTS = frozenset({"LP217198-3", "94558-4", "95209-3", "96119-3", "97097-0"})
ANTIBODY_TESTS: dict[str, str | None] = {
    "94563-4": "IgG",
    "94507-1": "IgG",
    "94761-4": "IgG",
    "94564-2": "IgM",
    "94508-9": "IgM",
    "95416-4": "IgM",
    "94762-2": "total",
    "94562-6": None,
    "94768-9": None,
    "94547-7": None,
    "95542-7": None,
}
"""LOINC's tests for SARS-CoV-2 with a yes-or-no answer (loinc.org, "SARS-CoV-2 and COVID-19"), by what they look for;
for antibodies also the immunoglobulin. None: IgA, or IgG and IgM measured together without telling which."""

ICAO_TESTS: dict[str, str] = {
    "molecular(PCR)": "molecular",
    "molecular(other)": "molecular",
    "antigen": "antigen",
    "antibody": "antibody",
}
"""ICAO's words for tests (TR VDS-NC, field `tc`), by what they look for."""

RESULTS: dict[str, dict[str, bool]] = {
    "http://snomed.info/sct": {
        "260373001": True,
        "10828004": True,
        "11214006": True,
        "52101004": True,
        "260415000": False,
        "260385009": False,
        "131194007": False,
        "2667000": False,
        "895231008": False,
    },
    "http://loinc.org": {
        "LA11882-0": True,
        "LA6576-8": True,
        "LA15255-5": True,
        "LA11883-8": False,
        "LA6577-6": False,
        "LA15256-3": False,
    },
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation": {
        "POS": True,
        "DET": True,
        "RR": True,
        "NEG": False,
        "ND": False,
        "NR": False,
    },
}
"""Results that mean detected or not. Equivocal, inconclusive and presumptive ones are left out: they stay open."""

OTHER_VACCINES: dict[str, dict[str, tuple[str, ...]]] = {
    "16541001": {
        "http://hl7.org/fhir/sid/cvx": ("37", "183", "184"),
        "http://www.whocc.no/atc": ("J07BL01",),
        "http://id.who.int/icd/release/11/mms": ("XM0N24", "XM3418"),
    },
    "398102009": {
        "http://hl7.org/fhir/sid/cvx": ("02", "10", "89", "178", "179", "182"),
        "http://www.whocc.no/atc": ("J07BF01", "J07BF02", "J07BF03", "J07BF04"),
        "http://id.who.int/icd/release/11/mms": ("XM0N50", "XM5V19", "XM79H3", "XM0VX8", "XM0KZ1"),
    },
}
"""Vaccines against the other diseases of the closed list, by disease; combined vaccines are left out. ICD-11 as in WHO
SMART ICVP 0.3.0, value set ICVPVaccineCodes."""

DISEASES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "840539006": ("COVID-19", ("U07.1",), ("RA01", "RA01.0", "XN109")),
    "16541001": ("Yellow fever", ("A95", "A95.0", "A95.1", "A95.9"), ("1D47",)),
    "398102009": ("Poliomyelitis", ("A80", "A80.0", "A80.1", "A80.2", "A80.3", "A80.4", "A80.9"), ("1C81",)),
}
"""The closed list: SNOMED CT -> name, codes of ICD-10 and of ICD-11, the agent's (XN109, SARS-CoV-2) among them."""
