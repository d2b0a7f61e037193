"""Addresses of static files that change with their content, and the tenant's colours.

A file asked for by its version may be kept for ever; one asked for without is checked
again each time.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request, url_for

from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.pages.frame.contrast import dark_palette, light_palette
from abtpro_saas.identity.brand import check_colour

FOR_EVER = "public, max-age=31536000, immutable"

blp = Blueprint("brand", __name__)


def install(app: Flask) -> None:
    """Give ``app`` the address of each file and the lifetime of its copies."""
    app.jinja_env.globals["asset"] = asset
    app.register_blueprint(blp)
    app.after_request(_keep_static_files)


def asset(name: str) -> str:
    """Return the address of ``static/<name>``, which holds its version."""
    folder = Path(str(current_app.static_folder))
    version = _digest(folder / name)
    return url_for("static", filename=name, v=version)


@cache
def _digest(file: Path) -> str:
    # A developer restarts the web process after a change; production never changes.
    return sha256(file.read_bytes()).hexdigest()[:12]


@blp.get("/brand/<colour>.css")
@open_to_all(limited=False)
def colours(colour: str) -> Response:
    """Return the style sheet of an accent; the colour itself is its whole address."""
    accent = check_colour(f"#{colour}")
    light, dark = light_palette(accent), dark_palette(accent)
    text = (
        f":root{{--accent:{light.accent};--accent-ink:{light.ink};"
        f"--accent-text:{light.accent}}}\n"
        "@media (prefers-color-scheme:dark){:root:not([data-theme=light]){"
        f"--accent:{dark.accent};--accent-ink:{dark.ink};"
        f"--accent-text:{dark.accent}}}}}\n"
        f":root[data-theme=dark]{{--accent:{dark.accent};--accent-ink:{dark.ink};"
        f"--accent-text:{dark.accent}}}\n"
    )
    return Response(text, mimetype="text/css", headers={"Cache-Control": FOR_EVER})


def _keep_static_files(response: Response) -> Response:
    if request.endpoint != "static" or response.status_code >= 400:  # noqa: PLR2004 - the first status of a refusal
        return response
    versioned = "v" in request.args or "/vendor/" in request.path
    response.headers["Cache-Control"] = FOR_EVER if versioned else "no-cache"
    return response
