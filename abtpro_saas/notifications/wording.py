"""The form of what is said to users."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One text in one language; ``action`` labels the link where there is one."""

    title: str
    body: str
    action: str = ""
