"""Country codes: ISO 3166-1 alpha-2, which certificates use, and the codes of the machine readable zone.

The zone mostly writes ISO 3166-1 alpha-3; ICAO Doc 9303-3 section 5 (eighth edition, 2021) gives the exceptions:
Germany is `D`, six codes stand for the United Kingdom, and organisations and people without a state have codes of
their own. ISO 3166-1 as of February 2026 (249 countries); an unknown code is for the caller to judge, not to guess.
"""

_ISO = """
ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE BABIH BBBRB BDBGD
BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN
CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU
DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB
GBGBR GDGRD GEGEO GFGUF GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG
HMHMD HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM JOJOR JPJPN
KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU
LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR
MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL
OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB
RURUS RWRWA SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP
SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON TRTUR TTTTO TVTUV TWTWN
TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF
ZMZMB ZWZWE
"""

FICTIONAL = {"XA": "UTO", "XB": "ZZB", "XC": "ZZC", "XE": "ZZE", "XF": "ZZF"}
"""The fictional states of demonstrations and tests: ICAO's own Utopia, and others from the user-assigned range ZZA-ZZZ,
which neither ISO nor ICAO gives to anybody."""
FICTIONAL_UNION = "XU"
"""The union of XE and XF, which issues nothing itself."""

_TO_MRZ = {code[:2]: code[2:] for code in _ISO.split()} | {"DE": "D", "XK": "RKS"} | FICTIONAL
ALPHA_2: tuple[str, ...] = tuple(sorted(code[:2] for code in _ISO.split()))
"""The 249 codes of ISO 3166-1 alone."""

_BODIES = {"EU": "EUE", "UN": "UNO"}
_FROM_MRZ = {mrz: alpha2 for alpha2, mrz in (_TO_MRZ | _BODIES).items()} | {
    **dict.fromkeys(("GBD", "GBN", "GBO", "GBP", "GBS"), "GB"),
    **dict.fromkeys(("UNA", "UNK"), "UN"),
}

_FROM_ALPHA3 = {code[2:]: code[:2] for code in _ISO.split()} | {mrz: alpha2 for alpha2, mrz in FICTIONAL.items()}

_TO_ALPHA3 = {alpha2: alpha3 for alpha3, alpha2 in _FROM_ALPHA3.items()}

STATELESS, REFUGEE, OTHER_REFUGEE, UNSPECIFIED = "XXA", "XXB", "XXC", "XXX"
"""Nationalities of the zone that name no country (1954 Convention; 1951 Convention; other refugees; unspecified)."""

_ORGANISATIONS = frozenset(["XBA", "XIM", "XCC", "XCE", "XCO", "XEC", "XPO", "XES", "XMP", "XOM", "XDC"])
"""African Development Bank, Afreximbank, CARICOM, Council of Europe, COMESA, ECOWAS, Interpol, OECS, Parliamentary
Assembly of the Mediterranean, Order of Malta, SADC: issuers of documents without an alpha-2 code."""

_MRZ_CODES = frozenset(_FROM_MRZ) | _ORGANISATIONS | {STATELESS, REFUGEE, OTHER_REFUGEE, UNSPECIFIED}

_ALIASES = {"EL": "GR", "UK": "GB"}
_ISSUING_BODIES = frozenset(_BODIES) | {"UNHCR", FICTIONAL_UNION}


def canonical(code: str) -> str:
    """The ISO 3166-1 alpha-2 code for an alias met in certificates (`EL` is Greece, `UK` Britain); else `code`."""
    return _ALIASES.get(code, code)


def is_country(alpha2: str) -> bool:
    """Whether this is a country's alpha-2 code: ISO 3166-1, `XK` (Kosovo), an alias, or a fictional state."""
    return canonical(alpha2) in _TO_MRZ


def is_issuer(code: str) -> bool:
    """Whether HCERT certificates may name this as issuer: a country, or an international body such as `UNHCR`."""
    return is_country(code) or code in _ISSUING_BODIES


def to_mrz(alpha2: str) -> str:
    """The code under which the machine readable zone writes a country or `EU`, `UN`: one to three letters.

    Raises `ValueError` for a code that is neither.
    """
    code = canonical(alpha2)
    if code in _BODIES:
        return _BODIES[code]
    if code not in _TO_MRZ:
        raise ValueError("not a country code of ISO 3166-1 alpha-2")
    return _TO_MRZ[code]


def from_mrz(code: str) -> str | None:
    """The alpha-2 code for a code of the machine readable zone (fillers removed), such as `DE` for `D`.

    None where the code names no country: stateless people, refugees, organisations, and codes nobody has defined.
    """
    return _FROM_MRZ.get(code)


def from_alpha3(code: str) -> str | None:
    """The alpha-2 code for one of ISO 3166-1 alpha-3, in which WHO names countries, or of a fictional state.

    None for a code that is neither.
    """
    return _FROM_ALPHA3.get(code)


def to_alpha3(alpha2: str) -> str:
    """The alpha-3 code of a country of ISO 3166-1, or of a fictional state. Raises `ValueError` for any other."""
    code = canonical(alpha2)
    if code not in _TO_ALPHA3:
        raise ValueError("not a country code of ISO 3166-1 alpha-2")
    return _TO_ALPHA3[code]


def is_mrz_code(code: str) -> bool:
    """Whether ICAO Doc 9303-3 section 5 defines this code, for a country or for anything else."""
    return code in _MRZ_CODES
