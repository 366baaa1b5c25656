"""The one error of this package: what is wrong with a data set, and what to do about it."""


class DatasetError(Exception):
    """A data set cannot be had. The message names the file, what was expected, what came, and the next step."""

    def __init__(self, where: object, problem: str, next_step: str) -> None:
        super().__init__(f"{where}: {problem} Next step: {next_step}")
        self.where = str(where)
        self.problem = problem
        self.next_step = next_step
