"""Whether the tests that were promised by name are there, and run whenever tests run."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT, tree

PROMISED: dict[str, tuple[str, ...]] = {
    "unit/test_schemas.py": (
        "test_valid_base_response",
        "test_tldr_length_limit",
        "test_insight_length_limit",
        "test_snippet_length_limit",
        "test_evidence_required",
        "test_date_format_validation",
        "test_confidence_range",
        "test_invalid_insight_type",
        "test_missing_required_fields",
        "test_extra_fields_rejected",
    ),
    "unit/test_validators.py": (
        "test_pii_detection_email",
        "test_pii_detection_phone",
        "test_pii_detection_ssn",
        "test_pii_detection_credit_card",
        "test_domain_whitelist_pass",
        "test_domain_blacklist_fail",
        "test_url_validation_http",
        "test_url_validation_https",
        "test_evidence_ref_validation",
        "test_insight_without_evidence_fails",
        "test_snippet_truncation",
        "test_tldr_truncation",
        "test_header_length_validation",
        "test_language_consistency",
        "test_empty_response_fails",
    ),
    "unit/test_model_manager.py": (
        "test_model_routing_keyphrase_mining",
        "test_model_routing_sentiment",
        "test_model_routing_topics",
        "test_primary_timeout_triggers_fallback",
        "test_budget_cap_enforcement",
        "test_budget_degradation_reduces_context",
        "test_telemetry_tracking",
        "test_cost_estimation",
        "test_multiple_fallbacks",
        "test_all_models_fail_raises_error",
    ),
    "integration/test_retrieval.py": (
        "test_retrieve_for_analysis_with_rrf",
        "test_retrieve_time_window_24h",
        "test_retrieve_language_filter_ru",
        "test_retrieve_source_filter",
        "test_retrieve_deduplication",
        "test_retrieve_cache_hit",
    ),
    "integration/test_command_flows.py": (
        "test_trends_enhanced_pipeline",
        "test_analyze_keywords_pipeline",
        "test_analyze_sentiment_pipeline",
        "test_analyze_topics_pipeline",
        "test_validation_passes",
        "test_validation_fails_missing_evidence",
        "test_parallel_agents_execution",
        "test_format_node_builds_response",
    ),
    "integration/test_error_handling.py": (
        "test_error_model_unavailable",
        "test_error_budget_exceeded",
        "test_error_no_data",
        "test_error_validation_failed",
    ),
    "e2e/test_bot_commands.py": (
        "test_trends_command_24h",
        "test_trends_command_1w",
        "test_analyze_keywords_with_query",
        "test_analyze_sentiment_without_query",
        "test_telegram_formatting",
        "test_buttons_rendered",
        "test_evidence_cards_formatted",
        "test_localization_ru",
        "test_localization_en",
        "test_callback_explain",
        "test_callback_sources",
    ),
}
"""The tests that the desk is accepted by; their names stay."""

LEFT_OUT = ("slow", "skip", "skipif", "xfail")
ACTS = (ast.Assert, ast.With, ast.AsyncWith)


@pytest.mark.parametrize("file", PROMISED)
def test_the_promised_tests_are_there_and_run_by_default(file: str) -> None:
    module = tree(ROOT / "tests" / file)
    found = dict(_tests(module))

    missing = [name for name in PROMISED[file] if name not in found]
    left_out = [name for name in PROMISED[file] if name in found and _is_left_out(found[name])]
    idle = [name for name in PROMISED[file] if name in found and not _holds_a_check(found[name])]

    assert (missing, left_out, idle) == ([], [], [])
    assert not _is_left_out(module)


def test_as_many_as_were_promised_are_listed() -> None:
    rooms = ("unit/", "integration/", "e2e/")

    listed = [sum(len(PROMISED[f]) for f in PROMISED if f.startswith(room)) for room in rooms]

    assert listed == [35, 18, 11]


def _tests(module: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node


def _is_left_out(node: ast.AST) -> bool:
    """Say whether a mark on a test, or the marks of its file, keep it from running."""
    if isinstance(node, ast.Module):
        marks = [n.value for n in node.body if isinstance(n, ast.Assign) and _is_pytestmark(n)]
    else:
        marks = list(getattr(node, "decorator_list", []))
    names = {n.attr for mark in marks for n in ast.walk(mark) if isinstance(n, ast.Attribute)}
    return not names.isdisjoint(LEFT_OUT)


def _is_pytestmark(node: ast.Assign) -> bool:
    return any(isinstance(name, ast.Name) and name.id == "pytestmark" for name in node.targets)


def _holds_a_check(node: ast.AST) -> bool:
    """Say whether a test asserts something, or has something raised."""
    return any(isinstance(inner, ACTS) for inner in ast.walk(node))
