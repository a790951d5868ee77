"""Where a model is asked, as messages for operators name it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One model at one provider.

    Attributes:
        name: What routes call it.
        model: Its id at the provider.
        url: Root of the API.
        url_setting: The variable or setting that holds the root.
        key_setting: The variable or setting that holds the key.
        url_hint: What a right root looks like.
    """

    name: str
    model: str
    url: str
    url_setting: str
    key_setting: str
    url_hint: str
