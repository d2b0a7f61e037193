"""From a click in the browser to the drawn report of a year of minutes, part by part.

The local installation as ``./dev up`` runs it, its simulated candles, Chromium. Beside
the whole: what the run's row says of waiting and computing, and what the same order
takes when nothing but the arithmetic, or the arithmetic and the store, is asked for.
"""

import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psycopg
from playwright.sync_api import Page, sync_playwright
from startup import free_block, up

from _rig import ROUNDS, say
from abtpro_saas.backtesting.asking import read_order
from abtpro_saas.backtesting.calculating import calculate
from abtpro_saas.backtesting.orders import order_json
from abtpro_saas.backtesting.processes.computing import compute
from abtpro_saas.backtesting.processes.tasks import Source, Task
from abtpro_saas.markets.store import CandleStore
from abtpro_saas.markets.timeframes import step_of

YEAR = {"start_date": "2024-01-01", "end_date": "2024-12-30"}
"""525,600 minutes."""
ASKED = {"p_fast": "20", "p_slow": "100"}
LONGEST_WAIT_S = 180
SETTLE_S = 20
"""Until all other simulated candles are made too, and nothing else computes."""
READY = "[data-ready]"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


@dataclass
class Times:
    """Seconds of each part, one entry a round."""

    parts: dict[str, list[float]] = field(default_factory=dict)

    def add(self, part: str, seconds: float) -> None:
        self.parts.setdefault(part, []).append(seconds)

    def say(self) -> None:
        for part, taken in self.parts.items():
            spread = f"{min(taken):.2f}-{max(taken):.2f}"
            middle = statistics.median(taken)
            say(f"  {part:<58} {min(taken):6.2f} s  ({spread}, median {middle:.2f})")


@dataclass(frozen=True)
class Api:
    """The API as the first trader of the first tenant calls it."""

    root: str
    key: str

    def get(self, path: str) -> Any:
        asked = urllib.request.Request(
            f"{self.root}/api/v1/{path}",
            headers={"Authorization": f"Bearer {self.key}"},
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)


@contextmanager
def browser(url: str, person: dict[str, str]) -> Iterator[Page]:
    """Give a page of somebody who is signed in."""
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM
        )
        page = program.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{url}/sign-in")
        page.fill("[name=email]", person["email"])
        page.fill("[name=password]", person["password"])
        page.click("form[action*='sign-in'] [type=submit]")
        page.wait_for_load_state()
        yield page
        program.close()


def click(page: Page, url: str) -> tuple[str, float]:
    """Order a backtest by the form; return its id, and the time until it is drawn."""
    page.goto(f"{url}/backtests/new?strategy=SMA_CROSS")
    for name, value in {**ASKED, **YEAR}.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=timeframe]", "1m")
    begun = time.perf_counter()
    page.click("form[action='/backtests'] [type=submit]")
    page.wait_for_selector(READY, timeout=60_000)
    return page.url.rpartition("/")[2], time.perf_counter() - begun


def between(run: dict[str, Any], first: str, last: str) -> float:
    """Return the seconds between two instants of a run."""
    begun, ended = (datetime.fromisoformat(run[each]) for each in (first, last))
    return (ended - begun).total_seconds()


def taken(run: Callable[[], object]) -> float:
    """Return how long a call takes."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def place_of(database: str, host: str, run: dict[str, Any]) -> Source:
    """Return where the candles of a run stand."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "SELECT set_config('app.tenant_id', tenant_id::text, true)"
            " FROM find_tenant(%s)",
            [host],
        )
        row = connection.execute(
            "SELECT location, symbol, timeframe, fingerprint FROM market_series"
            " WHERE series_id = %s",
            [run["series"][0]["series_id"]],
        ).fetchone()
    if row is None:
        raise SystemExit("the run's candles are gone")
    return Source(*row)


def alone(data: str, place: Source, run: dict[str, Any], times: Times) -> None:
    """Compute the order of a run in this process, without a service around it."""
    asked = {name: run[name] for name in ("symbol", "timeframe", "parameters")}
    asked["strategy_name"] = run["strategy_name"]
    costs = {name: run["costs"][name] for name in ("maker", "taker")}
    order = read_order(asked | {"costs": costs} | YEAR)
    step = step_of(place.timeframe)
    store = CandleStore(data)
    market = [store.read(place.location, place.symbol, step, order.start, order.end)]
    task = Task(data, order_json(order), [place], "bench/click")
    works: dict[str, Callable[[], object]] = {
        "the arithmetic alone, every metric within": lambda: calculate(
            order, market, lambda _percent: None
        ),
        "with candles read and the result written": lambda: compute(
            task, lambda _percent: None
        ),
    }
    for name, work in works.items():
        times.add(name, taken(work))


def wait_for_candles(api: Api) -> None:
    """Wait until the market model has made the minutes of the year."""
    deadline = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < deadline:
        time.sleep(1)
        with suppress(URLError):  # the web server may still be starting
            found = api.get("market/series?limit=500")["series"]
            if any((s["symbol"], s["timeframe"]) == ("BTC/USDT", "1m") for s in found):
                return
    raise SystemExit("there are no candles")


def measure(home: Path) -> None:
    """Click, and take apart what each click took."""
    demo = json.loads((home / "demo.json").read_text())
    person = demo["tenants"][0]["users"][1]
    host = f"{demo['tenants'][0]['slug']}.localhost"
    url = demo["base_url"].replace("localhost", host)
    api, times = Api(demo["base_url"], person["api_key"]), Times()
    wait_for_candles(api)
    time.sleep(SETTLE_S)
    with browser(url, person) as page:
        click(page, url)  # what is loaded once is loaded
        for _ in range(ROUNDS):
            run_id, whole = click(page, url)
            run = api.get(f"backtest/runs/{run_id}")
            times.add("from the click to the drawn report", whole)
            times.add(
                "  of it: queue and Temporal, until a worker begins",
                between(run, "created_at", "started_at"),
            )
            times.add(
                "  of it: computing, with storage, until the row is written",
                between(run, "started_at", "completed_at"),
            )
            place = place_of(demo["database_url"], host, run)
            alone(str(home / "data"), place, run, times)
    say(f"\nSMA 20/100 over a year of minutes  (best of {ROUNDS} rounds)")
    times.say()


def main() -> None:
    """Order the same year again and again; print where the time goes."""
    with tempfile.TemporaryDirectory(prefix="abtpro-click-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        port = free_block()
        with up(folder, port):
            measure(home)


if __name__ == "__main__":
    main()
