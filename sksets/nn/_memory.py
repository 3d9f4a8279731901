"""Memory that is written to again and again."""

from torch import Tensor


class Memory:
    """Rows that each batch writes anew, as many as the largest batch had."""

    def __init__(self) -> None:
        self.rows: Tensor | None = None

    def take(self, like: Tensor, n_rows: int, width: int) -> Tensor:
        """Return (n_rows, width) of the type of ``like``, with whatever they hold."""
        if self.rows is None or len(self.rows) < n_rows:
            self.rows = like.new_empty(n_rows, width)
        return self.rows[:n_rows]
