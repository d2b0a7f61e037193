"""What a tenant's pages show of it: name, colour, logo."""

import re

from abtpro_saas.errors import InvalidError

_COLOUR = re.compile(r"#[0-9a-f]{6}")
# Pages load pictures from their own origin alone, hence no other address. No SVG: one
# that is opened by itself is a document that may run scripts.
_LOGO = re.compile(
    r"/static/(?!.*\.\.)[\w./-]{1,200}|data:image/(?:png|webp);base64,[\w+/=]+",
    re.ASCII,
)
_LONGEST_LOGO = 64 * 1024
_LONGEST_NAME = 80


class BrandError(InvalidError):
    """Not a name, colour or logo that a page can show."""

    code = "invalid_brand"


def check_name(name: str) -> str:
    """Return a tenant's name without margins.

    Raises:
        BrandError: it is empty, longer than 80 characters, or not printable.
    """
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= _LONGEST_NAME or not plain.isprintable():
        raise BrandError(f"a name has 1 to {_LONGEST_NAME} characters", "name")
    return plain


def check_colour(accent: str) -> str:
    """Return a colour as ``#rrggbb`` in lower case.

    Raises:
        BrandError: it is no such colour.
    """
    if _COLOUR.fullmatch(accent.lower()) is None:
        raise BrandError("a colour like #0b5c4d", "accent")
    return accent.lower()


def check_logo(url: str) -> str:
    """Return the address of a logo that pages may load.

    Raises:
        BrandError: neither a static file nor a small PNG or WebP as a data URI.
    """
    if len(url) > _LONGEST_LOGO or _LOGO.fullmatch(url) is None:
        raise BrandError("a PNG or WebP as a data URI of at most 64 KiB", "logo_url")
    return url
