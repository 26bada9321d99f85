import json
import re
import string
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from io import BytesIO
from threading import Thread

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from pratique import qr
from pratique.model import uvci
from pratique.model.certificate import (
    Analyte,
    AnyClaim,
    Certificate,
    Evidence,
    Exemption,
    Name,
    Person,
    Recovery,
    Test,
    TravelDocument,
    Vaccination,
)
from pratique.model.certificate import TestKind as Kind
from pratique.model.dates import PartialDate
from pratique.model.errors import PrintRefused
from pratique.model.reasons import Reason
from pratique.model.valueset import ATC, COVID_19, DETECTED, EU_HOLDER, EU_PRODUCT, NOT_DETECTED, SNOMED, Code
from pratique.paper import (
    PAPER_LIMIT,
    Scan,
    Sheet,
    certificate_pdf,
    fits_paper,
    missing_glyphs,
    paper_level,
)
from pratique.paper.content import content
from pratique.qr import Level
from pratique.texts import LANGUAGES

from .worn import rasterised, reads, scan, worn

SHANGHAI = timezone(timedelta(hours=8))
DOCUMENT = TravelDocument.conceal("P", "UTO", "E12345678", salt=bytes(8))
WANG = Person(Name("王", "丽", "WANG", "LI"), PartialDate(1954, 5, 3), DOCUMENT)
FATIMA = Person(Name("المنصوري", "فاطمة", "ALMANSOORI", "FATIMA"), PartialDate(1980, 3), DOCUMENT)


def stated(number: int) -> dict[str, object]:
    record = uvci.from_record_id("XA", bytes([number * 17 + 20]) * 16)
    return {
        "uvci": record,
        "disease": COVID_19,
        "country": "XA",
        "issuer": "Xanadu Health",
        "evidence": Evidence.REGISTRY,
    }


def vaccination(number: int = 1, **fields: object) -> Vaccination:
    known = {**stated(number), "date": PartialDate(2026, 4, 12), "product": Code(EU_PRODUCT, "EU/1/20/1528")}
    return Vaccination(**{**known, "dose": 2, "doses": 3, **fields})  # type: ignore[arg-type]


def pcr(number: int = 2, **fields: object) -> Test:
    known = {**stated(number), "kind": Kind.MOLECULAR, "sampled": datetime(2026, 11, 20, 14, 5, tzinfo=SHANGHAI)}
    return Test(**{**known, "result": NOT_DETECTED, "centre": "Harbour Clinic", **fields})  # type: ignore[arg-type]


def recovery(number: int = 3) -> Recovery:
    dates = [PartialDate(2026, 7, 1), PartialDate(2026, 7, 12), PartialDate(2026, 12, 28)]
    return Recovery(**stated(number), first_positive=dates[0], valid_from=dates[1], valid_until=dates[2])  # type: ignore[arg-type]


def exemption(number: int = 4) -> Exemption:
    return Exemption(**stated(number), valid_from=PartialDate(2026, 1), valid_until=PartialDate(2027))  # type: ignore[arg-type]


def sheet(*claims: AnyClaim, holder: Person = WANG, length: int = 620, **fields: object) -> Sheet:
    claims = claims or (vaccination(),)
    values: dict[str, object] = {
        "certificate": Certificate(holder, claims),
        "scans": (Scan(scan(length), claims),),
        "issuer": "Xanadu Ministry of Health",
        "country": "XA",
        "issued": datetime(2026, 11, 23, 10, 31, tzinfo=SHANGHAI),
        "expires": datetime(2026, 12, 3, 23, 59, 59, tzinfo=SHANGHAI),
    }
    return Sheet(**{**values, **fields})  # type: ignore[arg-type]


def words(pdf: bytes) -> list[str]:
    """The text of each page, as a reader for the blind finds it, on one line."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def grouped(claim: AnyClaim) -> str:
    return " ".join(re.findall(".{1,4}", claim.record_id))


def refusal(made: Sheet) -> Reason:
    with pytest.raises(PrintRefused) as caught:
        certificate_pdf(made)
    (reason,) = caught.value.reasons
    return reason


# --- what is not printed


def test_a_code_too_fine_for_paper_is_refused() -> None:
    assert refusal(sheet(length=1_200)) is Reason.PRINT_CODE_TOO_DENSE
    assert refusal(sheet(length=5_000)) is Reason.PRINT_CODE_TOO_DENSE
    assert reads(certificate_image(sheet(length=1_130)), scan(1_130))


@pytest.mark.parametrize("name", ["กมลา", "ᠪᠠᠲᠤ", "አበበ", "a\x00b", "\ue000"])
def test_a_name_that_no_font_can_draw_is_refused_and_not_told(name: str) -> None:
    holder = structs.replace(WANG, name=Name(name, None, "KAMALA", None))
    with pytest.raises(PrintRefused) as caught:
        certificate_pdf(sheet(holder=holder))
    assert caught.value.reasons == (Reason.PRINT_GLYPH_MISSING,)
    assert name not in str(caught.value)


def test_a_missing_glyph_is_found_wherever_it_stands() -> None:
    assert refusal(sheet(issuer="กระทรวง")) is Reason.PRINT_GLYPH_MISSING
    assert refusal(sheet(pcr(centre="คลินิก"))) is Reason.PRINT_GLYPH_MISSING
    assert refusal(sheet(vaccination(product=Code(ATC, "ก")))) is Reason.PRINT_GLYPH_MISSING


def test_glyphs_of_the_usual_scripts_are_here() -> None:
    assert (
        missing_glyphs("WANG 王丽 王麗 𠮷 فاطمة Müller Łukasz Đặng Ελένη Наталья 山田 한국 •·’ \u200f\u2068")
        == frozenset()
    )
    assert missing_glyphs("aก\ue000") == {"ก", "\ue000"}


def test_a_text_that_does_not_fit_is_refused() -> None:
    assert refusal(sheet(issuer="Ministry of Everything " * 60)) is Reason.PRINT_TOO_LONG
    assert refusal(sheet(pcr(centre="Harbour Clinic " * 120))) is Reason.PRINT_TOO_LONG


def test_long_names_are_set_smaller_and_never_shortened() -> None:
    long = Name("Wolfeschlegelsteinhausen " * 3 + "Bergerdorff", "Adolph Blaine " * 5 + "Zeus", "W" * 39, "A" * 39)
    (page,) = words(certificate_pdf(sheet(holder=structs.replace(WANG, name=long))))
    for part in ("Bergerdorff", "Zeus", "Valid until"):
        assert part in page
    assert page.count("Wolfeschlegelsteinhausen") == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"languages": ("zh",)},
        {"languages": ()},
        {"languages": ("en", "en")},
        {"languages": ("en", "de")},
        {"languages": ("en", "zh", "ar")},
        {"scans": ()},
        {"issued": datetime(2026, 11, 23)},  # noqa: DTZ001
        {"expires": datetime(2026, 12, 3)},  # noqa: DTZ001
    ],
    ids=str,
)
def test_a_sheet_that_means_nothing_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"languages|scans|issued"):
        sheet(**fields)


# --- nothing in a value acts


HOSTILE = [
    "#panic()",
    "*a*",
    "_b_",
    "$x^2$",
    "= heading",
    "@ref <label>",
    "\\u{41} \\",
    "`raw`",
    "[c]",
    '"',
    "//x",
    "{page}",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_values_print_literally(value: str) -> None:
    holder = structs.replace(WANG, name=Name(value, None, value, None))
    claims = (pcr(centre=value, issuer=value, name=value), vaccination(product=Code(value, value)))
    (page,) = words(certificate_pdf(sheet(*claims, holder=holder, issuer=value)))
    assert page.count(value) >= 5


def test_a_value_cannot_turn_the_direction_of_the_page() -> None:
    holder = structs.replace(WANG, name=Name("LI\u202e\u2066", "A\nB", "LI", "AB"))
    (page,) = words(certificate_pdf(sheet(holder=holder)))
    assert "A B LI" in page
    assert "\u202e" not in page


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=string.printable + "王丽فاطمة", min_size=1, max_size=60))
def test_any_name_prints_or_is_refused(name: str) -> None:
    holder = structs.replace(WANG, name=Name(name, None, "LI", None))
    try:
        answer: tuple[object, ...] = tuple(
            "health certificate" in page for page in words(certificate_pdf(sheet(holder=holder)))
        )
    except PrintRefused as error:
        answer = error.reasons
    assert answer in ((True,), (Reason.PRINT_GLYPH_MISSING,), (Reason.PRINT_TOO_LONG,))


# --- what is printed


def test_the_page_says_everything_in_both_languages() -> None:
    (page,) = words(certificate_pdf(sheet(vaccination(), pcr(), recovery())))
    for part in (
        "Travel health certificate", "旅行健康证明", "王丽", "WANG, LI", "3 May 1954", "1954年5月3日",
        "Passport ••••678 (UTO)", "Xanadu Ministry of Health (XA)", "23 Nov 2026, 10:31 UTC+08:00",
        "3 Dec 2026, 23:59 UTC+08:00", "有效期至", "Vaccination", "疫苗接种", "12 Apr 2026", "Dose 2 of 3",
        "第 2 剂，共 3 剂", "PCR test (molecular)", "核酸检测", "Sample taken", "14:05 UTC+08:00",
        "Not detected (negative)",
        "Harbour Clinic, XA · Xanadu Health", "Recovery", "First positive",
        "Counts from 12 Jul 2026 to 28 Dec 2026", "From a health registry",
        "来自健康登记系统", "The whole code must be flat and visible.", "Show with your passport.",
        "keep it like a passport", "Page 1 of 1",
    ):  # fmt: skip
        assert part.replace(" ", "") in page.replace(" ", ""), part
    for verdict in ("✓", "✔", "valid certificate", "SPECIMEN", "E12345678", "{"):
        assert verdict not in page


def test_identifiers_stand_in_groups_of_four() -> None:
    claim = vaccination(7)
    assert grouped(claim) in words(certificate_pdf(sheet(claim)))[0]
    assert {len(group) for group in grouped(claim).split()[:-1]} == {4}


def test_what_is_not_stated_is_said() -> None:
    nobody = Person(Name())
    claims = (
        vaccination(date=PartialDate(2026), dose=None, doses=None, product=Code(ATC, "J07BX03-X"), evidence=None),
        vaccination(doses=None),
        pcr(
            kind=Kind.OTHER,
            result=Code(SNOMED, "0000"),
            centre=None,
            sampled=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        ),
    )
    page = " ".join(words(certificate_pdf(sheet(*claims, holder=nobody, languages=("en",)))))
    for part in (
        "Name Not stated",
        "Dose number not stated",
        "Dose 2 XA",
        "code J07BX03-X",
        "Result: 0000",
        "03:04 UTC",
    ):
        assert part in page, part
    assert "How it is known: not stated" in page
    assert page.count("Not stated") == 3


def test_every_kind_of_claim_has_its_row() -> None:
    kinds = [pcr(kind=kind, analyte=Analyte.IGG, result=DETECTED) for kind in Kind]
    page = " ".join(words(certificate_pdf(sheet(*kinds, exemption(), languages=("en",)))))
    for part in (
        "PCR test",
        "Antigen test",
        "Antibody test",
        "Medical exemption",
        "Detected (positive)",
        "IgG",
        "Jan 2026 to 2027",
    ):
        assert part in page, part


def test_a_preview_says_so_in_every_language() -> None:
    for languages in (("en",), ("en", "zh"), ("ar", "en")):
        (text,) = words(certificate_pdf(sheet(pcr(), languages=languages, preview=True)))
        assert "PREVIEW" in text
        assert "ar" in languages or "Preview. Not signed, not a certificate." in text  # Arabic is told by the mark
    specimen = Certificate(WANG, (pcr(),), specimen=True)
    (text,) = words(certificate_pdf(sheet(pcr(), certificate=specimen, preview=True)))
    assert "PREVIEW" in text
    assert "SPECIMEN" not in text


def test_a_specimen_says_so_and_is_still_read() -> None:
    made = sheet(pcr(), certificate=Certificate(WANG, (pcr(),), specimen=True))
    (page,) = words(certificate_pdf(made))
    assert "SPECIMEN" in page
    assert "Specimen. Not a real certificate." in page
    assert reads(certificate_image(made), scan(620))
    band, plain = (rasterised(certificate_pdf(each)).histogram()[237] for each in (made, sheet(pcr())))
    assert band > 50 * plain + 10_000  # pixels of the grey inside the letters


def test_the_mark_of_a_specimen_crosses_the_corner_of_the_code_and_hides_nothing() -> None:
    made = sheet(pcr(), certificate=Certificate(WANG, (pcr(),), specimen=True))
    image = rasterised(certificate_pdf(made))
    corner = image.crop([round(side * image.width / 210) for side in (180, 60, 195, 70)])
    assert corner.histogram()[237] > 100
    assert min(value for value, count in enumerate(image.histogram()) if 200 < value < 250 and count > 5_000) > 230


def test_arabic_is_shaped_and_set_from_the_right() -> None:
    made = sheet(vaccination(), pcr(), recovery(), holder=FATIMA, languages=("ar", "en"))
    (page,) = words(certificate_pdf(made))
    assert {"FATIMA", "Vaccination", "certificate"} <= set(page.split())
    image = rasterised(certificate_pdf(made))
    width, height = image.size
    title = image.crop((0, height // 20, width // 2 - width // 60, height // 12)).point(
        lambda value: 255 * (value < 128)
    )
    box = title.getbbox()
    assert box is not None
    assert box[0] > width // 8  # the title ends at the fold and leaves the left margin empty
    assert reads(certificate_image(made), scan(620))


def test_the_code_lies_in_the_upper_right_quarter_and_the_folds_are_free() -> None:
    for made in (sheet(), sheet(languages=("ar", "en"), holder=FATIMA), sheet(*map(vaccination, range(12)))):
        pdf = certificate_pdf(made)
        image = rasterised(pdf).point(lambda value: 255 * (value < 160))
        width, height = image.size
        per_mm = width / 210
        quarter = image.crop((width // 2, 0, width, height // 2)).point(lambda value: 255 - value)
        out = BytesIO()
        quarter.save(out, "PNG")
        assert reads(out.getvalue(), scan(620))
        margin = round(8 * per_mm)
        for page in range(len(words(pdf))):
            image = rasterised(pdf, page=page).point(lambda value: 255 * (value < 160))
            across = image.crop((margin, round(145 * per_mm), width - margin, round(152 * per_mm)))
            down = image.crop((round(101.5 * per_mm), margin, round(108.5 * per_mm), round(270 * per_mm)))
            assert across.getbbox() is None
            running_head = round(27 * per_mm) if page else margin
            assert down.crop((0, running_head, *down.size)).getbbox() is None


def mixed(first: int = 1) -> tuple[AnyClaim, ...]:
    """Three vaccinations, two tests and a recovery, with short and long evidence and places."""
    lab, ours = "Xanadu Airport Laboratory", Evidence.ADMINISTERED
    return (
        vaccination(first, dose=1),
        vaccination(first + 1, dose=2, evidence=Evidence.FOREIGN_CERTIFICATE),
        vaccination(first + 2, dose=3, evidence=ours),
        pcr(first + 3, evidence=ours),
        pcr(first + 4, kind=Kind.ANTIGEN, result=DETECTED, centre=lab),
        recovery(first + 5),
    )


PAIRS = [("en", "zh"), ("zh", "en"), ("en", "ar"), ("ar", "en"), ("fr", "en"), ("ru", "en"), ("es", "en"), ("en",)]


@pytest.mark.parametrize("languages", PAIRS, ids="-".join)
@pytest.mark.parametrize(("claims", "most"), [((vaccination(),), 1), (mixed(), 1), (mixed() + mixed(7), 2)])
def test_six_claims_fit_one_page_and_twelve_two(
    claims: tuple[AnyClaim, ...], most: int, languages: tuple[str, ...]
) -> None:
    holder = FATIMA if "ar" in languages else WANG
    pages = words(
        certificate_pdf(sheet(*claims, holder=holder, issuer="Xanadu Health", languages=languages, length=1_000))
    )
    assert len(pages) == most
    for claim in claims:  # a page from right to left gives its letters to a reader in the order they are drawn
        assert sum(" ".join(pages).count(known) for known in {grouped(claim), grouped(claim)[::-1]}) == 1


def test_an_arabic_phrase_within_a_phrase_keeps_its_order() -> None:
    pages = certificate_pdf(sheet(*mixed(), *mixed(7), holder=FATIMA, languages=("ar", "en"), length=1_000))
    (running,) = content(sheet(languages=("ar", "en")))["running"][-2:-1]
    assert running == ("ar", "صالحة حتى \u20683 ديسمبر 2026\u2069، \u206823:59 UTC+08:00\u2069")
    assert "23:59" in words(pages)[1]


def test_the_issuer_stands_once_where_it_vouches_for_everything() -> None:
    def count(*claims: AnyClaim, issuer: str = "Xanadu Health") -> int:
        return " ".join(words(certificate_pdf(sheet(*claims, issuer=issuer)))).count("Xanadu Health")

    assert count(vaccination(), pcr()) == 1
    assert count(vaccination(), pcr(), issuer="Xanadu Ministry") == 2
    assert count(vaccination(), pcr(issuer="Harbour Board")) == 2


def test_a_vaccine_is_told_by_its_product_and_without_one_by_its_kind_and_maker() -> None:
    told = {"prophylaxis": Code(ATC, "J07BX03"), "manufacturer": Code(EU_HOLDER, "ORG-100030215")}
    (named,) = words(certificate_pdf(sheet(vaccination(**told))))
    assert "Comirnaty" in named
    assert "Biontech" not in named
    for product in (None, Code(ATC, "J07BX03-X")):
        (page,) = words(certificate_pdf(sheet(vaccination(product=product, **told))))
        assert "Biontech" in page
        assert "covid-19 vaccines" in page


def test_many_claims_flow_over_pages_and_none_is_lost() -> None:
    claims = [kind(number) for number, kind in enumerate((vaccination, pcr, recovery, exemption) * 3)]
    pages = words(certificate_pdf(sheet(*claims, length=1_100)))
    assert 1 < len(pages) <= 3
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "WANG, LI" in page
        assert "3 Dec 2026, 23:59 UTC+08:00" in page
    together = " ".join(pages)
    for claim in claims:
        assert together.count(grouped(claim)) == 1


def test_several_scans_make_several_sheets() -> None:
    first, second = Scan(scan(600, 1), (vaccination(),)), Scan(scan(640, 2), (pcr(),))
    pdf = certificate_pdf(sheet(certificate=Certificate(WANG, (vaccination(), pcr())), scans=(first, second)))
    pages = words(pdf)
    assert len(pages) == 2
    assert "Code 1 of 2" in pages[0]
    assert "Vaccination" in pages[0]
    assert "PCR" not in pages[0]
    assert "Code 2 of 2" in pages[1]
    assert qr.read_pdf(pdf) == (first.text, second.text)


def test_equal_sheets_make_equal_bytes_in_any_thread() -> None:
    made: list[bytes] = []
    threads = [Thread(target=lambda: made.append(certificate_pdf(sheet(vaccination(), pcr())))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1


def test_the_page_is_a4() -> None:
    with pypdfium2.PdfDocument(certificate_pdf(sheet())) as document:
        assert [round(side * 25.4 / 72) for side in document[0].get_size()] == [210, 297]


# --- words


def test_the_catalogues_agree() -> None:
    read = {
        language: json.loads((files("pratique") / "texts" / f"paper.{language}.json").read_bytes())
        for language in LANGUAGES
    }
    for language, catalogue in read.items():
        assert list(catalogue) == list(read["en"]), language
        assert len(catalogue["months"].split()) == 12
        for key, text in catalogue.items():
            assert fields(text) == fields(read["en"][key]), f"{language}: {key}"
            assert missing_glyphs(text) == frozenset(), f"{language}: {key}"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


# --- it is read again


def certificate_image(made: Sheet, passes: int = 1) -> bytes:
    """The page after it was printed, carried about and scanned badly."""
    return worn(rasterised(certificate_pdf(made)), passes=passes)


@pytest.mark.parametrize("length", [450, 550, 750, 820])
def test_a_bad_scan_of_a_dcc_is_read(length: int) -> None:
    assert paper_level(scan(length)) is Level.Q
    assert reads(certificate_image(sheet(length=length)), scan(length))


@pytest.mark.parametrize("length", [830, 1_000, 1_130])
def test_a_bad_scan_of_an_ithc_is_read(length: int) -> None:
    assert paper_level(scan(length)) is Level.M
    assert reads(certificate_image(sheet(vaccination(), pcr(), recovery(), length=length)), scan(length))


@pytest.mark.parametrize("length", [450, 500])
def test_a_photocopy_of_a_photocopy_is_read(length: int) -> None:
    assert reads(certificate_image(sheet(length=length), passes=2), scan(length))


def test_the_fold_line_does_not_matter() -> None:
    image = rasterised(certificate_pdf(sheet()))
    image.paste(90, (image.width // 2 - 2, 0, image.width // 2 + 3, image.height))
    image.paste(90, (0, image.height // 2 - 2, image.width, image.height // 2 + 3))
    assert reads(worn(image), scan(620))


def test_what_fits_paper_follows_the_measured_limits() -> None:
    assert 60 / (PAPER_LIMIT + 2 * qr.QUIET_ZONE) >= 0.45
    for level, longest in ((Level.Q, 823), (Level.M, 1_134)):
        assert fits_paper(scan(longest), level=level)
        assert not fits_paper(scan(longest + 1), level=level)
        assert not fits_paper(scan(9_000), level=level)


def test_a_certificate_without_an_end_and_a_sample_of_a_day_say_so() -> None:
    (page,) = words(certificate_pdf(sheet(pcr(day_only=True), expires=None, languages=("en",))))
    assert "Has no end" in page
    assert "14:05" not in page
    (page,) = words(certificate_pdf(sheet(pcr(), languages=("en",))))
    assert "Has no end" not in page
    assert "14:05" in page
