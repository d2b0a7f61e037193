"""Language and theme of a page: the reader's, else their browser's, else the tenant's.

Whoever is signed in keeps both in their profile; a cookie serves everybody else, and
keeps the sign-in page in the language that was last read. What somebody chooses at the
door goes into their profile when they come in.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, redirect, request
from flask import session as cookie
from flask_babel import Babel, get_locale
from werkzeug.wrappers import Response as AnyResponse

from abtpro_saas.blueprints.guard.access import tenant_access
from abtpro_saas.blueprints.pages.frame.readers import brand, reader
from abtpro_saas.formats import LOCALES
from abtpro_saas.identity.people import update_profile
from abtpro_saas.identity.words import Locale, Rising, Theme

DEFAULT_LOCALE = "th"
THEMES = tuple(Theme)
LANGUAGE_COOKIE = "abtpro_language"
THEME_COOKIE = "abtpro_theme"
KEPT = timedelta(days=365)
CHOSEN = "chosen_at_the_door"
"""Where the browser's signed cookie keeps what was chosen before signing in."""

blp = Blueprint("preferences", __name__, url_prefix="/preferences")


def install(app: Flask) -> None:
    """Let ``app`` choose languages and themes."""
    Babel(
        app,
        default_locale=DEFAULT_LOCALE,
        default_timezone="Asia/Bangkok",
        locale_selector=chosen_locale,
    )
    app.register_blueprint(blp)


def chosen_locale() -> str:
    """Return the language of this page: user, cookie, tenant, then browser."""
    asked = (
        getattr(reader(), "locale", None),
        request.cookies.get(LANGUAGE_COOKIE),
        brand().locale,
        request.accept_languages.best_match(LOCALES),
    )
    return next((locale for locale in asked if locale in LOCALES), DEFAULT_LOCALE)


def language() -> str:
    """Return the language in which this page is being written."""
    return str(get_locale() or DEFAULT_LOCALE)


def chosen_theme() -> str:
    """Return the theme of this page: user, cookie, then whatever the device says."""
    asked = (
        getattr(reader(), "theme", None),
        request.cookies.get(THEME_COOKIE),
    )
    return next((theme for theme in asked if theme in THEMES), "system")


def rising() -> str:
    """Return the colour of what rises and gains on this page."""
    found: str = getattr(reader(), "rising", Rising.GREEN)
    return found


def keep(response: AnyResponse, name: str, value: str) -> None:
    """Set a preference's cookie."""
    response.set_cookie(
        name,
        value,
        max_age=KEPT,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def local_path(asked: str | None, otherwise: str = "/") -> str:
    """Return ``asked`` if it is a path of this site: no link may lead elsewhere."""
    # Checked as it stands, too: what reads an address may drop or fold some of it.
    if not asked or not asked.isprintable() or "\\" in asked or asked[1:2] == "/":
        return otherwise
    parts = urlsplit(asked)
    plain = parts.path.startswith("/") and not parts.path.startswith("//")
    return asked if plain and not parts.scheme and not parts.netloc else otherwise


@blp.post("/language")
def change_language() -> AnyResponse:
    """Read on in another language, on the same page."""
    return _change("language", LOCALES, LANGUAGE_COOKIE)


@blp.post("/theme")
def change_theme() -> AnyResponse:
    """Read on in another theme, on the same page."""
    return _change("theme", THEMES, THEME_COOKIE)


def _change(field: str, choices: tuple[str, ...], name: str) -> AnyResponse:
    value = request.form.get(field, "")
    if value not in choices:
        return Response("", 422)
    if reader() is None:
        cookie[CHOSEN] = chosen_at_the_door() | {field: value}
    else:
        remember(**{field: value})
    response = redirect(local_path(request.form.get("next")), 303)
    keep(response, name, value)
    return response


def chosen_at_the_door() -> dict[str, str]:
    """Return the preferences that this browser's visitor chose before signing in."""
    chosen: dict[str, str] = cookie.get(CHOSEN, {})
    return chosen


def remember(language: str | None = None, theme: str | None = None) -> None:
    """Keep preferences in the profile of whoever is signed in."""
    with tenant_access() as access:
        update_profile(
            access.session,
            access.tenant_id,
            access.user_id,
            locale=Locale(language) if language else None,
            theme=Theme(theme) if theme else None,
        )
        access.note(action="profile.preferences", language=language, theme=theme)
