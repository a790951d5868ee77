"""Every error that somebody handles, in one tree.

    NewsdeskError
    ├── SettingError          a setting is wrong; the start stops
    ├── UsageError            a command cannot be understood; says the nearest valid form
    ├── StoreError            the database failed
    │   ├── StoreBusy         another writer held it for too long; retry
    │   ├── StoreFull         no space left on the device
    │   ├── StoreUnreachable  its server does not answer now; retry
    │   └── SchemaTooNew      the data was written by a newer Newsdesk
    ├── IndexFailed           the search index failed
    │   ├── IndexFull         no space left for it; what is stored is indexed later
    │   ├── IndexUnreachable  it does not answer now; what is stored is indexed later
    │   └── EmbedderChanged   stored vectors come from another model or dimension
    ├── SourceFailed          a feed, page or channel could not be read; `reason` says why
    ├── FolderInUse           another process owns the data folder
    ├── ModelFailed           one model call failed; `kind` decides what happens next
    ├── ModelUnavailable      no model of a route answered and the request insisted on one
    ├── BudgetExceeded        no money was left for a model and the request insisted on one
    ├── DeadlineExceeded      the request's time is over
    └── TelegramRefused       Telegram will not take a message; `retry_after_s` when it may later

A refusal (no data, over budget, policy) is a value and never raised.
"""

from dataclasses import dataclass

from schemas.llm import FailureKind, Usage
from schemas.sources import FailureReason


class NewsdeskError(Exception):
    """Base of everything below; the message is for people and says what to do."""


class SettingError(NewsdeskError):
    """A setting has a value that is not allowed."""


class UsageError(NewsdeskError):
    """Words of a command that cannot be understood.

    `word` is what was wrong, `nearest` the closest valid value or None, `field` what it was meant
    for (`window`, `mode`, `option`, `query`, `lang`; `word`: nothing that the command takes).
    """

    def __init__(self, message: str, *, field: str, word: str = "", nearest: str | None = None):
        super().__init__(message)
        self.field = field
        self.word = word
        self.nearest = nearest


class StoreError(NewsdeskError):
    """The database failed."""


class StoreBusy(StoreError):
    """Another writer held the database longer than the time-out."""


class StoreFull(StoreError):
    """There is no space left where the database lives."""


class StoreUnreachable(StoreError):
    """The server of the database does not answer; what was not finished is undone."""


class SchemaTooNew(StoreError):
    """The stored schema is newer than this version of Newsdesk."""


class IndexFailed(NewsdeskError):
    """The search index failed."""


class IndexFull(IndexFailed):
    """There is too little space left where the search index lives; nothing of it is damaged."""


class IndexUnreachable(IndexFailed):
    """The search index does not answer, or not to this desk; no document is to blame for that."""


class EmbedderChanged(IndexFailed):
    """The stored vectors come from another (model, dimension) than the one configured."""


class SourceFailed(NewsdeskError):
    """One look at a feed, page or channel failed; `status` is the server's, if it answered."""

    def __init__(
        self,
        message: str,
        *,
        reason: FailureReason,
        status: int | None = None,
        retry_after_s: float | None = None,
    ):
        super().__init__(message)
        self.reason = reason
        self.status = status
        self.retry_after_s = retry_after_s


class FolderInUse(NewsdeskError):
    """Another process owns the data folder; `pid` is its process id, None when unknown."""

    def __init__(self, message: str, *, pid: int | None):
        super().__init__(message)
        self.pid = pid


class ModelFailed(NewsdeskError):
    """One attempt on one model failed.

    `answered` is what the provider told of a reply that was of no use. `is_sent` False: the
    request cannot have reached a model, or an error was its answer, so it cost nothing.
    `is_exhausted`: a quota of the day or the account's money is gone, for `retry_after_s` seconds
    where known.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: FailureKind,
        retry_after_s: float | None = None,
        answered: "Answered | None" = None,
        is_sent: bool = True,
        is_exhausted: bool = False,
    ):
        super().__init__(message)
        self.kind = kind
        self.retry_after_s = retry_after_s
        self.answered = answered
        self.is_sent = is_sent
        self.is_exhausted = is_exhausted


@dataclass(frozen=True, slots=True)
class Answered:
    """What a provider sent back before an attempt failed; `text` None: nothing to mend."""

    usage: Usage
    model: str
    text: str | None = None


class ModelUnavailable(NewsdeskError):
    """Every model of a route failed."""


class BudgetExceeded(NewsdeskError):
    """The budget of `scope` is used up, and words by a model were insisted on."""

    def __init__(self, message: str, *, scope: str):
        super().__init__(message)
        self.scope = scope


class DeadlineExceeded(NewsdeskError):
    """The request's deadline passed; `node` is the step that was running."""

    def __init__(self, message: str, *, node: str):
        super().__init__(message)
        self.node = node


class TelegramRefused(NewsdeskError):
    """Telegram refused a message for good, or until `retry_after_s` has passed."""

    def __init__(self, message: str, *, retry_after_s: float | None = None):
        super().__init__(message)
        self.retry_after_s = retry_after_s
