"""Where the boxes of a block diagram go: layers from top to bottom, branches side by side, long nets in columns.

All lengths are inches, y grows upwards. This module places; `diagram_boxes` makes the boxes, `block_diagram` draws.
"""

from __future__ import annotations

from dataclasses import dataclass

from deeprob.plotting.diagram_boxes import Box

__all__ = ["BOX_WIDTH", "Layout", "layout"]

BOX_WIDTH, _LANE, _GAP, _COLUMN_GAP, _ARC = 1.62, 1.85, 0.34, 0.4, 0.42
_BRANCHING = 0.17  # more room below a fork, and above a join
_TURN = 0.22  # room for the line that goes on in the next column
_EMPTY_ROW = 0.18


@dataclass(frozen=True)
class Layout:
    """Boxes with their places in a picture of this width and height, its lower left corner at (0, 0).

    Attributes:
        turns: of each column but the last, where the line to the next column goes up.
    """

    boxes: list[Box]
    width: float
    height: float
    turns: tuple[float, ...]


@dataclass(frozen=True)
class _Segment:
    """A box, and the branches that open below it and close at the next segment's box.

    Without a box: branches of a larger fork that come together before the others do.
    """

    box: Box | None
    branches: list[list[_Segment]]


def layout(found: list[Box], max_height: float = 7.0) -> Layout:
    """Give each box its place. What is higher than max_height goes on in a further column, where it can be cut."""
    for box in found:  # the longest way from the input, in boxes
        box.level = max((one.level + 1 for one in box.inputs), default=0)
    columns = _columns(_Ways(found).sequence(found[0], None), max_height)
    x, height, turns = 0.1, 0.0, []
    for number, column in enumerate(columns):
        left, right = _extent(column)
        _place(column, x + left, number)
        x += left + right + _COLUMN_GAP
        turns.append(x - _COLUMN_GAP / 2)
        height = max(height, _set_heights([box for box in found if box.column == number]))
    for box in found:
        box.y += height + (_TURN if len(columns) > 1 else 0)
    return Layout(found, x - _COLUMN_GAP + 0.1, height + 2 * _TURN * (len(columns) > 1), tuple(turns[:-1]))


class _Ways:
    """Takes the graph apart into segments."""

    def __init__(self, found: list[Box]) -> None:
        self._found, self._order = found, {id(box): i for i, box in enumerate(found)}
        self._seen: set[int] = set()
        self._after: dict[int, set[int]] = {}  # boxes that every way from a box to the end goes through, itself too
        for box in reversed(found):
            common = set.intersection(*(self._after[id(out)] for out in box.outputs)) if box.outputs else set()
            self._after[id(box)] = common | {id(box)}

    def sequence(self, box: Box | None, stop: Box | None) -> list[_Segment]:
        """The segments from a box down to `stop`, which is not among them."""
        segments: list[_Segment] = []
        while box is not None and box is not stop and id(box) not in self._seen:
            self._seen.add(id(box))
            if len(box.outputs) < 2:
                segments.append(_Segment(box, []))
                box = box.outputs[0] if box.outputs else None
            else:
                join = self._meeting(box.outputs)
                segments.append(_Segment(box, self._branches(box, box.outputs, join)))
                box = join
        return segments

    def _meeting(self, boxes: list[Box]) -> Box | None:
        """The first box that every way from any of these goes through."""
        common = set.intersection(*(self._after[id(box)] for box in boxes))
        return self._found[min(map(self._order.__getitem__, common))] if common else None

    def _branches(self, fork: Box, outputs: list[Box], join: Box | None) -> list[list[_Segment]]:
        branches = []
        for group in self._groups([out for out in outputs if out is not join], join):
            if len(group) == 1:
                branch = self.sequence(group[0], join)
                _spread(branch, fork, join)
            else:
                meeting = self._meeting(group)
                branch = [_Segment(None, self._branches(fork, group, meeting)), *self.sequence(meeting, join)]
            if branch:
                branches.append(branch)
        return branches

    def _groups(self, outputs: list[Box], join: Box | None) -> list[list[Box]]:
        """Branches that come together before the join belong together."""
        groups: list[tuple[set[int], list[Box]]] = []
        for out in outputs:
            reached = self._reached(out, join)
            together = [group for group in groups if group[0] & reached]
            groups = [group for group in groups if not group[0] & reached]
            groups.append((reached.union(*(g[0] for g in together)), [*(b for g in together for b in g[1]), out]))
        if len(groups) == 1 and len(outputs) > 1:  # nothing is gained by grouping all
            return [[out] for out in outputs]
        return [members for _, members in groups]

    def _reached(self, box: Box, join: Box | None) -> set[int]:
        reached: set[int] = set()
        waiting = [box]
        while waiting:
            one = waiting.pop()
            if one is not join and id(one) not in reached:
                reached.add(id(one))
                waiting += one.outputs
        return reached


def _spread(branch: list[_Segment], fork: Box, join: Box | None) -> None:
    """Centre the boxes of a short branch between the fork and the join."""
    alone = [segment.box for segment in branch if segment.box is not None and not segment.branches]
    if join is not None and len(alone) == len(branch):
        step = (join.level - fork.level) / (len(branch) + 1)
        for i, box in enumerate(alone, start=1):
            box.level = fork.level + i * step


def _columns(sequence: list[_Segment], max_height: float) -> list[list[_Segment]]:
    pieces: list[list[_Segment]] = []
    for segment in sequence:
        if pieces and pieces[-1][-1].branches:
            pieces[-1].append(segment)
        else:
            pieces.append([segment])
    heights = [sum(map(_height, piece)) for piece in pieces]
    count = -(-sum(heights) // max_height)
    columns: list[list[_Segment]] = [[]]
    filled = 0.0
    for piece, height in zip(pieces, heights, strict=True):
        if columns[-1] and filled + height / 2 > sum(heights) / count:
            columns.append([])
            filled = 0.0
        columns[-1] += piece
        filled += height
    return columns


def _height(segment: _Segment) -> float:
    own = segment.box.height + _GAP if segment.box is not None else 0.0
    inside = max((sum(map(_height, branch)) + 2 * _BRANCHING for branch in segment.branches), default=0.0)
    return own + inside


def _extent(sequence: list[_Segment]) -> tuple[float, float]:
    """How far a sequence reaches to the left and to the right of its middle line."""
    left = right = _LANE / 2
    for segment in sequence:
        for offset, branch in zip(_offsets(segment), segment.branches, strict=True):
            one_left, one_right = _extent(branch)
            left, right = max(left, one_left - offset), max(right, one_right + offset)
        if segment.branches and segment.box is not None and _skips(segment.box):
            right += _ARC
    return left, right


def _skips(box: Box) -> bool:
    """Whether an edge of the box goes past others to a join."""
    return any(out.level - box.level > 1 and len(out.inputs) > 1 for out in box.outputs)


def _offsets(segment: _Segment) -> list[float]:
    """Where the middle lines of the branches are: beside one another, or the longest of a sum straight below."""
    extents = [_extent(branch) for branch in segment.branches]
    if len(extents) < 2:
        return [0.0] * len(extents)
    last = segment.branches[0][-1].box
    if last is not None and last.outputs and last.outputs[0].nodes[0].text == "+":
        main = max(range(len(extents)), key=lambda k: _depth(segment.branches[k]))
        at, offsets = extents[main][1], [0.0] * len(extents)
        for k, (left, right) in enumerate(extents):
            if k != main:
                offsets[k] = at + left
                at += left + right
        return offsets
    at = -sum(left + right for left, right in extents) / 2
    offsets = []
    for left, right in extents:
        offsets.append(at + left)
        at += left + right
    return offsets


def _depth(sequence: list[_Segment]) -> int:
    return sum(1 + max((_depth(branch) for branch in segment.branches), default=0) for segment in sequence)


def _place(sequence: list[_Segment], x: float, column: int) -> None:
    for segment in sequence:
        if segment.box is not None:
            segment.box.x, segment.box.column = x, column
        for offset, branch in zip(_offsets(segment), segment.branches, strict=True):
            _place(branch, x + offset, column)


def _set_heights(column: list[Box]) -> float:
    """Set the heights of the boxes, below a top of 0, and say how far down they reach."""
    rows: dict[int, list[Box]] = {}
    for box in column:
        if box.level == int(box.level):
            rows.setdefault(int(box.level), []).append(box)
    centres: dict[int, float] = {}
    y = 0.0
    for row in range(min(rows), max(rows) + 1):
        boxes = rows.get(row, [])
        height = max((box.height for box in boxes), default=_EMPTY_ROW)
        y -= _BRANCHING * (row > min(rows) and any(len(box.inputs) > 1 for box in boxes))
        centres[row] = y - height / 2
        y -= height + _GAP + _BRANCHING * any(len(box.outputs) > 1 for box in boxes)
    for box in column:
        above = int(box.level)
        below = centres.get(above + 1, centres[above])
        box.y = centres[above] + (box.level - above) * (below - centres[above])
    return -y
