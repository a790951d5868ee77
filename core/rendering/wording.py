"""Which model worded which part of an answer, for how much, and what stood in the way."""

from core.rendering.money import format_dollars
from core.rendering.units import cut, one_line
from core.rendering.words import say
from schemas.llm import ModelNote
from schemas.runs import StoredRun, WordedBy

_MAX_NOTES = 6
_MAX_NAME = 60


def wording_lines(run: StoredRun, lang: str) -> list[str]:
    """Give a line for each task that a model was asked for, then one for each step down."""
    notes = dict.fromkeys(run.notes)
    lines = [_worded(by, lang) for by in run.worded]
    lines += [_note(note, lang) for note in list(notes)[:_MAX_NOTES]]
    if len(notes) > _MAX_NOTES:
        lines.append(say(lang, "explain-notes-more", n=len(notes) - _MAX_NOTES))
    return lines


def _worded(by: WordedBy, lang: str) -> str:
    return say(
        lang,
        "explain-worded" if by.model != "local" else "explain-unanswered",
        task=say(lang, "explain-task", task=by.task),
        model=cut(one_line(by.model), _MAX_NAME),
        cost=format_dollars(by.micro_usd, lang),
    )


def _note(note: ModelNote, lang: str) -> str:
    return say(
        lang,
        "explain-note",
        task=say(lang, "explain-task", task=note.task),
        model=cut(one_line(note.model or ""), _MAX_NAME) or "none",
        why=say(lang, "writer-note-why", reason=note.reason),
        step=say(lang, "explain-step", step=note.step),
    )
