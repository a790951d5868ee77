"""The one public shape of a refusal or an error."""

from typing import Literal

from pydantic import Field

from schemas.analysis import Meta
from schemas.base import Frozen

ErrorCode = Literal[
    "VALIDATION_FAILED", "NO_DATA", "BUDGET_EXCEEDED", "MODEL_UNAVAILABLE", "INTERNAL"
]
RETRYABLE: dict[ErrorCode, bool] = {
    "VALIDATION_FAILED": False,
    "NO_DATA": True,
    "BUDGET_EXCEEDED": False,
    "MODEL_UNAVAILABLE": True,
    "INTERNAL": True,
}


class ErrorDetail(Frozen):
    """What went wrong: for the person (`user_message`) and for logs alone (`tech_message`)."""

    code: ErrorCode
    user_message: str = Field(min_length=1, max_length=500)
    tech_message: str = Field(default="", max_length=1000)
    retryable: bool


class ErrorResponse(Frozen):
    """A refusal or an error, in the place of an AnalysisResponse."""

    error: ErrorDetail
    meta: Meta
