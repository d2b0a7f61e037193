"""A backtest from a terminal on what a tenant of this installation shares."""

import pytest

from abtpro_saas.database import tenant_transaction
from tests.backtesting import candles_for, funding_for

PERPETUAL = ("--terms", '{"funding": {}}')


@pytest.fixture
def shared(engine, new_tenant, slug, tmp_path):
    """Return a function that lets a tenant share candles, and funding if asked."""
    tenant, root = new_tenant(slug), tmp_path / "data"

    def give(*, rates=None, **of):
        with tenant_transaction(engine, tenant) as session:
            candles_for.give(session, tenant, candles_for.walk(), root=root, **of)
            if rates is not None:
                funding_for.give(session, tenant, root, rates)

    return give


@pytest.fixture
def run(abtpro, slug, tmp_path):
    """Return a function that runs the command; it gives what is printed, by name."""

    def now(*arguments):
        market = "--symbol", "BTC/USDT", "--timeframe", "1h", "--tenant", slug
        code, told, errors = abtpro(
            "backtest", "run", "BUY_AND_HOLD", *market, "--all", *arguments,
            BACKTEST_DATA_PATH=str(tmp_path / "data"),
        )  # fmt: skip
        assert code == 0, errors
        return told

    return now


def test_the_candles_are_the_tenants(shared, run):
    shared()

    assert "Total return" in run()


BROUGHT = "- Prices were brought as a file"


def test_what_somebody_brought_as_a_file_is_told(shared, run):
    shared(exchange="binance", origins=["exchange", "file"])

    assert any(line.startswith(BROUGHT) for line in run())


def test_a_file_of_funding_beside_the_tenants_candles_is_told_too(
    shared, run, tmp_path
):
    shared(exchange="binance")
    file = tmp_path / "funding.csv"
    file.write_text("timestamp,rate\n2023-01-01T08:00:00Z,0.0001\n")

    told = run(*PERPETUAL, "--funding-file", str(file))

    assert any(line.startswith(BROUGHT) for line in told)
    assert not any(line.startswith(BROUGHT) for line in run())


def test_the_funding_is_the_tenants_where_it_is_asked_for(shared, run):
    shared(rates=funding_for.rates())

    known, free = run(*PERPETUAL), run()

    fixed = run("--terms", '{"funding": {"rate": 0.0001}}')
    assert known["Funding"] == fixed["Funding"]
    assert known["Funding"] != free.get("Funding")


def test_a_file_of_funding_counts_before_the_tenants(shared, run, tmp_path):
    shared(rates=funding_for.rates(rate=0.001))
    file = tmp_path / "funding.csv"
    known = funding_for.rates()
    lines = (f"{time},0.0001" for time in known.time.tolist())
    file.write_text("\n".join(["timestamp,rate", *lines]))

    brought = run(*PERPETUAL, "--funding-file", str(file))

    fixed = run("--terms", '{"funding": {"rate": 0.0001}}')
    assert brought["Funding"] == fixed["Funding"]
