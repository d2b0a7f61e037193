"""How the tests of live updates wait and listen."""

import contextlib
import time

import httpx

from abtpro_saas.events.hub import Pace

ODD = '{"topic": [], "tenant": {}, "subject": 1}'


QUICK = Pace(heartbeat_s=0.3, recheck_s=0.3, reconnect_s=0.1)


def answers(url):
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url).status_code == 200


def until(condition, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def heard(answer, within_s=30):
    """Return the event lines that come before the given time has passed."""
    found, deadline = [], time.monotonic() + within_s
    for line in answer.lines:
        if line.startswith(("event:", "data:", "id:")):
            found.append(line)
        if line.startswith("data:") or time.monotonic() > deadline:
            return found
    return found
