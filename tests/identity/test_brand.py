"""What a tenant's pages show of it."""

import pytest

from abtpro_saas.identity.brand import BrandError, check_colour, check_logo, check_name


def test_a_name_loses_its_margins():
    assert check_name("  สยาม   เทรดดิ้ง ") == "สยาม เทรดดิ้ง"


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\x00b", "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(name):
    with pytest.raises(BrandError):
        check_name(name)


def test_a_colour_is_kept_in_lower_case():
    assert check_colour("#0B5C4D") == "#0b5c4d"


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#0b5c4d;x", "#0b5c4d\n"])
def test_what_is_no_colour_is_refused(colour):
    with pytest.raises(BrandError):
        check_colour(colour)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/logo.png",
        "javascript:alert(1)",
        "data:image/svg+xml;base64,AAAA",
        "//evil.example/x.png",
        "/static/../account/sign-out",
        "data:image/png;base64," + "A" * 70_000,
    ],
)
def test_a_logo_from_elsewhere_is_refused(url):
    with pytest.raises(BrandError):
        check_logo(url)


@pytest.mark.parametrize("url", ["/static/logo.png", "data:image/png;base64,iVBORw0="])
def test_a_logo_of_our_own_is_taken(url):
    assert check_logo(url) == url
