import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from monitoring.health import HealthCheck, overall
from monitoring.logs import configure_logs, mask
from monitoring.metrics import Metrics

TOKEN = "123456789:" + "AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_a_log_line_is_one_json_object_with_its_correlation_id(stream: io.StringIO) -> None:
    configure_logs("info", stream=stream)
    structlog.contextvars.bind_contextvars(correlation_id="c1")

    structlog.get_logger("desk").info("run.finished", outcome="ok", ms=12)

    line = json.loads(stream.getvalue())
    assert (line["event"], line["correlation_id"], line["ms"]) == ("run.finished", "c1", 12)
    assert (line["level"], line["logger"]) == ("info", "desk")


@pytest.mark.parametrize("is_pretty", [False, True])
def test_a_token_is_masked_in_events_fields_and_tracebacks(
    stream: io.StringIO, is_pretty: bool
) -> None:
    configure_logs("info", stream=stream, is_pretty=is_pretty)

    try:
        raise RuntimeError(f"POST https://api.example/bot{TOKEN}/getMe failed")
    except RuntimeError:
        structlog.get_logger("desk").exception("poll.failed", url=f"/bot{TOKEN}/getMe")
    logging.getLogger("some.library").warning("called %s", TOKEN)

    assert "AAbb" not in stream.getvalue()
    assert stream.getvalue().count("***") >= 3
    assert "RuntimeError" in stream.getvalue()


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        "sk-ant-api03-abcdefghijklmnop",
        "AIza" + "x" * 35,
        "ghp_" + "a1" * 18,
        "Authorization: Bearer abcdef123456",
        "https://host.example/v1?api_key=abcdef123456",
        "redis://user:hunter22@db.example/0",
    ],
)
def test_each_shape_of_secret_is_masked(secret: str) -> None:
    assert "***" in mask(f"before {secret} after")
    assert mask(f"before {secret} after").endswith(" after")


def test_ordinary_numbers_and_times_are_not_masked() -> None:
    words = "at 2025-11-04T18:00:00Z 12:30 on 127.0.0.1:8080 run 7f3a9c https://a.example/x@y"

    assert mask(words) == words


def test_message_text_never_reaches_the_log(stream: io.StringIO) -> None:
    configure_logs("info", stream=stream)

    structlog.get_logger("desk").info("message.received", text="my secret plan", query="plan")

    line = json.loads(stream.getvalue())
    assert (line["text"], line["query"]) == ("<14 characters>", "<4 characters>")


def test_libraries_that_print_urls_are_quiet_even_when_debugging(stream: io.StringIO) -> None:
    configure_logs("debug", stream=stream)

    logging.getLogger("httpx").info("HTTP Request: POST /bot1:x/getMe")
    logging.getLogger("telegram.ext.Updater").debug("update")
    structlog.get_logger("desk").debug("desk.opened")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == [
        "desk.opened"
    ]


def test_two_desks_have_metrics_of_their_own() -> None:
    one, two = Metrics(CollectorRegistry()), Metrics(CollectorRegistry())

    one.telegram_send_total.labels(outcome="sent").inc()

    assert one.registry.get_sample_value("telegram_send_total", {"outcome": "sent"}) == 1.0
    assert two.registry.get_sample_value("telegram_send_total", {"outcome": "sent"}) is None


def test_what_is_rendered_can_be_parsed_by_prometheus() -> None:
    metrics = Metrics(version="9")
    metrics.orchestrator_latency_seconds.labels("trends", "simple", "stable").observe(0.3)

    families = {f.name: f for f in text_string_to_metric_families(metrics.render().decode())}

    labels = families["orchestrator_latency_seconds"].samples[0].labels
    assert (labels["command"], labels["class"], labels["cohort"]) == (
        "trends", "simple", "stable",
    )  # fmt: skip
    assert families["newsdesk_build_info"].samples[0].labels == {"version": "9"}


def test_the_service_levels_and_the_alert_are_bounds_of_buckets() -> None:
    metrics = Metrics()
    metrics.orchestrator_latency_seconds.labels("trends", "simple", "stable").observe(0.3)

    text = metrics.render().decode()

    assert all(f'le="{bound}"' in text for bound in ("5.0", "12.0", "20.0"))


def test_the_whole_is_well_only_when_every_part_is() -> None:
    good, bad = HealthCheck("store", True), HealthCheck("index", False, "closed")

    assert [overall(checks) for checks in ([good], [good, bad], [])] == [True, False, False]
