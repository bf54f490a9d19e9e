"""Everything that a request can be refused for, as an HTTP status and as words.

::

    Refusal                  what the service itself refuses
    ├── Busy        503      every worker is taken and the queue is full, or the wait was too long
    ├── TooMany     429      this caller has too much waiting, or is over its rate
    ├── NoKey       401      a key is needed, and none that is known was given
    ├── NoCredit    402      this key has no photos left
    ├── ForbiddenAddress 403 a photo is named by an address that may not be fetched
    ├── FailedDownload   422 a photo is named by an address that cannot be had
    ├── SlowBody    408      the body came too slowly
    ├── BigBody     413      the body is too large
    ├── WrongType   415      a body of a kind that this route does not take
    ├── Unsendable  406      nothing that this route answers is what the client accepts
    ├── NotAllowed  403      nobody may do this here, or not with this key
    ├── NotThere    404      no such thing, or not this caller's
    ├── NotYet      409      it can be had later, or never in this state
    └── NoSpace     507      the disk is full

What the library raises keeps its own tree; :data:`STATUS` says what each is in HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import (
    AlphacutError,
    Cancelled,
    DeviceMissing,
    InputError,
    LicenceNotAccepted,
    ModelError,
    NotAnImage,
    OptionError,
    TooLarge,
    UnknownModel,
)

STATUS: tuple[tuple[type[AlphacutError], int], ...] = (
    (NotAnImage, 415),
    (TooLarge, 413),
    (InputError, 422),
    (OptionError, 422),
    (UnknownModel, 422),
    (LicenceNotAccepted, 403),
    (DeviceMissing, 422),
    (ModelError, 503),
    (Cancelled, 503),
    (AlphacutError, 500),
)
"""The first that fits holds."""


class Refusal(Exception):
    """The service refuses a request; `wait` is after how many seconds it may come again."""

    status = 400

    def __init__(self, subject: str, problem: str, remedy: str = "", wait: float | None = None) -> None:
        self.subject, self.problem, self.remedy, self.wait = subject, problem, remedy, wait
        super().__init__(f"{subject}: {problem}. {remedy}")


class Busy(Refusal):
    """Every worker is taken, and the queue is full or the wait was too long."""

    status = 503


class TooMany(Refusal):
    """This caller has too much waiting, or is over its rate."""

    status = 429


class NoKey(Refusal):
    """A key is needed, and none that is known was given."""

    status = 401


class NoCredit(Refusal):
    """This key has no photos left."""

    status = 402


class ForbiddenAddress(Refusal):
    """A photo is named by an address that may not be fetched."""

    status = 403


class FailedDownload(Refusal):
    """A photo is named by an address that cannot be had."""

    status = 422


class SlowBody(Refusal):
    """The body came too slowly."""

    status = 408


class BigBody(Refusal):
    """The body is too large."""

    status = 413


class WrongType(Refusal):
    """A body of a kind that this route does not take."""

    status = 415


class Unsendable(Refusal):
    """Nothing that this route answers is what the client accepts."""

    status = 406


class NotAllowed(Refusal):
    """Nobody may do this here, or not with this key."""

    status = 403


class NotThere(Refusal):
    """There is no such thing, or it is not this caller's: the answer does not tell which."""

    status = 404


class NotYet(Refusal):
    """It can be had later, or never in this state."""

    status = 409


class NoSpace(Refusal):
    """The disk is full."""

    status = 507


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as every contract words it in its own way."""

    status: int
    code: str
    subject: str
    problem: str
    remedy: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def trouble_of(error: AlphacutError | Refusal) -> Trouble:
    """Return an error's status, words and headers."""
    if isinstance(error, AlphacutError):
        status = next(status for kind, status in STATUS if isinstance(error, kind))
        return Trouble(status, error.code, error.subject, error.problem, error.remedy)
    headers = {} if error.wait is None else {"Retry-After": f"{max(1, round(error.wait))}"}
    if isinstance(error, NoKey):
        headers["WWW-Authenticate"] = "Bearer"
    return Trouble(error.status, type(error).__name__, error.subject, error.problem, error.remedy, headers)
