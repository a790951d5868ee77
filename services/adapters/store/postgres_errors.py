"""What PostgreSQL says, in our words."""

from core.errors import StoreBusy, StoreError, StoreFull, StoreUnreachable

UNDONE = frozenset({"40001", "40P01"})
AWAY = frozenset({"57P01", "57P02", "57P03", "25P03", "08000", "08003", "08006"})


def translate(
    error: BaseException, *, where: str, busy_timeout_s: float, statement_s: float, setting: str
) -> StoreError:
    """Give our error for one of the driver's; the message says what to do.

    Source:
        PostgreSQL's error codes, https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    code = getattr(error, "sqlstate", None) or ""
    if code in UNDONE:
        return StoreBusy(
            f"two writers of {where!r} stood in each other's way; this one was undone, try again"
        )
    if code == "55P03":
        return StoreBusy(
            f"another writer held {where!r} for more than {busy_timeout_s:g} s; try again"
        )
    if code == "57014":
        return StoreBusy(
            f"a statement took {where!r} more than {statement_s:g} s and was stopped; try again "
            "when the server has less to do"
        )
    if code == "53300":
        return StoreBusy(
            f"the server of {where!r} takes no more connections; stop other programs or raise "
            "max_connections, then try again"
        )
    if code == "53100":
        return StoreFull(
            f"no space left on the server of {where!r}; nothing of this step was stored. "
            "Free disk space or run `newsdesk purge`, then try again"
        )
    if code[:2] == "23":
        return StoreError(f"a rule of the database refused the change ({error}); it was undone")
    if code in AWAY:
        return StoreUnreachable(
            f"the database {where!r} cannot be used ({error}); what was not finished is undone; "
            "try again when PostgreSQL is back"
        )
    return StoreError(_words(code, error, where, setting))


def _words(code: str, error: BaseException, where: str, setting: str) -> str:
    match code:
        case "28000" | "28P01":
            do = f"correct the user and the password in {setting}"
        case "3D000":
            do = f"make it on the server (CREATE DATABASE), or correct {setting}"
        case "42501":
            do = f"give the user of {setting} all rights on its schema"
        case "25006":
            do = "it may be read only here; name the server that may write"
        case "42704" | "22023":
            do = f"take the option out of {setting}"
        case _:
            return f"the database {where!r} failed: {error}"
    return f"the database {where!r} cannot be used ({error}); {do}"
