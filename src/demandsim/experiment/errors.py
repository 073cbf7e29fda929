"""What can go wrong with runs, each with the exit code that the command line gives it."""

from __future__ import annotations

import errno
from typing import ClassVar


class ExperimentError(Exception):
    """Something a user can mend; the message says where, what, why and how.

    Attributes:
        exit_code: What the command line exits with.
    """

    exit_code: ClassVar[int] = 2


class InputError(ExperimentError):
    """An option or file that cannot be used."""


class StoreError(ExperimentError):
    """A results folder that is damaged or in use by another run."""

    exit_code = 4


class ResourceError(ExperimentError):
    """No disk or memory left."""

    exit_code = 5


class StoppedError(ExperimentError):
    """The user stopped the run; finished parts are on disk."""

    exit_code = 130


def from_os_error(error: OSError, what: str) -> ExperimentError:
    """Turn an operating-system error on writing into one that says how to mend it.

    Args:
        error: The error met.
        what: What was being written, as it should stand in the message.
    """
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ResourceError(
            f"{what}: no space left on the disk ({reason}).\n"
            "  What is finished is kept. Free some space or choose another disk with -o, then run the command again."
        )
    return InputError(f"{what}: cannot be written ({reason}).\n  Choose a folder you may write to with -o.")
