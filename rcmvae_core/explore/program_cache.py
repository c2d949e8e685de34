"""Compiles functions once for each program that they are, however often they are built again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import jax

_KEPT = 64


class ProgramCache:
    """Compiled programs by their text: a function that is built anew for every label is mostly the same program.

    `jax.jit` knows functions by identity, and so would compile each of them.
    """

    def __init__(self) -> None:
        self._programs: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return what a function of arrays returns, a pytree of arrays."""
        lowered = jax.jit(function, keep_unused=True).lower(*arguments)
        text = lowered.as_text()
        with self._lock:
            program = self._programs.get(text)
            if program is None:
                program = self._programs[text] = lowered.compile()
            self._programs.move_to_end(text)
            while len(self._programs) > _KEPT:
                self._programs.popitem(last=False)
        # The structure of the result is in the program, but not in its text: two functions may differ in it alone.
        return jax.tree.unflatten(lowered.out_tree, jax.tree.leaves(program(*arguments)))
