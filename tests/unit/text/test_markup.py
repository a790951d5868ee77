import pytest

from core.text.markup import clean_display, strip_invisible


@pytest.mark.parametrize("text", ["👨\u200d👩\u200d👧", "❤\ufe0f", "می\u200cخواهم", "क्\u200dष"])
def test_what_holds_letters_and_emoji_together_is_shown(text: str) -> None:
    assert clean_display(f" {text}\n") == text


@pytest.mark.parametrize("text", ["\u202eevil\u202c", "ev\u200bil", "\ufeffevil", "e\u00advil"])
def test_marks_that_only_deceive_are_not_shown(text: str) -> None:
    assert clean_display(text) == "evil"


def test_an_analysed_copy_has_no_invisible_mark_at_all() -> None:
    assert strip_invisible("می\u200cخواهم ❤\ufe0f") == "میخواهم ❤"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>Bold</b> move", "Bold move"),
        ("5 < 6 &amp; 7 > 2", "5 < 6 & 7 > 2"),
        ("A **strong** [word](https://e.example/x)", "A strong word"),
    ],
)
def test_markup_is_taken_off_and_words_stay(text: str, shown: str) -> None:
    assert clean_display(text) == shown
