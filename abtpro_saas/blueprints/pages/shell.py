"""The frame of every page: brand, ways, language, theme, and how a page is drawn.

``install_shell(app)`` gives an application all of it. A page handler ends in
``render("wallet/show.html", fragment="wallet/_movements.html", ...)``: a browser gets
the page, htmx the fragment of the same address.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import (
    Flask,
    Response,
    make_response,
    render_template,
    request,
    url_for,
)
from sqlalchemy.exc import SQLAlchemyError

from abtpro_saas.blueprints.guard import callers
from abtpro_saas.blueprints.http.problems import Problem
from abtpro_saas.blueprints.pages.contracts.standing import Standing
from abtpro_saas.blueprints.pages.frame import (
    assets,
    filters,
    headers,
    navigation,
    preferences,
    readers,
    refusals,
)
from abtpro_saas.blueprints.pages.frame.readers import Brand
from abtpro_saas.identity.caller import Caller, OperatorCaller

SAYS_ITSELF = frozenset(
    {"contract_page", "renewal_page", "change_page", "pricing_page", "topups_page"}
)
"""Where the page is about the contract, or the way to pay for it."""


@dataclass(frozen=True)
class Person:
    """Who is signed in, as the account menu shows them."""

    name: str
    email: str
    sign_out_url: str


@dataclass(frozen=True)
class Frame:
    """What the shell of a page shows around its content."""

    brand: Brand
    groups: tuple[navigation.Group, ...]
    person: Person | None
    language: str
    theme: str
    rising: str
    unread: int
    standing: Standing | None

    @property
    def tabs(self) -> tuple[navigation.Entry, ...]:
        """The entries of the phone's bottom bar."""
        ready = [entry for entry in self._entries if not entry.behind_more]
        return tuple(ready[: navigation.ON_PHONE])

    @property
    def rest(self) -> tuple[navigation.Entry, ...]:
        """The entries behind the bottom bar's "More"."""
        return tuple(entry for entry in self._entries if entry not in self.tabs)

    @property
    def personal(self) -> tuple[navigation.Entry, ...]:
        """The entries of the account menu: the last group, about the person."""
        return self.groups[-1].entries if len(self.groups) > 1 else ()

    @property
    def _entries(self) -> tuple[navigation.Entry, ...]:
        return tuple(entry for group in self.groups for entry in group.entries)


def install_shell(app: Flask) -> None:
    """Give ``app`` languages, themes, security headers, filters and the frame."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    preferences.install(app)
    assets.install(app)
    headers.install(app)
    filters.install(app)
    app.context_processor(_context)


def render(
    page: str,
    /,
    *,
    fragment: str | None = None,
    status: int = 200,
    **context: Any,  # noqa: ANN401 - a template takes what it takes
) -> Response:
    """Return the page, or its fragment where htmx asked for a part."""
    partial = fragment is not None and wants_fragment()
    name = fragment if partial and fragment else page
    response = make_response(render_template(name, **context), status)
    if fragment is not None:
        response.vary.add("HX-Request")
    return response


def wants_fragment() -> bool:
    """Tell whether htmx asked, and for a part rather than the whole page."""
    full = request.headers.get("HX-Request-Type") == "full"
    return request.headers.get("HX-Request") == "true" and not full


def draw_problem(problem: Problem) -> Response:
    """Return the page of a refusal; who is not signed in is led to the sign-in."""
    # Whoever is signed in but not for this (an operator, say) would only go in circles.
    if problem.status == HTTPStatus.UNAUTHORIZED and callers.known() is None:
        return _lead_to_sign_in()
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        readers.read_nothing()
    try:
        page = _problem_page(problem)
    except SQLAlchemyError:
        # The frame asks the database, which failed only now.
        readers.read_nothing()
        page = _problem_page(problem)
    response = make_response(page, problem.status)
    response.headers.extend(problem.headers)
    return response


def _problem_page(problem: Problem) -> str:
    return render_template(
        "errors/problem.html",
        problem=problem,
        title=refusals.title(problem.code, problem.status),
        explanation=refusals.explanation(problem.code, problem.status),
        leads_back=problem.code not in refusals.CLOSED,
    )


def _lead_to_sign_in() -> Response:
    back = request.full_path.rstrip("?") if request.method == "GET" else "/"
    where = url_for("signin_page.show", next=back)
    if request.headers.get("HX-Request") == "true":
        # A redirect would be followed unseen and swapped into a part of this page.
        return Response("", HTTPStatus.UNAUTHORIZED, {"HX-Redirect": where})
    return Response("", HTTPStatus.SEE_OTHER, {"Location": where})


def _context() -> dict[str, Any]:
    return {"frame": _frame(), "who": callers.known(), "user": readers.reader()}


def _frame() -> Frame:
    who, news = callers.known(), readers.news()
    return Frame(
        brand=readers.brand(),
        groups=_groups(who),
        person=_person(who),
        language=preferences.language(),
        theme=preferences.chosen_theme(),
        rising=preferences.rising(),
        unread=news.unread,
        standing=None if request.blueprint in SAYS_ITSELF else news.standing,
    )


def _groups(who: Caller | OperatorCaller | None) -> tuple[navigation.Group, ...]:
    if isinstance(who, OperatorCaller):
        return navigation.OPERATORS
    return navigation.groups_for(who.role) if who is not None else ()


def _person(who: Caller | OperatorCaller | None) -> Person | None:
    if isinstance(who, OperatorCaller):
        return Person(who.email, "", url_for("operators_page.sign_out"))
    user = readers.reader()
    if user is None:
        return None
    return Person(user.name, user.email, url_for("signin_page.sign_out"))
