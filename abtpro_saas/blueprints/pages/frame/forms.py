"""What a form was sent with, and what was wrong with it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from flask import request

from abtpro_saas.blueprints.guard.trail import record_refusal
from abtpro_saas.blueprints.http.problems import problem_of
from abtpro_saas.blueprints.pages.frame import refusals
from abtpro_saas.clock import BANGKOK, bangkok_day
from abtpro_saas.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidError,
    PaymentRequiredError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
)

ANSWERABLE = (
    InvalidError,
    PaymentRequiredError,
    ConflictError,
    TooManyError,
    UnavailableError,
)
"""Refusals that the form itself can show, so that what was typed is not lost."""

AT_THE_DOOR = (*ANSWERABLE, UnauthenticatedError, ForbiddenError)
"""The same where being unknown or shut out is what the form is about."""


class InstantError(InvalidError):
    """Not a day with a time."""

    code = "invalid_instant"


@dataclass(frozen=True)
class Form:
    """A form as it is shown again: values by field, errors by field, one for all.

    ``at`` is the id of the dialog that it was sent from, which opens with it again.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    status: int = 200
    at: str | None = None

    def value(self, name: str, otherwise: object = "") -> Any:  # noqa: ANN401 - whatever a field holds
        """Return what was typed into a field, or what it begins with."""
        return self.values.get(name, otherwise)

    def error(self, name: str) -> str | None:
        """Return what is wrong with a field, or nothing."""
        return self.errors.get(name)

    def of(self, dialog: str | None) -> "Form":
        """Return this form for what sent it (None is the page), else an empty one."""
        return self if self.at == dialog else EMPTY

    def among(self, dialogs: Collection[str]) -> "Form":
        """Return this form; where its dialog is no longer there, the page tells all."""
        if self.at is None or self.at in dialogs:
            return self
        told = self.problem or next(iter(self.errors.values()), None)
        return replace(self, at=None, errors={}, problem=told)


EMPTY = Form()

NOWHERE: Mapping[str, str] = {}

YEARS = range(2000, 2200)
"""Days that a page can be asked about: months and time zones reach beyond them."""


def refused(
    error: DomainError, *, at: str | None = None, beside: Mapping[str, str] = NOWHERE
) -> Form:
    """Return the form that was sent, with its refusal, which the trail gets too.

    ``at`` is the dialog that sent it. ``beside`` says by which field a refusal is
    told: by its code, or by what the rules call the field where the form does not.
    """
    problem = problem_of(error)
    record_refusal(problem.status, problem.code)
    words = refusals.message(problem.code, problem.status)
    named = getattr(error, "field", None)
    at_fault = beside.get(problem.code) or beside.get(named or "")
    if at_fault is None and named in request.form:
        at_fault = named
    return Form(
        values={k: v for k, v in request.form.items() if "password" not in k},
        errors={at_fault: words} if at_fault else {},
        problem=None if at_fault else words,
        status=problem.status,
        at=at,
    )


def text(name: str) -> str:
    """Return a field's text without margins."""
    return request.form.get(name, "").strip()


def instant(name: str) -> datetime:
    """Return the instant that a field names by Bangkok's clocks, in UTC.

    Raises:
        InstantError: there is none.
    """
    try:
        named = datetime.fromisoformat(text(name))
        return named.replace(tzinfo=named.tzinfo or BANGKOK).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InstantError("not a day with a time", name) from None


def asked_day(name: str) -> date | None:
    """Return the day that a query's date field names, or None."""
    return day_of(request.args.get(name, ""))


def day_of(text: str) -> date | None:
    """Return the day that ``text`` writes as YYYY-MM-DD, or None."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def asked_period() -> tuple[datetime | None, datetime | None]:
    """Return the query's ``from`` and ``to`` days, both included, as [since, until)."""
    first, last = asked_day("from"), asked_day("to")
    since = bangkok_day(first)[0] if first else None
    until = bangkok_day(last)[1] if last else None
    return since, until
