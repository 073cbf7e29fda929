"""Packages that only some questions need, fetched when they are asked."""

from __future__ import annotations

import importlib
from typing import Any

from demandsim.experiment.errors import InputError


def extra(module: str, name: str) -> Any:
    """A module of a package that an extra brings.

    Args:
        module: Its dotted name.
        name: The extra.

    Raises:
        InputError: If it is not installed, saying how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise InputError(
            f'this needs {package}, which is not installed.\n  Install it with: pip install "demandsim[{name}]"'
        ) from error
