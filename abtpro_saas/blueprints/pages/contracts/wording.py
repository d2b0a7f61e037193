"""Plans, features and lengths as pages write them, in the page's language."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from abtpro_saas import formats
from abtpro_saas.blueprints.pages.contracts.outlook import Outlook
from abtpro_saas.blueprints.pages.frame.labels import said
from abtpro_saas.blueprints.pages.frame.preferences import language
from abtpro_saas.clock import bangkok_date
from abtpro_saas.contracts.offers.defaults import PERIOD
from abtpro_saas.contracts.offers.plans import newest_plans, period_of
from abtpro_saas.contracts.tables import Plan
from abtpro_saas.contracts.terms.durations import Duration, parse_duration
from abtpro_saas.contracts.terms.features import CATALOGUE, UNLIMITED, Feature, Words
from abtpro_saas.contracts.words import Billing
from abtpro_saas.ids import TenantId


def _(text: str, **values: str) -> str:
    return str(gettext(text, **values))


def plan_name(plan: Plan) -> str:
    """Return a plan's name."""
    return plan.name_th if language() == "th" else plan.name_en


def plan_names(session: Session, tenant_id: TenantId, now: datetime) -> dict[str, str]:
    """Return the names of all plans by their codes, sold or not."""
    found = newest_plans(session, tenant_id, now)
    return {plan.code: plan_name(plan) for plan in found}


def billed(plan: Plan, billing: str) -> str:
    """Return a plan's name with how it is paid: ``Premium, yearly``.

    One whose period is no month has its name alone: its price says how long it lasts.
    """
    if _has_own_period(plan, billing):
        return plan_name(plan)
    return _("%(plan)s, %(billing)s", plan=plan_name(plan), billing=said(billing))


def how_often(plan: Plan, billing: str) -> str:
    """Return how often a plan is paid: ``monthly``, ``every 20 seconds``."""
    return per(plan, billing) if _has_own_period(plan, billing) else str(said(billing))


def _has_own_period(plan: Plan, billing: str) -> bool:
    return billing == Billing.MONTHLY and plan.period != PERIOD


def _words(feature: Feature | str) -> Words:
    found = CATALOGUE[feature] if isinstance(feature, str) else feature
    return found.words["th" if language() == "th" else "en"]


def feature_name(feature: Feature | str) -> str:
    """Return a feature's name, by its key or itself."""
    return _words(feature).name


def feature_meaning(feature: Feature | str) -> str:
    """Return what a feature means to who has it."""
    return _words(feature).meaning


def limit_text(value: int) -> str:
    """Return how many of a limit a plan gives."""
    if value == UNLIMITED:
        return _("Unlimited")
    return formats.format_count(value, language())


def term(length: Duration | str) -> str:
    """Return a contract's length in words: ``1 month``."""
    parts = parse_duration(length) if isinstance(length, str) else length
    return formats.format_term(parts.months, parts.days, parts.seconds, language())


def per(plan: Plan, billing: str) -> str:
    """Return what a price is for: ``per month``, ``every 14 days``."""
    words = term(period_of(plan, billing)).removeprefix(f"1{formats.NO_BREAK}")
    if words[0].isdigit():
        return _("every %(period)s", period=words)
    return _("per %(period)s", period=words)


def left(length: timedelta) -> str:
    """Return what is left of a term: ``27 days``."""
    return formats.format_left(length, language())


def local_day(instant: datetime, *, exact: bool = False) -> str:
    """Return the day in Bangkok on which an instant falls; ``exact``, the instant."""
    if exact:
        return formats.format_instant(instant, language(), seconds=True)
    return formats.format_day(bangkok_date(instant), language())


def moment(instant: datetime, outlook: Outlook) -> str:
    """Return an instant of a contract, to the second where its periods are short."""
    return formats.format_instant(instant, language(), seconds=outlook.is_short)


def is_short(plan: Plan, billing: str) -> bool:
    """Tell whether a plan's periods are less than a day."""
    return period_of(plan, billing).is_short


def rate(basis_points: int) -> str:
    """Return a rate as briefly as it can be written: ``7%``."""
    return formats.format_percent(basis_points, signed=False).replace(".00", "")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "plan_name": plan_name,
    "billed": billed,
    "feature_name": feature_name,
    "feature_meaning": feature_meaning,
    "limit_text": limit_text,
    "term": term,
    "per": per,
    "how_often": how_often,
    "left": left,
    "local_day": local_day,
    "moment": moment,
    "is_short": is_short,
    "rate": rate,
}
