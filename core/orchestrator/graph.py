"""The graph of one request: retrieve, measure, agents in parallel, compose, validate, format."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from core.orchestrator import nodes, validating, wording
from core.orchestrator.state import State, Tools
from schemas.component import component

Update = dict[str, Any]
Step = Callable[[State, Runtime[Tools]], Awaitable[Update]]
AGENT_NODES = ("topics", "sentiment", "keyphrases", "expansion")
AnswerGraph = CompiledStateGraph[State, Tools, State, State]


class Node(Protocol):
    """What LangGraph calls."""

    async def __call__(self, state: State, *, runtime: Runtime[Tools]) -> Update:
        """Give the keys of the state that the node owns."""
        ...


def _timed(name: str, node: Step) -> Node:
    """Wrap a node so that its time reaches the metrics and the stored run."""

    async def run(state: State, *, runtime: Runtime[Tools]) -> Update:
        started = time.perf_counter()
        try:
            update = await node(state, runtime)
        finally:
            elapsed_s = time.perf_counter() - started
            metrics = runtime.context.metrics
            metrics.orchestrator_node_seconds.labels(node=name).observe(elapsed_s)
            if name in AGENT_NODES:
                metrics.agent_latency_seconds.labels(agent=name).observe(elapsed_s)
        return {**update, "timings_ms": {name: round(elapsed_s * 1000)}}

    return run


def _plain(node: Callable[[State], Awaitable[Update]]) -> Step:
    async def run(state: State, _: Runtime[Tools]) -> Update:
        return await node(state)

    return run


@component("answer-graph", kind="graph", owns="the order of the steps of one request")
def build_graph() -> AnswerGraph:
    """Compile the graph; it holds no state of its own and serves every request."""
    graph = StateGraph(State, context_schema=Tools)
    steps: dict[str, Step] = {
        "retrieve": nodes.retrieve,
        "widen": nodes.widen,
        "measure": nodes.measure,
        "topics": wording.agent_topics,
        "sentiment": wording.agent_sentiment,
        "keyphrases": wording.agent_keyphrases,
        "expansion": wording.agent_expansion,
        "compose": wording.compose,
        "validate": validating.validate,
        "refuse": nodes.refuse,
        "format": _plain(nodes.format_reply),
    }
    for name, node in steps.items():
        graph.add_node(name, _timed(name, node))
    graph.add_edge(START, "retrieve")
    graph.add_conditional_edges("retrieve", nodes.after_retrieve, ["measure", "widen", "refuse"])
    graph.add_conditional_edges("widen", nodes.after_widen, ["retrieve", "refuse"])
    graph.add_conditional_edges("measure", nodes.after_measure, [*AGENT_NODES, "refuse"])
    for agent in AGENT_NODES:
        graph.add_edge(agent, "compose")
    graph.add_conditional_edges("compose", wording.after_compose, ["validate", "refuse"])
    graph.add_conditional_edges("validate", validating.after_validate, ["format", "refuse"])
    graph.add_edge("refuse", "format")
    graph.add_edge("format", END)
    return graph.compile()


def mermaid() -> str:
    """Draw the compiled graph as Mermaid text."""
    return build_graph().get_graph().draw_mermaid()
