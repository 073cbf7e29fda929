"""Joined agents: objects and those held in columns, as the one agent set that Mesa expects of a model."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from mesa.agentset import AbstractAgentSet, AgentSet, GroupBy

if TYPE_CHECKING:
    from random import Random

    from demandsim.columns import RowSet


class JoinedAgents(AbstractAgentSet[Any]):  # type: ignore[misc]
    """Object agents and column agents as one Mesa agent set, objects first, columns in the order given."""

    def __init__(self, objects: Any, *columns: RowSet) -> None:
        self._objects = objects
        self._columns = columns
        self.random = objects.random

    @property
    def _parts(self) -> tuple[Any, ...]:
        return (self._objects, *self._columns)

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def __iter__(self) -> Iterator[Any]:
        for part in self._parts:
            yield from part

    def __contains__(self, agent: object) -> bool:
        return any(agent in part for part in self._parts)

    def _update(self, agents: Iterable[Any]) -> Self:
        raise TypeError("model.agents is made of the model's own sets: select() gives one to reorder")

    def select(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> Any:
        """Choose agents; one type that lives in columns comes back as rows, anything else as agents."""
        if inplace:
            self._update([])
        if agent_type is not None:
            for part in self._columns:
                if issubclass(part.data.row_type, agent_type):
                    return part.select(filter_func, at_most)
        chosen = [
            agent
            for agent in self
            if (agent_type is None or isinstance(agent, agent_type)) and (filter_func is None or filter_func(agent))
        ]
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(self) * at_most)
        return _Held(chosen[: min(len(chosen), int(min(at_most, len(chosen))))], self.random)

    def get(self, attr_names: Any, handle_missing: str = "error", default_value: Any = None) -> list[Any]:
        """Values of attributes, agent by agent, in the order of the set."""
        return [
            value
            for part in self._parts
            if len(part)
            for value in np.asarray(part.get(attr_names, handle_missing, default_value), dtype=object).tolist()
        ]

    def groupby(self, by: Callable[[Any], Any] | str, result_type: str = "agentset") -> GroupBy:
        """Group all agents by an attribute or a function."""
        return _Held(list(self), self.random).groupby(by, result_type)

    def shuffle(self, inplace: bool = False) -> Any:
        """All agents in an order of Mesa's own generator."""
        if inplace:
            self._update([])
        return _Held(list(self), self.random).shuffle()

    def sort(self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False) -> Any:
        """All agents ordered by an attribute or a function."""
        if inplace:
            self._update([])
        return _Held(list(self), self.random).sort(key, ascending)

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a method or function on every agent."""
        for part in self._parts:
            part.do(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Shuffle all agents, then call a method or function on each."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Call a method or function on every agent and collect what it returns."""
        return [value for part in self._parts for value in part.map(method, *args, **kwargs)]

    def to_list(self) -> list[Any]:
        """Every agent, as a list."""
        return list(self)

    def add(self, agent: Any) -> None:
        """Add an object agent."""
        self._objects.add(agent)

    def discard(self, agent: Any) -> None:
        """Take out an object agent, if it is there."""
        self._objects.discard(agent)

    def remove(self, agent: Any) -> None:
        """Take out an object agent."""
        self._objects.remove(agent)


class _Held(AgentSet):  # type: ignore[misc]
    """An agent set that keeps row views alive: Mesa's own holds agents weakly, and a view has no other holder."""

    def __init__(self, agents: Iterable[Any], random: Random | None = None) -> None:
        self._strong = list(agents)
        super().__init__(self._strong, random)

    def _update(self, agents: Iterable[Any]) -> Self:
        self._strong = list(agents)
        super()._update(self._strong)
        return self

    def shuffle(self, inplace: bool = False) -> Any:
        order = list(self._strong)
        self.random.shuffle(order)
        return self._update(order) if inplace else _Held(order, self.random)

    def sort(self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False) -> Any:
        by = operator.attrgetter(key) if isinstance(key, str) else key
        order = sorted(self._strong, key=by, reverse=not ascending)
        return self._update(order) if inplace else _Held(order, self.random)
