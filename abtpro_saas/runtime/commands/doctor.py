"""``abtpro doctor``: a line for each thing looked at, exit code 1 for a fault."""

import argparse
import sys
from collections.abc import Sequence

from abtpro_saas.clock import utc_now
from abtpro_saas.runtime import doctor
from abtpro_saas.runtime.commands.arguments import this_installation


def main(arguments: Sequence[str]) -> None:
    """Print what was found, and how to mend what is wrong."""
    argparse.ArgumentParser(prog="abtpro doctor").parse_args(arguments)
    findings = doctor.examine(this_installation(), utc_now)
    for finding in findings:
        sign = "FAULT" if finding.is_fault else "ok"
        print(f"{sign:<6} {finding.subject:<18} {finding.found}")  # noqa: T201 - its answer
        if finding.is_fault:
            print(f"{'':<6} {'':<18} -> {finding.remedy}")  # noqa: T201 - the same
    sys.exit(any(finding.is_fault for finding in findings))
