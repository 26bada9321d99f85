"""Code lists as plain tables: facts, with the place and the date they come from.

The value sets are those of the eHealth Network, "Value Sets for EU Digital COVID Certificates", version 1.15 as
published by eu-dcc-valuesets 2.12.0 (2023-05). The eHealth Network's mark "(deprecated)" is kept in `WITHDRAWN`
instead of in the name. What each code's system is follows from its form: `pratique.model.valueset.code_of`.
"""

PROPHYLAXIS: dict[str, str] = {
    "1119305005": "SARS-CoV-2 antigen vaccine",
    "1119349007": "SARS-CoV-2 mRNA vaccine",
    "J07BX03": "covid-19 vaccines",
    "1162643001": "SARS-CoV-2 recombinant spike protein antigen vaccine",
    "1157024006": "Inactivated whole SARS-CoV-2 antigen vaccine",
    "29061000087103": "COVID-19 non-replicating viral vector vaccine",
    "28531000087107": "COVID-19 vaccine",
    "30141000087107": "SARS-CoV-2 virus-like particle antigen vaccine",
    "1187593009": "SARS-CoV-2 DNA plasmid encoding spike protein vaccine",
}
"""`vp`: SNOMED CT, one withdrawn ATC code."""

PRODUCTS: dict[str, str] = {
    "EU/1/20/1528": "Comirnaty",
    "EU/1/20/1507": "Spikevax",
    "EU/1/21/1529": "Vaxzevria",
    "EU/1/20/1525": "Jcovden",
    "CVnCoV": "CVnCoV",
    "NVX-CoV2373": "NVX-CoV2373",
    "Sputnik-V": "Sputnik-V",
    "Convidecia": "Convidecia",
    "EpiVacCorona": "EpiVacCorona",
    "BBIBP-CorV": "BBIBP-CorV",
    "Inactivated-SARS-CoV-2-Vero-Cell": "Inactivated SARS-CoV-2 (Vero Cell)",
    "CoronaVac": "CoronaVac",
    "Covaxin": "Covaxin",
    "Covishield": "Covishield",
    "Covid-19-recombinant": "Covid-19 (recombinant)",
    "R-COVI": "R-COVI",
    "CoviVac": "CoviVac",
    "Sputnik-Light": "Sputnik Light",
    "Hayat-Vax": "Hayat-Vax",
    "Abdala": "Abdala",
    "WIBP-CorV": "WIBP-CorV",
    "MVC-COV1901": "MVC COVID-19 vaccine",
    "EU/1/21/1618": "Nuvaxovid",
    "Covovax": "Covovax",
    "Vidprevtyn": "Vidprevtyn",
    "VLA2001": "VLA2001",
    "EpiVacCorona-N": "EpiVacCorona-N",
    "Sputnik-M": "Sputnik M",
    "Covid-19-adsorvida-inativada": "Vacina adsorvida covid-19 (inativada)",
    "NVSI-06-08": "NVSI-06-08",
    "YS-SC2-010": "YS-SC2-010",
    "SCTV01C": "SCTV01C",
    "Covifenz": "Covifenz",
    "AZD2816": "AZD2816",
    "Soberana-02": "Soberana 02",
    "Soberana-Plus": "Soberana Plus",
    "EU/1/21/1624": "COVID-19 Vaccine Valneva",
    "EU/1/21/1580": "VidPrevtyn Beta",
    "EU/1/22/1709": "Bimervax",
}
"""`mp`: the Union register of medicinal products (`EU/...`), or a name given by the eHealth Network."""

HOLDERS: dict[str, str] = {
    "ORG-100001699": "AstraZeneca AB",
    "ORG-100030215": "Biontech Manufacturing GmbH",
    "ORG-100001417": "Janssen-Cilag International",
    "ORG-100031184": "Moderna Biotech Spain S.L.",
    "ORG-100006270": "Curevac AG",
    "ORG-100013793": "CanSino Biologics",
    "ORG-100020693": "China Sinopharm International Corp. - Beijing location",
    "ORG-100010771": "Sinopharm Weiqida Europe Pharmaceutical s.r.o. - Prague location",
    "ORG-100024420": "Sinopharm Zhijun (Shenzhen) Pharmaceutical Co. Ltd. - Shenzhen location",
    "ORG-100032020": "Novavax CZ a.s.",
    "Gamaleya-Research-Institute": "Gamaleya Research Institute",
    "Vector-Institute": "Vector Institute",
    "Sinovac-Biotech": "Sinovac Biotech",
    "Bharat-Biotech": "Bharat Biotech",
    "ORG-100001981": "Serum Institute Of India Private Limited",
    "Fiocruz": "Fiocruz",
    "ORG-100007893": "R-Pharm CJSC",
    "Chumakov-Federal-Scientific-Center": "Chumakov Federal Scientific Center for Research and Development of Immune-and-Biological Products",  # noqa: E501
    "ORG-100023050": "Gulf Pharmaceutical Industries",
    "CIGB": "Center for Genetic Engineering and Biotechnology",
    "Sinopharm-WIBP": "Sinopharm - Wuhan Institute of Biological Products",
    "ORG-100033914": "Medigen Vaccine Biologics Corporation",
    "ORG-100000788": "Sanofi Pasteur",
    "ORG-100036422": "Valneva France",
    "Instituto-Butantan": "Instituto Butantan",
    "NVSI": "National Vaccine and Serum Institute, China",
    "Yisheng-Biopharma": "Yisheng Biopharma",
    "ORG-100026614": "Sinocelltech Ltd.",
    "ORG-100008549": "Medicago Inc.",
    "Finlay-Institute": "Finlay Institute of Vaccines",
    "ORG-100036914": "Hipra Human Health S.L.",
}
"""`ma` of a vaccination: an organisation of EMA SPOR (`ORG-...`), or a name given by the eHealth Network."""

DEVICES: dict[str, str] = {
    "1833": "AAZ-LMB, COVID-VIRO",
    "1232": "Abbott Rapid Diagnostics, Panbio COVID-19 Ag Rapid Test",
    "1468": "ACON Laboratories, Inc, Flowflex SARS-CoV-2 Antigen rapid test",
    "2108": "AESKU.DIAGNOSTICS GmbH & Co. KG, AESKU.RAPID SARS-CoV-2",
    "2130": "Affimedix, Inc., TestNOW® - COVID-19 Antigen Test",
    "1304": "AMEDA Labordiagnostik GmbH, AMP Rapid Test SARS-CoV-2 Ag",
    "1822": "Anbio (Xiamen) Biotechnology Co., Ltd, Rapid COVID-19 Antigen Test(Colloidal Gold)",
    "1815": "Anhui Deep Blue Medical Technology Co., Ltd, COVID-19 (SARS-CoV-2) Antigen Test Kit (Colloidal Gold) - Nasal Swab",  # noqa: E501
    "1736": "Anhui Deep Blue Medical Technology Co., Ltd, COVID-19 (SARS-CoV-2) Antigen Test Kit(Colloidal Gold)",
    "768": "ArcDia International Ltd, mariPOC SARS-CoV-2",
    "1654": "Asan Pharmaceutical CO., LTD, Asan Easy Test COVID-19 Ag",
    "2010": "Atlas Link Technology Co., Ltd., NOVA Test® SARS-CoV-2 Antigen Rapid Test Kit (Colloidal Gold Immunochromatography)",  # noqa: E501
    "2101": "AXIOM Gesellschaft für Diagnostica und Biochemica mbH, COVID-19 Antigen Rapid Test",
    "1906": "Azure Biotech Inc, COVID-19 Antigen Rapid Test Device",
    "1065": "Becton Dickinson, BD Veritor™ System for Rapid Detection of SARS CoV 2",
    "1870": "Beijing Hotgen Biotech Co., Ltd, Novel Coronavirus 2019-nCoV Antigen Test (Colloidal Gold)",
    "1331": "Beijing Lepu Medical Technology Co., Ltd, SARS-CoV-2 Antigen Rapid Test Kit",
    "1484": "Beijing Wantai Biological Pharmacy Enterprise Co., Ltd, Wantai SARS-CoV-2 Ag Rapid Test (FIA)",
    "1242": "Bionote, Inc, NowCheck COVID-19 Ag Test",
    "1223": "BIOSYNEX S.A., BIOSYNEX COVID-19 Ag BSS",
    "1236": "BTNX Inc, Rapid Response COVID-19 Antigen Rapid Test",
    "1173": "CerTest Biotec, CerTest SARS-CoV-2 Card test",
    "1919": "Core Technology Co., Ltd, Coretests COVID-19 Ag Test",
    "1225": "DDS DIAGNOSTIC, Test Rapid Covid-19 Antigen (tampon nazofaringian)",
    "1375": "DIALAB GmbH, DIAQUICK COVID-19 Ag Cassette",
    "1244": "GenBody, Inc, Genbody COVID-19 Ag Test",
    "1253": "GenSure Biotech Inc, GenSure COVID-19 Antigen Rapid Kit",
    "2183": "Getein Biotech, Inc., One Step Test for SARS-CoV-2 Antigen (Colloidal Gold)",
    "1144": "Green Cross Medical Science Corp., GENEDIA W COVID-19 Ag",
    "1747": "Guangdong Hecin Scientific, Inc., 2019-nCoV Antigen Test Kit (colloidal gold method)",
    "1360": "Guangdong Wesail Biotech Co., Ltd, COVID-19 Ag Test Kit",
    "1437": "Guangzhou Wondfo Biotech Co., Ltd, Wondfo 2019-nCoV Antigen Test (Lateral Flow Method)",
    "1257": "Hangzhou AllTest Biotech Co., Ltd, COVID-19 Antigen Rapid Test",
    "1363": "Hangzhou Clongene Biotech Co., Ltd, Covid-19 Antigen Rapid Test Kit",
    "1365": "Hangzhou Clongene Biotech Co., Ltd, COVID-19/Influenza A+B Antigen Combo Rapid Test",
    "1844": "Hangzhou Immuno Biotech Co.,Ltd, Immunobio SARS-CoV-2 Antigen ANTERIOR NASAL Rapid Test Kit (minimal invasive)",  # noqa: E501
    "1215": "Hangzhou Laihe Biotech Co., Ltd, LYHER Novel Coronavirus (COVID-19) Antigen Test Kit(Colloidal Gold)",
    "2139": "HANGZHOU LYSUN BIOTECHNOLOGY CO., LTD., COVID-19 Antigen Rapid Test Device（Colloidal Gold）",
    "1392": "Hangzhou Testsea Biotechnology Co., Ltd, COVID-19 Antigen Test Cassette",
    "1767": "Healgen Scientific, Coronavirus Ag Rapid Test Cassette",
    "1263": "Humasis, Humasis COVID-19 Ag Test",
    "1333": "Joinstar Biomedical Technology Co., Ltd, COVID-19 Rapid Antigen Test (Colloidal Gold)",
    "1764": "JOYSBIO (Tianjin) Biotechnology Co., Ltd, SARS-CoV-2 Antigen Rapid Test Kit (Colloidal Gold)",
    "1266": "Labnovation Technologies Inc, SARS-CoV-2 Antigen Rapid Test Kit",
    "2128": "Lumigenex (Suzhou) Co., Ltd, PocRoc®SARS-CoV-2 Antigen Rapid Test Kit (Colloidal Gold)",
    "1267": "LumiQuick Diagnostics Inc, QuickProfile COVID-19 Antigen Test",
    "1268": "LumiraDX, LumiraDx SARS-CoV-2 Ag Test",
    "1180": "MEDsan GmbH, MEDsan SARS-CoV-2 Antigen Rapid Test",
    "2029": "Merlin Biomedical (Xiamen) Co., Ltd., SARS-CoV-2 Antigen Rapid Test Cassette",
    "1190": "möLab, mö-screen Corona Antigen Test",
    "1481": "MP Biomedicals, Rapid SARS-CoV-2 Antigen Test Card",
    "2104": "Nal von minden GmbH, NADAL COVID -19 Ag +Influenza A/B Test",
    "1162": "Nal von minden GmbH, NADAL COVID-19 Ag Test",
    "1420": "NanoEntek, FREND COVID-19 Ag",
    "1501": "New Gene (Hangzhou) Bioengineering Co., Ltd, COVID-19 Antigen Detection Kit",
    "1199": "Oncosem Onkolojik Sistemler San. ve Tic. A.S., CAT",
    "308": "PCL Inc, PCL COVID19 Ag Rapid FIA",
    "2116": "PerGrande BioTech Development Co., Ltd., SARS-CoV-2 Antigen Detection Kit (Colloidal Gold Immunochromatographic Assay)",  # noqa: E501
    "1271": "Precision Biosensor, Inc, Exdia COVID-19 Ag",
    "1341": "Qingdao Hightop Biotech Co., Ltd, SARS-CoV-2 Antigen Rapid Test (Immunochromatography)",
    "1097": "Quidel Corporation, Sofia SARS Antigen FIA",
    "1606": "RapiGEN Inc, BIOCREDIT COVID-19 Ag - SARS-CoV 2 Antigen test",
    "1604": "Roche (SD BIOSENSOR), SARS-CoV-2 Rapid Antigen Test",
    "1489": "Safecare Biotech (Hangzhou) Co. Ltd, COVID-19 Antigen Rapid Test Kit (Swab)",
    "1490": "Safecare Biotech (Hangzhou) Co. Ltd, Multi-Respiratory Virus Antigen Test Kit(Swab)  (Influenza A+B/ COVID-19)",  # noqa: E501
    "1201": "ScheBo Biotech AG, ScheBo SARS CoV-2 Quick Antigen",
    "344": "SD BIOSENSOR Inc, STANDARD F COVID-19 Ag FIA",
    "345": "SD BIOSENSOR Inc, STANDARD Q COVID-19 Ag Test",
    "1319": "SGA Medikal, V-Chek SARS-CoV-2 Ag Rapid Test Kit (Colloidal Gold)",
    "2109": "Shenzhen Lvshiyuan Biotechnology Co., Ltd., Green Spring SARS-CoV-2 Antigen-Rapid test-Set",
    "2017": "Shenzhen Ultra-Diagnostics Biotec.Co.,Ltd, SARS-CoV-2 Antigen Test Kit",
    "1769": "Shenzhen Watmind Medical Co., Ltd, SARS-CoV-2 Ag Diagnostic Test Kit (Colloidal Gold)",
    "1574": "Shenzhen Zhenrui Biotechnology Co., Ltd, Zhenrui ®COVID-19 Antigen Test Cassette",
    "1218": "Siemens Healthineers, CLINITEST Rapid Covid-19 Antigen Test",
    "1114": "Sugentech, Inc, SGTi-flex COVID-19 Ag",
    "1466": "TODA PHARMA, TODA CORONADIAG Ag",
    "1934": "Tody Laboratories Int., Coronavirus (SARS-CoV 2) Antigen - Oral Fluid",
    "2074": "Triplex International Biosciences (China) Co., LTD., SARS-CoV-2 Antigen Rapid Test Kit",
    "1443": "Vitrosens Biotechnology Co., Ltd, RapidFor SARS-CoV-2 Rapid Ag Test",
    "2103": "VivaChek Biotech (Hangzhou) Co., Ltd, VivaDiag Pro SARS-CoV-2 Ag Rapid Test",
    "2098": "Wuhan EasyDiagnosis Biomedicine Co., Ltd., COVID-19 (SARS-CoV-2) Antigen Test Kit",
    "1763": "Xiamen AmonMed Biotechnology Co., Ltd, COVID-19 Antigen Rapid Test Kit (Colloidal Gold)",
    "1278": "Xiamen Boson Biotech Co. Ltd, Rapid SARS-CoV-2 Antigen Test Card",
    "1456": "Xiamen Wiz Biotech Co., Ltd, SARS-CoV-2 Antigen Rapid Test",
    "1884": "Xiamen Wiz Biotech Co., Ltd, SARS-CoV-2 Antigen Rapid Test (Colloidal Gold)",
    "1296": "Zhejiang Anji Saianfu Biotech Co., Ltd, AndLucky COVID-19 Antigen Rapid Test",
    "1295": "Zhejiang Anji Saianfu Biotech Co., Ltd, reOpenTest COVID-19 Antigen Rapid Test",
    "1343": "Zhezhiang Orient Gene Biotech Co., Ltd, Coronavirus Ag Rapid Test Cassette (Swab)",
}
"""`ma` of a test: the JRC list of rapid antigen tests."""

ENCODING: dict[str, tuple[str, str]] = {
    "EU/1/20/1528": ("ORG-100030215", "1119349007"),
    "EU/1/20/1507": ("ORG-100031184", "1119349007"),
    "EU/1/21/1529": ("ORG-100001699", "29061000087103"),
    "EU/1/20/1525": ("ORG-100001417", "29061000087103"),
    "CVnCoV": ("ORG-100006270", "1119349007"),
    "NVX-CoV2373": ("ORG-100032020", "1162643001"),
    "Sputnik-V": ("Gamaleya-Research-Institute", "29061000087103"),
    "Convidecia": ("ORG-100013793", "29061000087103"),
    "EpiVacCorona": ("Vector-Institute", "1162643001"),
    "BBIBP-CorV": ("ORG-100020693", "1157024006"),
    "Inactivated-SARS-CoV-2-Vero-Cell": ("ORG-100010771", "1157024006"),
    "CoronaVac": ("Sinovac-Biotech", "1157024006"),
    "Covaxin": ("Bharat-Biotech", "1157024006"),
    "Covishield": ("ORG-100001981", "29061000087103"),
    "Covid-19-recombinant": ("Fiocruz", "29061000087103"),
    "R-COVI": ("ORG-100007893", "29061000087103"),
    "CoviVac": ("Chumakov-Federal-Scientific-Center", "1157024006"),
    "Sputnik-Light": ("Gamaleya-Research-Institute", "29061000087103"),
    "Hayat-Vax": ("ORG-100023050", "1157024006"),
    "Abdala": ("CIGB", "28531000087107"),
    "WIBP-CorV": ("Sinopharm-WIBP", "1157024006"),
    "MVC-COV1901": ("ORG-100033914", "1162643001"),
    "EU/1/21/1618": ("ORG-100032020", "1162643001"),
    "Covovax": ("ORG-100001981", "1162643001"),
    "Vidprevtyn": ("ORG-100000788", "28531000087107"),
    "VLA2001": ("ORG-100036422", "28531000087107"),
    "Sputnik-M": ("Gamaleya-Research-Institute", "29061000087103"),
    "EpiVacCorona-N": ("Vector-Institute", "1162643001"),
    "Covid-19-adsorvida-inativada": ("Instituto-Butantan", "1157024006"),
    "NVSI-06-08": ("NVSI", "28531000087107"),
    "YS-SC2-010": ("Yisheng-Biopharma", "28531000087107"),
    "SCTV01C": ("ORG-100026614", "28531000087107"),
    "Covifenz": ("ORG-100008549", "28531000087107"),
    "AZD2816": ("ORG-100001699", "29061000087103"),
    "Soberana-02": ("Finlay-Institute", "28531000087107"),
    "Soberana-Plus": ("Finlay-Institute", "28531000087107"),
    "EU/1/21/1624": ("ORG-100036422", "28531000087107"),
    "EU/1/21/1580": ("ORG-100000788", "28531000087107"),
    "EU/1/22/1709": ("ORG-100036914", "28531000087107"),
}
"""Product -> its authorisation holder and the most specific prophylaxis code that annex A lists for it."""

WITHDRAWN = frozenset(
    {"J07BX03", "NVX-CoV2373", "Inactivated-SARS-CoV-2-Vero-Cell", "Vidprevtyn", "VLA2001", "1065", "1242"}
)
"""Codes that are read but not written any more (`active` false)."""

TEST_TYPES: dict[str, str] = {
    "LP6464-4": "Nucleic acid amplification with probe detection",
    "LP217198-3": "Rapid immunoassay",
}
"""`tt`: LOINC parts."""

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
    "16541001": {"http://hl7.org/fhir/sid/cvx": ("37", "183", "184"), "http://www.whocc.no/atc": ("J07BL01",)},
    "398102009": {
        "http://hl7.org/fhir/sid/cvx": ("02", "10", "89", "178", "179", "182"),
        "http://www.whocc.no/atc": ("J07BF01", "J07BF02", "J07BF03", "J07BF04"),
    },
}
"""Vaccines against the other diseases of the closed list, by disease; combined vaccines are left out."""

DISEASES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "840539006": ("COVID-19", ("U07.1",), ("RA01", "RA01.0")),
    "16541001": ("Yellow fever", ("A95", "A95.0", "A95.1", "A95.9"), ("1D47",)),
    "398102009": ("Poliomyelitis", ("A80", "A80.0", "A80.1", "A80.2", "A80.3", "A80.4", "A80.9"), ("1C81",)),
}
"""The closed list: SNOMED CT -> name, codes of ICD-10 and of ICD-11."""
