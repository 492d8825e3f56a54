"""Strings as kernels read them."""

import numpy as np
import numpy.typing as npt

from comity.columns.strings import StringView
from comity.match.kernels.name_relations import NameView


class StringViews:
    """Make string views of Python strings, and keep their bytes in place as long as this object exists."""

    def __init__(self) -> None:
        self._buffers: list[npt.NDArray[np.uint8]] = []

    def __call__(self, text: str) -> StringView:
        self._buffers.append(np.frombuffer(text.encode("ascii") or b"\0", np.uint8))
        return StringView(self._buffers[-1].ctypes.data, len(text))

    def name(self, first: str, middle: str, surname: str) -> NameView:
        """Make a view of a name of one given name and one surname."""
        first_view, surname_view = self(first), self(surname)
        return NameView(first_view, first_view, self(middle), surname_view, self(""), self(""))
