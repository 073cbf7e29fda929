"""Sweeps for scripts and notebooks: a design to look at, runs to start, a frame to read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demandsim.experiment.errors import InputError
from demandsim.experiment.pool import ModelMaker, demand_model
from demandsim.experiment.sweep.folder import Status, results_of, status
from demandsim.experiment.sweep.reading import parse_table, spec_of
from demandsim.experiment.sweep.run import Outcome, run_sweep
from demandsim.experiment.sweep.spec import SAMPLED
from demandsim.experiment.sweep.store import Shard
from demandsim.experiment.sweep.sweep import Sweep
from demandsim.scenario.errors import shown
from demandsim.scenario.loader import Document, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from demandsim.experiment.progress import Shown
    from demandsim.experiment.sweep.estimate import Estimate


class Study(Sweep):
    """A sweep and its folder.

    ``.design`` is a frame of all points, ``.run()`` runs what is missing, ``.results()`` gives the rows with the
    settings of their point beside them.
    """

    _folder: Path | None = None

    @property
    def folder(self) -> Path:
        """Where its runs are kept: where they were last run, else below ``results``."""
        return self._folder if self._folder is not None else Path("results") / self.spec.folder_name

    def estimate(self, folder: str | Path | None = None, *, jobs: int = 1) -> Estimate:
        """Time, memory and disk that the missing runs will take, from a short trial.

        Args:
            folder: Where its runs are kept.
            jobs: Worker processes.
        """
        from demandsim.experiment.sweep.estimate import estimate

        return estimate(self, self._at(folder), jobs=jobs)

    def run(
        self,
        folder: str | Path | None = None,
        *,
        jobs: int = 1,
        shard: str = "0/1",
        scheduler: str | None = None,
        make: ModelMaker = demand_model,
        show: Callable[[int], Shown] | None = None,
    ) -> Outcome:
        """Run what is missing; run again after anything went wrong, or once there are more points or replicates.

        Args:
            folder: Where runs are kept; a folder of its own below ``results`` if left out.
            jobs: Worker processes. More than 1 needs the script's ``if __name__ == "__main__":`` guard.
            shard: The share of the runs to see to, such as ``"3/20"``; shards are numbered from 0.
            scheduler: Address of a Dask scheduler whose workers run it instead.
            make: Makes the model of a task.
            show: Makes what shows progress, given the months to simulate.

        Returns:
            How it went; failed runs are records in the folder, no exception.

        Raises:
            ExperimentError: If the folder cannot be used, or disk or memory ran out.
        """
        self._folder = self._at(folder)
        share = parse_shard(shard)
        return run_sweep(self, self._folder, shard=share, jobs=jobs, scheduler=scheduler, make=make, show=show)

    def results(
        self,
        folder: str | Path | None = None,
        *,
        measures: Sequence[str] | None = None,
        by: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """The rows of all runs: ``point``, ``place``, a column for each dotted path, then the tidy columns.

        Args:
            folder: Where its runs are kept.
            measures: Measures to read; all if left out.
            by: Breakdowns to read, such as ``["all"]``; all if left out.

        Raises:
            ExperimentError: If runs are missing or the folder is damaged.
        """
        return results_of(self._at(folder), measures=measures, by=by)

    def status(self, folder: str | Path | None = None) -> Status:
        """How far it is."""
        return status(self._at(folder))

    def _at(self, folder: str | Path | None) -> Path:
        return self.folder if folder is None else Path(folder)


def study(file: str | Path | None, asked: Mapping[str, Any]) -> Study:
    """The sweep of a file, of keywords, or of a file with some keys put otherwise.

    Args:
        file: A sweep file, or None.
        asked: Keys of a sweep file and what they are to be; ``design`` may also be a frame with a row for each point.

    Raises:
        ScenarioError: With every problem found.
        ExperimentError: If the sample is too small for a place, or the design too large.
    """
    frame = _frame(asked.get("design"))
    plain = json.loads(json.dumps({key: value for key, value in asked.items() if value is not frame}, default=_plain))
    held = read_yaml(Path(file)) if file is not None else Document({"format": 1}, {(): 1}, "sweep")
    data = {**held.data, **plain} if isinstance(held.data, dict) else held.data
    if isinstance(data, dict) and data.get("design") in SAMPLED:
        _refuse_pairs(asked.get("vary"))
    if frame is not None:
        data["design"] = "table.csv"
        if "vary" in plain:
            raise InputError("sweep  vary: a frame says all that varies.\n  Leave vary out, or name another design.")
        # numbered, so that rows which are the same, or set nothing, are points all the same
        numbered = frame if "point" in frame else frame.assign(point=range(len(frame)))
        rows = parse_table(numbered.to_csv(index=False), "design")
        data.pop("vary", None)
        return Study(spec_of(Document(data, held.lines, held.label), folder=_beside(file), table=rows))
    return Study(spec_of(Document(data, held.lines, held.label), folder=_beside(file)))


def _frame(design: object) -> pd.DataFrame | None:
    """A design that is given as a frame; None for any other, without loading pandas for a name."""
    if design is None or isinstance(design, str):
        return None
    import pandas as pd

    return design if isinstance(design, pd.DataFrame) else None


def _beside(file: str | Path | None) -> Path:
    return Path() if file is None else Path(file).parent


def _plain(value: Any) -> Any:
    """Numbers of NumPy, tuples and the like as plain data."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise InputError(
        f"sweep: {shown(value)} ({type(value).__name__}) is nothing that a sweep file may hold.\n"
        "  Give numbers, text, lists and dicts; scenarios made in Python are run by `run_points` (docs/questions.md)."
    )


def _refuse_pairs(vary: object) -> None:
    """Refuse a pair of numbers where points are drawn: the questions take one for limits, a sweep for two values."""
    pairs = vary.items() if isinstance(vary, Mapping) else ()
    for path, given in pairs:
        if isinstance(given, tuple) and len(given) == 2:
            low, high = given
            raise InputError(
                f"sweep  vary.{path}: ({low}, {high}) may be two values or two limits.\n"
                f'  Give [{low}, {high}] for values, or {{"min": {low}, "max": {high}}} for limits.'
            )


def parse_shard(text: str) -> Shard:
    """A shard as it is given on the command line.

    Raises:
        InputError: If it is none.
    """
    number, _, of = text.partition("/")
    if number.isdigit() and of.isdigit() and 0 <= int(number) < int(of) <= 100_000:
        return Shard(int(number), int(of))
    meant = f" Did you mean {int(number) - 1}/{of}?" if number.isdigit() and number == of and int(of) > 0 else ""
    raise InputError(
        f"--shard {text}: not possible.\n  Give NUMBER/OF, counted from 0: of twenty, 0/20 is the first and 19/20 the "
        f"last.{meant}"
    )
