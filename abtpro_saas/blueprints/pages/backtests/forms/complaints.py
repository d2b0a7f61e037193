"""What is wrong with a backtest's form, told by the field in the reader's language."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from abtpro_saas.backtesting.asking import (
    HIGHEST_FEE,
    HIGHEST_FUNDING,
    HIGHEST_LEVERAGE,
    HIGHEST_MAINTENANCE,
    HIGHEST_SLIPPAGE,
    LARGEST_CAPITAL,
)
from abtpro_saas.blueprints.pages.backtests.forms.asking import PARAMETER, field_of
from abtpro_saas.blueprints.pages.backtests.forms.markets import (
    Market,
    common_span,
    common_timeframes,
    usual_timeframe,
)
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.backtests.forms.units import scale_of, value_of
from abtpro_saas.blueprints.pages.backtests.words import in_words, last_day, utc_day
from abtpro_saas.blueprints.pages.frame.forms import Form, refused
from abtpro_saas.errors import DomainError, InvalidError
from abtpro_saas.plugins.api.parameters import (
    Choice,
    Integer,
    Parameter,
    ParameterError,
)
from abtpro_saas.plugins.api.strategies import Strategy

Tell = Callable[[DomainError, Form], tuple[str, str] | None]
"""Returns the field by which a fault is told, and the words; None: it has neither."""


def refused_order(
    error: DomainError, strategy: Strategy, chosen: Sequence[Market]
) -> Form:
    """Return the form that was sent, with what is wrong beside the fields at fault."""
    return refused_with(error, partial(told_of, strategy=strategy, chosen=chosen))


def refused_with(error: DomainError, tell: Tell) -> Form:
    """Return the form that was sent; ``tell`` says what is told by which field."""
    form = refused(error)
    faults = (error, *getattr(error, "others", ()))
    told = [tell(each, form) for each in faults]
    errors = dict(reversed([each for each in told if each is not None]))
    problem = form.problem if None in told else None
    return replace(form, errors={**form.errors, **errors}, problem=problem)


def told_of(
    error: DomainError, form: Form, strategy: Strategy, chosen: Sequence[Market]
) -> tuple[str, str] | None:
    """Return by which field of an order a fault is told, and the words."""
    field = field_of(error) if isinstance(error, InvalidError) else _not_found(error)
    told = _told(field or "", form, strategy, chosen)
    return None if field is None or told is None else (field, told)


def range_of(parameter: Parameter) -> str:
    """Return which values a parameter takes."""
    if isinstance(parameter, Choice):
        return ", ".join(in_words(each) for each in parameter.options.values())
    if (scale := scale_of(parameter)) != 1:
        low, high = (f"{e * scale:,g}" for e in (parameter.low, parameter.high))
        return str(_("A percentage from %(low)s to %(high)s.", low=low, high=high))
    low, high = f"{parameter.low:,g}", f"{parameter.high:,g}"
    if isinstance(parameter, Integer):
        low, high = f"{parameter.low:,}", f"{parameter.high:,}"
        return str(_("A whole number from %(low)s to %(high)s.", low=low, high=high))
    return str(_("A number from %(low)s to %(high)s.", low=low, high=high))


def _not_found(error: DomainError) -> str | None:
    """Return the field of candles that are not there."""
    named = getattr(error, "field", None)
    return {"symbol": "market", "exchange": "market"}.get(named or "", named)


def _told(
    field: str, form: Form, strategy: Strategy, chosen: Sequence[Market]
) -> str | None:
    if field.startswith(PARAMETER):
        return _of_parameter(field.removeprefix(PARAMETER), form, strategy)
    if field in {"start_date", "end_date"}:
        return _of_span(chosen, form.value("timeframe"))
    if field == "market":
        return _of_market(strategy)
    if field == "timeframe":
        return _of_timeframe(chosen)
    return {
        "gap_tolerance": _of_tolerance(form),
        "initial_capital": _(
            "A number above 0, %(most)s at most.", most=f"{LARGEST_CAPITAL:,.0f}"
        ),
        "maker": _percentage(HIGHEST_FEE),
        "taker": _percentage(HIGHEST_FEE),
        "slippage_value": _percentage(HIGHEST_SLIPPAGE),
        "fraction": _("A percentage above 0, 100 at most."),
        "participation": _("A percentage from 0 to %(most)s.", most="100"),
        "fee_in": _("Coins are taken as fees on spot markets without shorts alone."),
        "contract": _("This strategy, or this engine, trades spot markets alone."),
        "funding": _("This strategy, or this engine, trades spot markets alone."),
        "leverage": _(
            "From 1 to %(most)s, and so that the margin covers the maintenance.",
            most=f"{HIGHEST_LEVERAGE:g}",
        ),
        "maintenance": _percentage(HIGHEST_MAINTENANCE),
        "liquidation_fee": _percentage(HIGHEST_FEE),
        "funding_rate": _(
            "A percentage from -%(most)s to %(most)s.",
            most=f"{HIGHEST_FUNDING * 100:g}",
        ),
        "funding_hours": _("A number of hours from 0.25 to 168."),
        "detail_timeframe": _(
            "Shorter candles of which there are some, and of which a whole number make"
            " one of the run's."
        ),
    }.get(field)


def _of_parameter(name: str, form: Form, strategy: Strategy) -> str | None:
    """Tell the range of a value that is outside, else what it must be like."""
    found = next((each for each in strategy.parameters if each.name == name), None)
    if found is None:
        return None
    typed = form.value(PARAMETER + name)
    try:
        if isinstance(found, Choice):
            found.read(typed)
        else:
            found.read(value_of(found, float(typed or 0)))
    except (ParameterError, ValueError):
        return range_of(found)
    return in_words(found.meaning)


def _of_span(chosen: Sequence[Market], timeframe: str) -> str | None:
    """Tell what there is of a time frame, of the usual one where nothing makes it."""
    if not chosen:
        return None
    if timeframe not in common_timeframes(chosen):
        timeframe = usual_timeframe(chosen)
    span = common_span(chosen, timeframe)
    if span is None:
        return str(
            _(
                "These markets have no candles of %(timeframe)s of the same time.",
                timeframe=timeframe,
            )
        )
    first, last = (each.timestamp() * 1000 for each in span)
    return str(
        _(
            "There are candles of %(timeframe)s from %(first)s to %(last)s. The time"
            " must lie within, end after it starts, and be long enough for a first"
            " decision.",
            timeframe=timeframe,
            first=utc_day(first),
            last=last_day(last),
        )
    )


def _of_tolerance(form: Form) -> str:
    """Tell that more is missing than is allowed, if anything is; else what it takes."""
    try:
        allowed = Typed(MultiDict(form.values)).number("gap_tolerance")
    except InvalidError:
        return _percentage(1.0)
    if allowed is not None and not 0 <= allowed <= 100:  # noqa: PLR2004 - percent
        return _percentage(1.0)
    return str(_("More candles are missing in this time than you allow."))


def _of_market(strategy: Strategy) -> str:
    least, most = strategy.symbols
    if most == 1:
        return str(_("Choose one market of which there are candles."))
    return str(
        _(
            "Choose %(least)s to %(most)s markets of one source.",
            least=least,
            most=most,
        )
    )


def _of_timeframe(chosen: Sequence[Market]) -> str:
    there = sorted({name for each in chosen for name in each.timeframes})
    return str(
        _(
            "This cannot be made of the candles that there are (%(there)s).",
            there=", ".join(there) or "--",
        )
    )


def _percentage(most: float) -> str:
    return str(_("A percentage from 0 to %(most)s.", most=f"{most * 100:g}"))
