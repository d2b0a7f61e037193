import pytest
from hypothesis import given
from hypothesis.strategies import integers

from abtpro_saas.blueprints.pages.frame.contrast import (
    LEGIBLE,
    contrast,
    dark_palette,
    light_palette,
)

accents = integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_black_on_white_is_21_to_1():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_a_published_grey_has_its_published_ratio():
    # The lightest grey that passes on white.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(accents, accents)
def test_contrast_does_not_depend_on_order(one, other):
    assert contrast(one, other) == contrast(other, one)


@given(accents)
def test_every_accent_gives_legible_text_and_ink(accent):
    for palette, grounds in (
        (light_palette(accent), ("#ffffff", "#f7f8f7", "#eff2f0")),
        (dark_palette(accent), ("#0e1412", "#161d1a", "#0a0f0d")),
    ):
        assert contrast(palette.ink, palette.accent) >= LEGIBLE
        assert all(contrast(palette.accent, ground) >= LEGIBLE for ground in grounds)


def test_a_dark_accent_is_kept_as_it_is_on_a_light_ground():
    assert light_palette("#0b5c4d").accent == "#0b5c4d"
