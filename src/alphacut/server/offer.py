"""What a request may choose: the models offered, and nothing that only whoever runs the service decides."""

from __future__ import annotations

from ..errors import OptionError
from ..infer.catalog import find_card, known_names
from ..infer.fuse import TOGETHER
from ..infer.store import cached
from ..options import Options
from .settings import Settings

OURS = ("device", "engine", "precision", "accept_licence")
"""Options of whoever runs the service: they decide what runs here, and what was agreed to."""


def check_offered(options: Options, settings: Settings) -> None:
    """Refuse a model that is not offered, and options that are not a request's to set.

    Raises
    ------
    UnknownModel
        No such model.
    OptionError
        It is not offered here, or an option of `OURS` differs from the settings'.
    """
    for name in OURS:
        if getattr(options, name) != getattr(settings.options, name):
            raise OptionError(f"option {name!r}", "is set by whoever runs the service", "Leave it out.")
    if options.model != settings.options.model and not is_offered(options.model, settings):
        remedy = f"Offered here: {', '.join(offered(settings))}."
        raise OptionError("option 'model'", f"cannot be {options.model!r} on this service", remedy)


def offered(settings: Settings) -> list[str]:
    """Return the names of the models that a request may name, the service's own first."""
    names = dict.fromkeys([settings.options.model, *TOGETHER, *known_names()])
    return [name for name in names if name == settings.options.model or is_offered(name, settings)]


def is_offered(name: str, settings: Settings) -> bool:
    """Say whether a request may name this model; unless the settings list them, whether its weights are here."""
    if settings.models is not None:
        return name in settings.models
    cards = [find_card(part) for part in TOGETHER.get(name, (name,))]
    agreed = settings.options.accept_licence
    return all((card.commercial or agreed) and cached(card) is not None for card in cards)
