import json
import logging
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Counter, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from abtpro_saas import exporter, telemetry
from abtpro_saas.clock import utc_now
from abtpro_saas.database import make_engine, tenant_transaction
from abtpro_saas.notifications.kinds import NoticeKind
from abtpro_saas.notifications.service import notify
from abtpro_saas.outbox import OutboxRow
from abtpro_saas.telemetry import HIDDEN, hide_secrets
from tests.billing.office import Office
from tests.contracts.renting import Renter

ROOT = Path(__file__).parents[1]


def hidden(**event):
    return hide_secrets(None, "info", event)


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "webhook_secret",
        "api_key",
        "Authorization",
        "set_cookie",
        "csrf_token",
        "totp_code",
        "recovery_code",
        "signature",
        "ticket",
        "sealing_keys",
    ],
)
def test_what_is_named_like_a_secret_is_hidden(name):
    assert hidden(**{name: "hunter2"}) == {name: HIDDEN}


@pytest.mark.parametrize("name", ["key_id", "user_id", "reference", "tenant", "status"])
def test_what_operators_search_for_is_not(name):
    assert hidden(**{name: "abc"}) == {name: "abc"}


@pytest.mark.parametrize(
    ("text_with", "secret"),
    [
        ("key abt_live_a1b2c3d4_SeCrEtSeCrEt used", "SeCrEtSeCrEt"),
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("postgresql://abtpro_app:pa55@db:5432/abtpro", "pa55"),
        ("smtp://user:p%40ss@mail:587", "p%40ss"),
        ("GET /events?ticket=ey.J0.x HTTP/1.1", "ey.J0.x"),
        ("/reset?token=abc&x=1", "abc"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_any_text(text_with, secret):
    for event in ({"event": text_with}, {"deep": [{"er": text_with.encode()}]}):
        assert secret not in json.dumps(hidden(**event))


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.binary(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner)
        ),
    )
)
def test_hiding_never_fails_and_keeps_the_names(value):
    assert set(hidden(event="x", value=value)) == {"event", "value"}


@pytest.fixture
def logs(settings, capsys):
    """Return a function that starts logging and one that reads the lines."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    structured = structlog.get_config()

    def read():
        return capsys.readouterr().err.splitlines()

    def start(**overrides):
        telemetry.start_logs(settings(**overrides))
        return read

    yield start
    root.handlers[:], root.level = before
    structlog.configure(**structured)


def test_a_line_is_json_with_the_ids_of_what_it_belongs_to(logs):
    lines = logs(ABTPRO_LOG_FORMAT="json")

    with telemetry.log_context(tenant="siam", request_id="r1"):
        structlog.get_logger("abtpro").info("topup.created", amount="1.00")

    line = json.loads(lines()[-1])
    assert line["event"] == "topup.created"
    assert (line["tenant"], line["request_id"], line["level"]) == ("siam", "r1", "info")
    assert line["timestamp"].endswith("Z")


def test_libraries_log_in_the_same_form_and_as_discreetly(logs):
    lines = logs(ABTPRO_LOG_FORMAT="json")

    logging.getLogger("temporalio").warning("Bearer %s is bad", "abcdef")

    line = json.loads(lines()[-1])
    assert line["logger"] == "temporalio"
    assert "abcdef" not in line["event"]


def test_an_error_is_logged_with_its_trace_and_without_its_secret(logs):
    lines = logs(ABTPRO_LOG_FORMAT="json")

    try:
        raise ValueError("postgresql://abtpro_app:pa55@db/x")  # noqa: TRY301 - the example
    except ValueError:
        structlog.get_logger().exception("it.failed")

    line = lines()[-1]
    assert "Traceback" in line
    assert "pa55" not in line


def test_a_level_that_is_not_asked_for_is_silent(logs):
    lines = logs(ABTPRO_LOG_LEVEL="WARNING")

    structlog.get_logger().info("chatter")
    logging.getLogger("x").info("chatter")

    assert lines() == []


def test_people_read_a_console_without_json(logs):
    lines = logs(ABTPRO_LOG_FORMAT="console")

    structlog.get_logger().info("worker.ready", queue="io")

    assert "worker.ready" in lines()[-1]
    assert not lines() or not lines()[-1].startswith("{")


COUNTING = """
import sys
from pathlib import Path
from abtpro_saas import telemetry
from abtpro_saas.settings import read_settings
telemetry.share_metrics(read_settings({"ABTPRO_HOME": sys.argv[1]}))
telemetry.observe_request("wallet", 200, 0.02)
telemetry.WEBHOOKS.labels("CREDITED").inc(3)
telemetry.STREAMS.labels("events").inc()
"""


@pytest.fixture
def scrape(settings, operator_engine, tmp_path):
    """Return a function that reads all samples as the watcher would."""

    def read(engine=operator_engine):
        here = settings(ABTPRO_HOME=str(tmp_path))
        page = generate_latest(exporter.registry(here, engine))
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(page.decode())
            for sample in family.samples
        }

    return read


def test_the_counters_of_all_processes_are_added_up(scrape, tmp_path):
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNTING, tmp_path], check=True)

    found = scrape()

    notices = ("abtpro_webhook_notices_total", ("outcome", "CREDITED"))
    requests = ("abtpro_http_request_seconds_count", ("endpoint", "wallet"))
    assert found[notices] == 6
    assert found[(*requests, ("status", "200"))] == 2


def test_a_process_that_died_has_no_open_streams(scrape, tmp_path):
    subprocess.run([sys.executable, "-c", COUNTING, tmp_path], check=True)

    assert not any(name[0] == "abtpro_event_streams" for name in scrape())


def test_money_and_messages_are_counted_at_each_scrape(scrape, engine, tenant, user):
    before = scrape()
    with tenant_transaction(engine, tenant) as session:
        params = {"amount": "1.00", "reference": "R", "at": "2026-11-22T05:00Z"}
        long_ago = utc_now() - timedelta(hours=1)
        notify(session, tenant, user(), NoticeKind.TOPUP_PAID, params, long_ago)

    after = scrape()

    for name in ("abtpro_outbox_waiting", "abtpro_mails_waiting"):
        assert after[(name,)] == before[(name,)] + 1
    assert after[("abtpro_outbox_age_seconds",)] > 3500
    assert after[("abtpro_database_up",)] == 1


def test_a_parked_message_is_counted_apart(scrape, engine, tenant):
    before = scrape()
    with tenant_transaction(engine, tenant) as session:
        session.add(
            OutboxRow(
                tenant_id=tenant,
                kind="test.poison",
                process_id="test:poison",
                message={},
                created_at=utc_now(),
                due_at=utc_now() + timedelta(days=3650),
            )
        )

    after = scrape()

    assert after[("abtpro_outbox_parked",)] == before[("abtpro_outbox_parked",)] + 1
    assert after[("abtpro_outbox_waiting",)] == before[("abtpro_outbox_waiting",)]


def test_small_tenants_beyond_the_limit_are_one_label():
    rows = [(f"t{number}", "SUCCESS", float(number)) for number in range(1, 101)]

    found = exporter.bounded(rows, labelled=True)

    assert len(found) == exporter.MOST_TENANTS + 1
    assert sum(found.values()) == sum(range(1, 101))
    assert found["other", "SUCCESS"] == sum(range(1, 51))


def test_a_database_that_is_away_is_told_and_breaks_no_scrape(scrape):
    away = make_engine("postgresql://abtpro_operator:x@127.0.0.1:1/abtpro")

    assert scrape(away)["abtpro_database_up",] == 0


def test_the_figures_are_for_operators_alone(engine):
    with engine.connect() as connection:
        allowed = connection.scalar(
            text(
                "SELECT has_function_privilege('abtpro_app', 'figures(timestamptz)',"
                " 'EXECUTE')"
            )
        )

    assert allowed is False


def ours():
    """Return every metric's name, as the watcher sees it."""
    kept = (each for each in vars(telemetry).values())
    metrics = [each for each in kept if isinstance(each, MetricWrapperBase)]
    described = [(each.describe()[0], isinstance(each, Counter)) for each in metrics]
    names = {each.name + "_total" * counts for each, counts in described}
    return names | {
        f"abtpro_{each[0]}"
        for each in (*exporter.FIGURES.values(), exporter.DATABASE_UP)
    }


@pytest.mark.parametrize("name", sorted(ours()))
def test_operations_explain_every_metric(name):
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")

    assert f"`{name}`" in page


def test_a_contract_that_nobody_looks_at_is_counted(scrape, engine, tenant, user):
    before = scrape()
    office = Office(engine, tenant, user())
    office.pay_in(49_900)
    long_ago = utc_now() - timedelta(hours=1)
    Renter(office, office.user_id).buy("BASIC", now=long_ago)

    after = scrape()

    overdue = ("abtpro_contracts_overdue",)
    assert after[overdue] == before[overdue] + 1
    assert after[("abtpro_contracts_late_seconds",)] > 3500
    counted = [key for key in after if key[0] == "abtpro_contracts"]
    assert any(("status", "ACTIVE") in key for key in counted)
