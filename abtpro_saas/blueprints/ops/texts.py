"""What the Temporal UI shows in frames: a process's own words, drawn by ourselves.

The UI puts summaries and "current details" into frames of ``/render``. Behind a public
path its own server answers there with a page that says "not found", and where it does
answer it passes HTML on as it stands. Ours knows bold and line breaks, and no more.
"""

import base64
import hashlib
import re
from html import escape

from flask import Blueprint, Response, request

from abtpro_saas.blueprints.guard.marks import open_to_all
from abtpro_saas.blueprints.ops.door import let_operator_in
from abtpro_saas.blueprints.ops.proxy import PREFIX

blp = Blueprint("ops_texts", __name__, url_prefix=PREFIX)

STYLE = """
* { margin: 0; padding: 0; }
html { color-scheme: light; }
html.dark { color-scheme: dark; }
body { padding: 1rem; font-family: sans-serif; overflow-wrap: break-word;
  background: #fff; color: #121416; }
.dark body { background: #141414; color: #f8fafc; }
main { white-space: pre-line; }
strong { font-weight: 600; }
body.compact { padding: 0; overflow: hidden; background: transparent;
  font-size: 14px; line-height: 20px; }
.compact main { white-space: normal; }
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none';"
    # The UI's page asks its frame how high it is, which takes the same origin.
    " form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)

PAGE = (
    '<!DOCTYPE html><html class="{theme}"><head><meta charset="utf-8">'
    "<title>Text</title><style>{style}</style></head>"
    '<body class="{size}"><main>{text}</main></body></html>'
)

_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")


@blp.get("/render")
@open_to_all(limited=False)  # the operators' door below asks for their own sign-in
def render() -> Response:
    """Return one text as a page of its own, in the UI's theme."""
    let_operator_in()
    asked = request.args
    # "dark-primary" and the like: the UI's shades of one theme.
    dark = asked.get("theme", "").startswith("dark")
    page = PAGE.format(
        theme="dark" if dark else "light",
        size="compact" if asked.get("compact") == "true" else "whole",
        style=STYLE,
        text=drawn(asked.get("content", "")),
    )
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"  # the text is in the address
    answer.headers["Cache-Control"] = "no-store"
    return answer


def drawn(text: str) -> str:
    """Return ``text`` as HTML: ``**bold**`` is bold, all else is what it was."""
    return _BOLD.sub(r"<strong>\1</strong>", escape(text))
