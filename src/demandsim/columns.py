"""Columns: agents held as NumPy arrays, one array an attribute, one row an agent.

A `ColumnSet` is a Mesa agent set: it can be selected from, aggregated, grouped and iterated like any other, and
each agent it yields is a real `mesa.Agent`, a live view of one row. Processes work on the arrays themselves
(``citizens.capability``); researchers who know Mesa work on the set; both see the same people.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import mesa
import numpy as np
from mesa.agentset import AbstractAgentSet, GroupBy
from numpy.typing import NDArray

from demandsim.compiled import kernel
from demandsim.side_by_side import SideBySide

if TYPE_CHECKING:
    from random import Random

_GROWTH = 1.03
_ALL_IN_USE = np.uint64(0x0101010101010101)


@kernel
def _open_rows(
    alive: NDArray[np.bool_], uid: NDArray[np.uint64], owners: NDArray[np.uint64], rows: NDArray[np.int64]
) -> int:
    """Give the lowest free rows to their new owners, as many as there are; how many."""
    found = 0
    eights = alive[: alive.size // 8 * 8].view(np.uint64)
    for j in range(eights.size + 1):
        if found == rows.size:
            break
        if j < eights.size and eights[j] == _ALL_IN_USE:
            continue
        for i in range(8 * j, min(8 * j + 8, alive.size)):
            if not alive[i] and found < rows.size:
                rows[found], uid[i], alive[i] = i, owners[found], True
                found += 1
    return found


@dataclass(frozen=True, slots=True)
class Column:
    """What one column holds: its type, its value for a new row, its unit and its meaning."""

    dtype: str
    default: float
    unit: str
    meaning: str


def column(dtype: str, default: float, unit: str, meaning: str) -> Any:
    """Declare a column in the body of a `ColumnSet`."""
    return Column(dtype, default, unit, meaning)


class Row(mesa.Agent):  # type: ignore[misc]
    """A live view of one row: reads and writes go straight to the columns.

    A view stays true to its owner: once they have left and the row may be somebody else's, using it raises.
    """

    _data: ColumnSet
    _row: int
    _uid: int

    def __init_subclass__(cls, columns: type[ColumnSet], **kwargs: Any) -> None:
        """Give the view one property for each column of ``columns``."""
        super().__init_subclass__(**kwargs)
        columns.row_type = cls
        for name, spec in columns.columns.items():
            if name not in vars(cls):
                setattr(cls, name, _cell(name, spec.meaning))

    def __init__(self, data: ColumnSet, row: int) -> None:
        # Mesa's constructor would register the view with the model; its owner lives in the columns already.
        self._data = data
        self._row = row
        self._uid = int(data.uid[row])
        self.pos = None

    @property
    def model(self) -> Any:
        """The model the agent lives in."""
        return self._data.home

    @property
    def unique_id(self) -> int:
        """Identity, the same in every scenario."""
        return self._uid

    @property
    def row(self) -> int:
        """The row behind the view.

        Raises:
            LookupError: If its owner has left.
        """
        if not self._data.alive[self._row] or int(self._data.uid[self._row]) != self._uid:
            raise LookupError(f"{type(self).__name__} {self._uid} is no longer in the model")
        return self._row

    def remove(self) -> None:
        """Take the agent out of the model, with every link to it."""
        self._data.home.remove_rows(self._data, np.array([self.row]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and other._data is self._data and other._uid == self._uid

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._uid))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._uid}>"


def _cell(name: str, meaning: str) -> property:
    """A property that reads and writes one column at the view's row."""

    def read(self: Row) -> Any:
        return getattr(self._data, name)[self.row].item()

    def write(self: Row, value: Any) -> None:
        getattr(self._data, name)[self.row] = value

    return property(read, write, doc=meaning)


class _Groups(GroupBy):  # type: ignore[misc]
    """Groups of rows that aggregate whole columns instead of asking agent by agent."""

    def agg(self, attr_name: str, func: Callable[[Any], Any]) -> dict[Any, Any]:
        return {name: func(group.get(attr_name)) for name, group in self.groups.items()}


class RowSet(AbstractAgentSet[Any]):  # type: ignore[misc]
    """Some rows of a `ColumnSet`, in an order: what selecting, sorting and shuffling give."""

    def __init__(self, data: ColumnSet, rows: NDArray[np.int64]) -> None:
        self._data = data
        self._rows = rows

    @property
    def data(self) -> ColumnSet:
        """The columns behind the rows."""
        return self._data

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows, in the order of the set."""
        return self._rows

    @property
    def model(self) -> Any:
        """The model the agents live in."""
        return self.data.home

    @property
    def random(self) -> Random:
        """The model's generator for Mesa's own shuffles. The model's luck never comes from here."""
        generator: Random = self.model.random
        return generator

    def __len__(self) -> int:
        return int(self.rows.size)

    def __iter__(self) -> Iterator[Any]:
        view = self.data.row_type
        return (view(self.data, int(row)) for row in self.rows)

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Row) or agent._data is not self.data:
            return False
        held = self.rows[self.data.uid[self.rows] == np.uint64(agent._uid)]
        return bool(held.size)

    def _update(self, agents: Iterable[Any]) -> Self:
        self._rows = np.array([agent.row for agent in agents], dtype=np.int64)
        return self

    def _ordered(self, rows: NDArray[np.int64], inplace: bool) -> RowSet:
        if not inplace:
            return RowSet(self.data, rows)
        self._rows = rows
        return self

    def select(
        self,
        filter_func: Callable[[Any], bool] | NDArray[np.bool_] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> RowSet:
        """Choose agents.

        Args:
            filter_func: A test of one agent, or a mask: one truth value for each agent of this set, or for each
                row of the columns.
            at_most: The most agents to choose: a number, or a share of this set if it is a float up to 1.
            inplace: Narrow this set instead of making a new one.
            agent_type: Only agents of this class.

        Raises:
            ValueError: If a mask has another length.
        """
        rows = self.rows
        if agent_type is not None and not issubclass(self.data.row_type, agent_type):
            rows = rows[:0]
        if isinstance(filter_func, np.ndarray):
            if filter_func.size == self.data.size:
                rows = rows[filter_func[rows]]
            elif filter_func.size == rows.size:
                rows = rows[filter_func]
            else:
                raise ValueError(
                    f"a mask needs one value for each of the {len(self)} agents (or each of the "
                    f"{self.data.size} rows), not {filter_func.size}"
                )
        elif filter_func is not None:
            view = self.data.row_type
            rows = rows[np.fromiter((bool(filter_func(view(self.data, int(r)))) for r in rows), bool, rows.size)]
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(self) * at_most)
        if at_most < rows.size:
            rows = rows[: int(at_most)]
        return self._ordered(rows, inplace)

    def get(self, attr_names: str | list[str], handle_missing: str = "error", default_value: Any = None) -> Any:
        """Values of one attribute (an array in the order of the set) or of several (a list for each agent).

        Raises:
            AttributeError: If there is no such attribute and ``handle_missing`` is ``"error"``.
            ValueError: If ``handle_missing`` is neither ``"error"`` nor ``"default"``.
        """
        if handle_missing not in ("error", "default"):
            raise ValueError(f"Unknown handle_missing option: {handle_missing}, should be one of 'error' or 'default'")
        if not isinstance(attr_names, str):
            found = [self.get(name, handle_missing, default_value) for name in attr_names]
            return [list(values) for values in zip(*(np.asarray(v).tolist() for v in found), strict=True)]
        name = attr_names
        if name in self.data.columns or isinstance(getattr(type(self.data), name, None), property):
            return getattr(self.data, name)[self.rows]
        if hasattr(self.data.row_type, name):
            return np.array([getattr(agent, name) for agent in self])
        if handle_missing == "default":
            return np.full(len(self), default_value)
        raise AttributeError(f"{self.data.row_type.__name__} has no attribute {name!r}")

    def set(self, attr_name: str, value: Any) -> Self:
        """Write one value, or one for each agent, to a column.

        Raises:
            AttributeError: If there is no such column.
        """
        if attr_name not in self.data.columns:
            raise AttributeError(f"{self.data.row_type.__name__} has no column {attr_name!r}")
        getattr(self.data, attr_name)[self.rows] = value
        return self

    def agg(self, attribute: str, func: Callable[[Any], Any] | Iterable[Callable[[Any], Any]]) -> Any:
        """Apply one or more functions to all values of an attribute."""
        values = self.get(attribute)
        return func(values) if callable(func) else [f(values) for f in func]

    def groupby(self, by: Callable[[Any], Any] | str, result_type: str = "agentset") -> GroupBy:
        """Group agents by an attribute or by what a function of an agent returns."""
        keys = self.get(by) if isinstance(by, str) else np.array([by(agent) for agent in self])
        names, number = np.unique(keys, return_inverse=True)
        sets = {name.item(): RowSet(self.data, self.rows[number == k]) for k, name in enumerate(names)}
        if result_type == "agentset":
            return _Groups(sets)
        return GroupBy({name: group.to_list() for name, group in sets.items()})

    def shuffle(self, inplace: bool = False) -> RowSet:
        """The same agents in an order of Mesa's own generator."""
        order = list(range(len(self)))
        self.random.shuffle(order)
        return self._ordered(self.rows[np.array(order, dtype=np.int64)], inplace)

    def sort(self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False) -> RowSet:
        """The same agents ordered by an attribute or a function of an agent; ties keep their order."""
        values = self.get(key) if isinstance(key, str) else np.array([key(agent) for agent in self])
        order = np.argsort(values, kind="stable")
        if not ascending:
            order = np.argsort(-np.asarray(values, dtype=np.float64), kind="stable")
        return self._ordered(self.rows[order], inplace)

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a method or function on each agent that is still there when its turn comes."""
        call = operator.methodcaller(method, *args, **kwargs) if isinstance(method, str) else None
        for agent in list(self):
            if not agent._data.alive[agent._row]:
                continue
            if call is not None:
                call(agent)
            elif callable(method):
                method(agent, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Shuffle, then `do`."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Call a method or function on each agent and collect what it returns."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self]
        return [method(agent, *args, **kwargs) for agent in self]

    def copy(self) -> RowSet:
        """The same agents as a set of their own."""
        return RowSet(self.data, self.rows.copy())

    def __copy__(self) -> RowSet:
        return self.copy()

    def to_list(self) -> list[Any]:
        """Every agent, as a list of live views."""
        return list(self)

    def add(self, agent: Any) -> None:
        """Add an agent's row to the set."""
        if agent not in self:
            self._rows = np.append(self.rows, agent.row)

    def discard(self, agent: Any) -> None:
        """Take an agent out of the set (not out of the model), if it is in it."""
        self._rows = self.rows[self.data.uid[self.rows] != np.uint64(agent._uid)]

    def remove(self, agent: Any) -> None:
        """Take an agent out of the set (not out of the model).

        Raises:
            KeyError: If it is not in the set.
        """
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy of columns: of each the rows that differ from the default and their values, or all of it.

    Attributes:
        size: Rows of every column.
        columns: By name.
    """

    size: int
    columns: dict[str, tuple[NDArray[np.int32], NDArray[Any]] | NDArray[Any]]


class ColumnSet(RowSet):
    """A set of agents held as columns; a row never moves while its owner is there.

    Attributes:
        alive: Which rows are in use.
        uid: Identity of each row's owner.
        home: The model the agents live in, once it has adopted them.
    """

    columns: ClassVar[dict[str, Column]] = {}
    _default: ClassVar[dict[str, NDArray[Any]]] = {}
    row_type: ClassVar[type[Row]] = Row
    home: Any
    alive: NDArray[np.bool_]
    uid: NDArray[np.uint64]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declared = {name: value for name, value in vars(cls).items() if isinstance(value, Column)}
        cls.columns = {**cls.columns, **declared}
        # of the column's own type: quicker to write than a number that has to be made one
        cls._default = {name: np.array(spec.default, dtype=spec.dtype) for name, spec in cls.columns.items()}
        for name in declared:
            delattr(cls, name)

    def __init__(self, size: int) -> None:
        self.home = None
        self._hold(size)

    def _hold(self, size: int) -> None:
        """Begin with so many rows, all at their defaults."""
        self._held = SideBySide(self._default, size)
        self._take(self._held.columns())

    def _take(self, columns: Iterable[tuple[str, NDArray[Any]]]) -> None:
        """Take over the columns that lie side by side."""
        for name, values in columns:
            setattr(self, name, values)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the columns themselves, which are views of what lies side by side."""
        return {name: value for name, value in vars(self).items() if name not in self.columns}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._take(self._held.columns())

    @property
    def data(self) -> ColumnSet:
        """These columns themselves."""
        return self

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows in use, in row order."""
        rows: NDArray[np.int64] = self.alive.nonzero()[0]
        return rows

    @property
    def size(self) -> int:
        """Rows held, in use or free: the length of every column."""
        return int(self.alive.size)

    def __len__(self) -> int:
        return int(np.count_nonzero(self.alive))

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Row) or agent._data is not self:
            return False
        return bool(self.alive[agent._row] and int(self.uid[agent._row]) == agent._uid)

    def admit(self, uid: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Open a row for each new owner, at the defaults; free rows, which hold them, are used first, lowest first.

        Args:
            uid: Identities of the new owners, shape (n,).

        Returns:
            Their rows, rising, shape (n,).
        """
        rows = np.empty(uid.size, dtype=np.int64)
        found = _open_rows(self.alive, self.uid, uid, rows)
        if found < uid.size:  # all of the new rows are free: no need to look for them
            first, short = self.size, uid.size - found
            self._take(self._held.grow(max(short, int(self.size * (_GROWTH - 1)))))
            rows[found:] = np.arange(first, first + short)
            self.uid[first : first + short] = uid[found:]
            self.alive[first : first + short] = True
        return rows

    def release(self, rows: NDArray[np.int64]) -> None:
        """Close rows whose owners are gone: every column returns to its default."""
        if rows.size:
            self._held.clear(rows)

    def _ordered(self, rows: NDArray[np.int64], inplace: bool) -> RowSet:
        if inplace:
            raise TypeError("rows never move while their owners are there: use inplace=False")
        return RowSet(self, rows)

    def _update(self, agents: Iterable[Any]) -> Self:
        raise TypeError("agents join columns through admit() and leave through release()")

    def add(self, agent: Any) -> None:
        """Refused: agents join columns through `admit`."""
        self._update([agent])

    def discard(self, agent: Any) -> None:
        """Refused: agents leave columns through `release`."""
        self._update([agent])

    def remove(self, agent: Any) -> None:
        """Refused: agents leave columns through `release`."""
        self._update([agent])

    def state(self) -> dict[str, NDArray[Any]]:
        """Every column by name: what a digest or a copy needs."""
        return {name: getattr(self, name) for name in self.columns}

    def keep(self) -> Kept:
        """A copy of every column for `restore`, small where most rows hold the default."""
        kept: dict[str, tuple[NDArray[np.int32], NDArray[Any]] | NDArray[Any]] = {}
        for name, values in self.state().items():
            rows = np.flatnonzero(values != self._default[name]).astype(np.int32)
            few = rows.nbytes + rows.size * values.itemsize < values.nbytes
            kept[name] = (rows, values[rows]) if few else values.copy()
        return Kept(self.size, kept)

    def restore(self, kept: Kept) -> None:
        """Take over a copy of what was kept, of this set or another of its kind."""
        self._hold(kept.size)
        for name, held in kept.columns.items():
            column = getattr(self, name)
            if isinstance(held, tuple):
                rows, values = held
                column[rows] = values
            else:
                column[:] = held
