"""Pictures of QR codes, read back by a decoder that is not ours."""

import base64
import io
import re
from itertools import pairwise

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from abtpro_saas.billing.qr.emvco import bill_payment
from abtpro_saas.billing.qr.image import matrix, penalty, png, png_data_uri, svg
from abtpro_saas.billing.qr.promptpay import new_reference
from abtpro_saas.money import Satang

PAYLOAD = (
    "00020101021230550016A00000067701011201150000000000001010212TOPUP7F3K9Q2"
    "53037645406499.005802TH630478B2"
)


def symbol(payload, mask):
    """Return the symbol that qrcode draws with ``mask``."""
    code = QRCode(None, ERROR_CORRECT_M, border=0, mask_pattern=mask)
    code.add_data(payload.encode(), optimize=0)
    code.make()
    return tuple("".join("01"[bool(m)] for m in row) for row in code.modules)


def slow_penalty(rows):
    """Count the four features of the standard, module by module."""
    lines = [*rows, *map("".join, zip(*rows, strict=True))]
    total = sum(
        len(run) - 2 for line in lines for run in re.findall(r"0{5,}|1{5,}", line)
    )
    for above, below in pairwise(rows):
        for at in range(len(rows) - 1):
            total += 3 * (len(set(above[at : at + 2] + below[at : at + 2])) == 1)
    for line in lines:
        total += 40 * len(re.findall("(?=10111010000|00001011101)", line))
    dark = sum(row.count("1") for row in rows) / len(rows) ** 2
    return total + 10 * int(abs(dark * 100 - 50) / 5)


@settings(max_examples=20, deadline=None)
@given(st.builds(new_reference), st.integers(1, 10**12 - 1))
def test_a_decoder_reads_the_picture(ref, satang):
    payload = bill_payment("000000000000101", ref, Satang(satang))

    assert zxingcpp.read_barcode(Image.open(io.BytesIO(png(payload)))).text == payload


def test_the_picture_has_the_correction_level_that_banks_expect():
    read = zxingcpp.read_barcode(Image.open(io.BytesIO(png(PAYLOAD))))

    assert read.ec_level == "M"


def test_the_quiet_zone_is_four_modules_of_white():
    picture = Image.open(io.BytesIO(png(PAYLOAD)))
    side = 8 * (len(matrix(PAYLOAD)) + 8)

    assert picture.size == (side, side)
    assert picture.convert("L").point(lambda p: 255 - p).getbbox() == (
        32,
        32,
        side - 32,
        side - 32,
    )


def test_the_least_penalty_decides_on_the_mask():
    drawn = [symbol(PAYLOAD, mask) for mask in range(8)]

    assert matrix(PAYLOAD) in drawn
    assert slow_penalty(matrix(PAYLOAD)) == min(map(slow_penalty, drawn))


@pytest.mark.parametrize("mask", range(8))
def test_penalties_are_those_of_the_standard(mask):
    rows = symbol(PAYLOAD, mask)

    assert penalty(int("".join(rows), 2), len(rows)) == slow_penalty(rows)


@pytest.mark.parametrize("length", [1, 30, 120, 400])
def test_every_size_of_symbol_is_read(length):
    text = "PROMPTPAY1"[:1] * length

    assert zxingcpp.read_barcode(Image.open(io.BytesIO(png(text)))).text == text


def test_the_same_text_gives_the_same_bytes():
    assert png_data_uri(PAYLOAD) == (
        "data:image/png;base64," + base64.b64encode(png(PAYLOAD)).decode()
    )


def test_the_svg_draws_the_same_modules():
    rows, size = matrix(PAYLOAD), len(matrix(PAYLOAD)) + 8
    drawn = Image.new("1", (size, size))
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-", svg(PAYLOAD)):
        for at in range(int(run)):
            drawn.putpixel((int(x) + at, int(y)), 255)

    assert f'viewBox="0 0 {size} {size}"' in svg(PAYLOAD)
    assert all(
        drawn.getpixel((x + 4, y + 4)) == (module == "1") * 255
        for y, row in enumerate(rows)
        for x, module in enumerate(row)
    )
