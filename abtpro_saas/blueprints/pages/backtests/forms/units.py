"""How forms write a parameter's value: fractions stand there as percentages."""

from abtpro_saas.blueprints.pages.backtests.forms.typed import DIGITS
from abtpro_saas.plugins.api.parameters import Number, Parameter, Unit


def scale_of(declared: Parameter) -> int:
    """Return what a value is multiplied with to stand in a form."""
    is_part = isinstance(declared, Number) and declared.unit is Unit.FRACTION
    return 100 if is_part else 1


def shown_value(declared: Parameter, value: object) -> object:
    """Return a value as a form shows it; what is no number stays as it is."""
    scale = scale_of(declared)
    try:
        scaled = round(float(str(value)) * scale, DIGITS)
    except ValueError:
        return value
    if scale == 1:
        return value
    return int(scaled) if scaled.is_integer() else scaled


def value_of(declared: Parameter, typed: float) -> float:
    """Return the value that a number in a form stands for."""
    scale = scale_of(declared)
    return typed if scale == 1 else round(typed / scale, DIGITS)
