"""A model's names for topics: only words that the topic's own headlines and terms carry."""

from collections.abc import Mapping
from time import perf_counter_ns

from core.policy import conflict, language, links
from core.policy.claims import Desk
from core.policy.injection import judge
from core.policy.reading import read
from core.policy.records import Log, Objection
from core.policy.repair import ELLIPSIS, cut_at_word
from core.policy.scope import Scope
from core.policy.support import Ground
from core.policy.support import object_to as support_objects_to
from schemas.analysis import Result, Topic, TopicsResult, TrendsResult
from schemas.facts import Facts, TopicFact

LABEL_LIMIT = 80
MIN_COVERED, MAX_MISSING = 0.75, 1
"""One word of meaning may be the label's own, and only beside three of the topic's."""


def object_to_label(
    label: str, topic: TopicFact, facts: Facts, *, lang: str | None = None
) -> tuple[str, Objection] | None:
    """Give the rule that objects to a model's name for a topic, and why; None when it may stand.

    Names and numbers must occur in the topic's terms or in the headlines of its stories, and
    nothing may be told otherwise than there.
    """
    held = set(topic.story_ids)
    stories = [story for story in facts.stories if story.story_id in held]
    headlines = [topic.label, *(story.headline for story in stories)]
    texts = tuple(read(text) for text in (*headlines, " ; ".join(topic.terms)))
    said = read(label)
    if not said.words:
        return "support", Objection("words")
    if why := links.object_to(label, (), headlines):
        return "links", why
    if judge(label).is_flagged:
        return "injection", Objection("orders")
    if lang is not None and (why := language.object_to(said, lang)):
        return "language", why
    scope = Scope(facts, frozenset(one for story in stories for one in story.article_ids))
    told = texts[: len(headlines)]  # a term affirms nothing
    if why := conflict.object_to_words(said, told, scope):
        return "conflict", why
    ground = Ground(cited=texts, min_covered=MIN_COVERED, max_missing=MAX_MISSING)
    why = support_objects_to(said, ground)
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
    if _begins(fact.label, topic.label):
        return topic
    started = perf_counter_ns()
    objected = object_to_label(topic.label, fact, desk.facts, lang=desk.lang)
    log.spend("support", started)
    if objected is None:
        return topic
    rule, why = objected
    log.note(rule, "rewrite", where, why)
    return topic.model_copy(update={"label": cut_at_word(fact.label, LABEL_LIMIT)})


def _begins(whole: str, label: str) -> bool:
    """Whether a label is the computed one, or the beginning of it up to the end of a word."""
    if label == cut_at_word(whole, LABEL_LIMIT):
        return True
    head = label.rstrip(ELLIPSIS).rstrip()
    return bool(head) and whole.startswith(head) and not whole[len(head) :][:1].isalnum()


def _renamed(result: Result, back: Mapping[str, str]) -> Result:
    """Let what else names the topics name them alike."""
    if not isinstance(result, TrendsResult):
        return result
    momentum = tuple(
        one.model_copy(update={"topic": back.get(one.topic, one.topic)}) for one in result.momentum
    )
    return result.model_copy(update={"momentum": momentum})
