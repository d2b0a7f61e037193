"""What is wrong with a study's form, told by the field in the reader's language."""

from collections.abc import Sequence

from flask_babel import gettext as _

from abtpro_saas.backtesting.robustness.planning import MOST_LEARNING, TooMuchError
from abtpro_saas.backtesting.robustness.search import MOST_TRIALS
from abtpro_saas.blueprints.pages.backtests.forms.complaints import (
    range_of,
    refused_with,
    told_of,
)
from abtpro_saas.blueprints.pages.backtests.forms.knobs import HIGH, LISTED, LOW, STEP
from abtpro_saas.blueprints.pages.backtests.forms.markets import Market
from abtpro_saas.blueprints.pages.backtests.forms.studying import (
    LEAST_TRADES,
    MOST_DRAWDOWN,
    study_field_of,
)
from abtpro_saas.blueprints.pages.backtests.forms.typed import Typed
from abtpro_saas.blueprints.pages.frame.forms import Form
from abtpro_saas.errors import DomainError, InvalidError
from abtpro_saas.plugins.api.strategies import Strategy


def refused_study(
    error: DomainError, strategy: Strategy, chosen: Sequence[Market], typed: Typed
) -> Form:
    """Return the form that was sent, with what is wrong beside the fields at fault."""

    def tell(fault: DomainError, form: Form) -> tuple[str, str] | None:
        if isinstance(fault, InvalidError):
            field = study_field_of(fault, strategy, typed)
            if field is not None and isinstance(fault, TooMuchError):
                return field, too_much()
            if field is not None and (told := _told(field, strategy)) is not None:
                return field, told
        return told_of(fault, form, strategy, chosen)

    return refused_with(error, tell)


def refused_resampling(error: DomainError) -> Form:
    """Return a Monte Carlo's form that was sent, with what is wrong by its field."""
    plain = _plain()

    def tell(fault: DomainError, _form: Form) -> tuple[str, str] | None:
        named = fault.field if isinstance(fault, InvalidError) else None
        if named is not None and isinstance(fault, TooMuchError):
            return named, too_much()
        return (named, plain[named]) if named in plain else None

    return refused_with(error, tell)


def too_much() -> str:
    """Return what is said of a study that would take longer than one may."""
    return str(
        _(
            "This would take too long: take fewer, or a shorter time. A search that"
            " learns tries %(most)s at most.",
            most=f"{MOST_LEARNING:,}",
        )
    )


def _told(field: str, strategy: Strategy) -> str | None:
    for prefix in (LOW, HIGH, STEP, LISTED):
        name = field.removeprefix(prefix)
        if field.startswith(prefix) and name:
            return _of_range(prefix, name, strategy)
    return _plain().get(field)


def _plain() -> dict[str, str]:
    """Return what is said by fields that no parameter has."""
    return {
        "space": _("Let at least one parameter go over a range."),
        "method": _("Choose one of these."),
        "objective": _("Choose one of these."),
        "trials": _("A whole number from 1 to %(most)s.", most=f"{MOST_TRIALS:,}"),
        "search_seed": _("A whole number, 0 or more."),
        "seed": _("A whole number, 0 or more."),
        LEAST_TRADES: _("A whole number, 0 or more."),
        MOST_DRAWDOWN: _("A percentage from 0 to %(most)s.", most="100"),
        "mode": _("Choose one of these."),
        "windows": _("There is not enough time for so many windows, or too few."),
        "train_days": _("It must be long enough to decide, and leave time for tests."),
        "test_days": _("It must be long enough to decide, and leave time to train."),
        "embargo": _("A whole number of candles, fewer than a test has."),
        "simulations": _("A whole number from 10 to 10,000; of noise, to 1,000."),
        "ruin": _("A percentage above 0 and below 100."),
        "block": _("A number of days, 1 or more."),
        "noise": _("A percentage above 0, 100 at most."),
    }


def _of_range(prefix: str, name: str, strategy: Strategy) -> str | None:
    declared = next((each for each in strategy.parameters if each.name == name), None)
    if declared is None:
        return None
    if prefix == LISTED:
        return str(_("Tick at least one."))
    if prefix == STEP:
        return str(
            _("A number above 0: a grid needs it, and fewer than 10,000 values.")
        )
    return f"{range_of(declared)} {_('The lowest must not be above the highest.')}"
