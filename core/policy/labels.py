"""A model's names for topics: only words that the topic's own headlines and terms carry."""

from collections.abc import Mapping
from time import perf_counter_ns

from core.policy import language, links
from core.policy.claims import Desk
from core.policy.injection import judge
from core.policy.reading import read
from core.policy.records import Log, Objection
from core.policy.repair import ELLIPSIS, cut_at_word
from core.policy.support import Ground
from core.policy.support import object_to as support_objects_to
from schemas.analysis import Result, Topic, TopicsResult, TrendsResult
from schemas.facts import Facts, TopicFact

LABEL_LIMIT = 80
MIN_COVERED = 0.5
"""A label of a few words may hold as many of its own as of the topic's."""


def object_to_label(
    label: str, topic: TopicFact, facts: Facts, *, lang: str | None = None
) -> tuple[str, Objection] | None:
    """Give the rule that objects to a model's name for a topic, and why; None when it may stand.

    Names and numbers must occur in the topic's terms or in the headlines of its stories.
    """
    held = set(topic.story_ids)
    headlines = [story.headline for story in facts.stories if story.story_id in held]
    texts = tuple(read(text) for text in (topic.label, " ; ".join(topic.terms), *headlines))
    said = read(label)
    if not said.words:
        return "support", Objection("words")
    if why := links.object_to(label, ()):
        return "links", why
    if judge(label).is_flagged:
        return "injection", Objection("orders")
    if lang is not None and (why := language.object_to(said, lang)):
        return "language", why
    why = support_objects_to(said, Ground(cited=texts, min_covered=MIN_COVERED))
    return ("support", why) if why else None


def with_checked_labels(result: Result, desk: Desk, log: Log) -> Result:
    """Give the result with the computed label back wherever a model's may not stand."""
    if not isinstance(result, TopicsResult | TrendsResult):
        return result
    back: dict[str, str] = {}
    topics = []
    for number, (topic, fact) in enumerate(zip(result.topics, desk.facts.topics, strict=False)):
        topics.append(_checked(topic, fact, f"result.topics[{number}].label", desk, log))
        if topics[-1].label != topic.label:
            back[topic.label] = topics[-1].label
    if not back:
        return result
    whole = (*topics, *result.topics[len(topics) :])
    return _renamed(result.model_copy(update={"topics": whole}), back)


def _checked(topic: Topic, fact: TopicFact, where: str, desk: Desk, log: Log) -> Topic:
    if fact.label.startswith(topic.label.rstrip(ELLIPSIS)):
        return topic
    started = perf_counter_ns()
    objected = object_to_label(topic.label, fact, desk.facts, lang=desk.lang)
    log.spend("support", started)
    if objected is None:
        return topic
    rule, why = objected
    log.note(rule, "rewrite", where, why)
    return topic.model_copy(update={"label": cut_at_word(fact.label, LABEL_LIMIT)})


def _renamed(result: Result, back: Mapping[str, str]) -> Result:
    """Let what else names the topics name them alike."""
    if not isinstance(result, TrendsResult):
        return result
    momentum = tuple(
        one.model_copy(update={"topic": back.get(one.topic, one.topic)}) for one in result.momentum
    )
    return result.model_copy(update={"momentum": momentum})
