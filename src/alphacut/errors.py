"""Everything that alphacut raises on purpose.

::

    AlphacutError
    ├── InputError              this input cannot be used; the others can
    │   ├── NotFoundInput       no such file
    │   ├── NotAnImage          bytes that no decoder knows
    │   ├── BrokenImage         an image that ends too early or contradicts itself
    │   └── TooLarge            over a limit, said before any pixel is decoded
    ├── OptionError             an option that does not exist or has a value it cannot have
    ├── OutputError             the result cannot be written there
    ├── Cancelled               stopped between two steps, because nobody wants the result any more
    └── ModelError
        ├── UnknownModel        no card of that name
        ├── LicenceNotAccepted  non-commercial weights that nobody agreed to
        ├── WeightsUnavailable  every source failed; lists each with its reason
        ├── WeightsCorrupt      bytes that are not what the card says
        ├── DeviceMissing       an explicit device, engine or precision that is not here
        └── InferenceFailed     the engine itself failed

Each error says what it is about (``subject``), what is wrong (``problem``) and what to do (``remedy``).
"""

from __future__ import annotations


class AlphacutError(Exception):
    """The root of the tree: catch this to catch everything alphacut raises on purpose.

    Parameters
    ----------
    subject : str
        What it is about: a file name, an option, a model.
    problem : str
        What is wrong, in one clause.
    remedy : str, optional
        What to do about it, in one sentence.
    """

    def __init__(self, subject: str, problem: str, remedy: str = "") -> None:
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{subject}: {problem}" + (f". {remedy}" if remedy else ""))

    def __reduce__(self) -> tuple[type[AlphacutError], tuple[str, str, str]]:
        # Exception.__reduce__ would replay only the joined message: errors cross process borders in a batch.
        return type(self), (self.subject, self.problem, self.remedy)

    @property
    def code(self) -> str:
        """A stable name for scripts: the class's own."""
        return type(self).__name__

    def as_dict(self) -> dict[str, str]:
        """Return what a script is told: code, problem and remedy."""
        return {"code": self.code, "problem": self.problem, "remedy": self.remedy}


class InputError(AlphacutError):
    """This input cannot be used."""


class NotFoundInput(InputError):
    """No such file."""


class NotAnImage(InputError):
    """Bytes that no decoder knows."""


class BrokenImage(InputError):
    """An image that ends too early or contradicts itself."""


class TooLarge(InputError):
    """Over a limit."""


class OptionError(AlphacutError):
    """An option that does not exist or has a value it cannot have."""


class OutputError(AlphacutError):
    """The result cannot be written there."""


class Cancelled(AlphacutError):
    """Stopped between two steps, because nobody wants the result any more."""


class ModelError(AlphacutError):
    """Something about a network, its weights or the engine that runs it."""


class UnknownModel(ModelError):
    """No card of that name."""


class LicenceNotAccepted(ModelError):
    """Weights with a licence that forbids commercial use, which nobody agreed to."""


class WeightsUnavailable(ModelError):
    """Every source of the weights failed."""


class WeightsCorrupt(ModelError):
    """Bytes that are not what the card says."""


class DeviceMissing(ModelError):
    """An explicit device, engine or precision that is not there."""


class InferenceFailed(ModelError):
    """The engine failed while it compiled or ran the network."""
