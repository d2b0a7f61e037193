"""Why money goes back or is given, or a contract is acted on: nobody leaves it open."""

from abtpro_saas.errors import InvalidError

LONGEST = 500


class ReasonNeededError(InvalidError):
    """What is done to somebody's money or contract says why."""

    code = "reason_needed"


def reason_of(text: str, most: int = LONGEST) -> str:
    """Return a reason as one line.

    Raises:
        ReasonNeededError: it says nothing, has more than ``most`` characters, or some
            that cannot be printed.
    """
    why = " ".join(text.split())
    if not why or len(why) > most or not why.isprintable():
        raise ReasonNeededError(f"say why, in up to {most} characters", "reason")
    return why
