"""Block diagrams, drawn from the module itself: boxes from top to bottom, skip connections as arcs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path
from torch import nn

from deeprob.module_graph import Node, finest_depth, module_graph
from deeprob.module_text import shape_text
from deeprob.plotting.diagram_boxes import Box, boxes, stripe_height
from deeprob.plotting.diagram_layout import BOX_WIDTH, Layout, layout
from deeprob.plotting.style import BLUE, GREEN, GREY, RED, figure

__all__ = ["block_diagram", "describe_diagram", "draw_diagram", "plan_diagram"]

_FILLS = {
    "conv": (BLUE, "white"),
    "linear": (GREEN, "white"),
    "pool": ("#F6D9A0", "#222222"),
    "norm": ("#DCE6F0", "#222222"),
    "activation": ("#F3F3F3", "#222222"),
    "rest": ("#FAFAFA", "#555555"),
    "part": ("#FFFFFF", "#222222"),
}
_EDGES = {"part": BLUE, "join": RED}
_LINE = "#5A5A5A"
_LABEL = 0.17  # below a box, where its shape is written
_LONG = 25  # letters that fit into a box


def block_diagram(
    module: nn.Module,
    input_shape: Sequence[int],
    *,
    title: str,
    depth: int | None = None,
    max_boxes: int = 26,
    max_height: float = 7.0,
    ax: Axes | None = None,
) -> None:
    """What a module computes, from top to bottom, with the shape of each result (C x H x W) below its box.

    Args:
        module: on any device, also on meta.
        input_shape: of one image, (C, H, W).
        depth: how deep to look into the module; none chooses the finest picture with about max_boxes boxes at most,
            and not too wide.
        max_height: in inches; longer pictures go on in a further column.
        ax: a panel of yours, as wide and high as `plan_diagram` says, or in that proportion.
    """
    plan = plan_diagram(module, input_shape, depth=depth, max_boxes=max_boxes, max_height=max_height)
    alt = f"{title}: {describe_diagram(plan)}"
    if ax is not None:
        draw_diagram(ax, plan, title=title)
        return
    with figure(max(plan.width, 2.6), plan.height + 0.35, alt=alt) as own:
        draw_diagram(own, plan, title=title)


def plan_diagram(
    module: nn.Module,
    input_shape: Sequence[int],
    *,
    depth: int | None = None,
    max_boxes: int = 26,
    max_height: float = 7.0,
    max_width: float = 12.0,
) -> Layout:
    """The boxes of the diagram and their places, in inches; see `block_diagram`."""
    if depth is not None:
        return layout(boxes(module_graph(module, input_shape, depth)), max_height)
    for level in range(finest_depth(module, max_boxes), 0, -1):
        plan = layout(boxes(module_graph(module, input_shape, level)), max_height)
        if plan.width <= max_width:
            break
    return plan


def describe_diagram(plan: Layout) -> str:
    """The diagram in words, such as "conv 3×3, batch norm, ReLU to 64 × 56 × 56; ..."."""
    parts = []
    for box in plan.boxes[1:]:
        words = ", ".join(_words(node) for node in box.nodes)
        joined = f" of {len(box.inputs)}" if len(box.inputs) > 1 else ""
        parts.append(f"{words}{joined} to {shape_text(box.shape)}")
    return f"from {shape_text(plan.boxes[0].shape)}: {'; '.join(parts)}"


def draw_diagram(ax: Axes, plan: Layout, *, title: str = "") -> None:
    """Draw a planned diagram into a panel of its size."""
    ax.set(xlim=(0, plan.width), ylim=(0, plan.height), aspect="equal")
    ax.axis("off")
    if title:
        ax.set_title(title)
    for box in plan.boxes:
        for source in box.inputs:
            _draw_edge(ax, source, box, plan)
    for box in plan.boxes:
        _draw_box(ax, box)
        if box.outputs or box is plan.boxes[-1]:
            text = shape_text(box.shape)
            ax.text(box.x + 0.07, _bottom(box) - 0.03, text, fontsize=6, color=GREY, va="top", zorder=4)


def _top(box: Box) -> float:
    return box.y + box.height / 2


def _bottom(box: Box) -> float:
    return box.y - box.height / 2


def _draw_box(ax: Axes, box: Box) -> None:
    left, width = box.x - BOX_WIDTH / 2, BOX_WIDTH
    if box.kind == "join":
        _draw_join(ax, box)
        return
    if box.kind == "input":
        ax.text(box.x, box.y, "input", ha="center", va="center", fontsize=7.5, color=GREY, style="italic", zorder=4)
        return
    outline = FancyBboxPatch(
        (left, _bottom(box)),
        width,
        box.height,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor="none",
        edgecolor=_EDGES.get(box.kind, "#444444"),
        linewidth=0.9,
        zorder=3.2,
    )
    ax.add_patch(outline)
    y = _top(box)
    for node in box.nodes:
        fill, ink = _FILLS[node.kind]
        height = stripe_height(node)
        y -= height
        stripe = Rectangle((left, y), width, height, facecolor=fill, edgecolor="white", linewidth=0.6, zorder=3)
        ax.add_patch(stripe)
        stripe.set_clip_path(outline)
        _write(ax, node, box.x, y + height / 2, ink)


def _write(ax: Axes, node: Node, x: float, y: float, ink: str) -> None:
    centred: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "zorder": 4}
    if node.kind == "part":
        ax.text(x, y + 0.08, node.module, fontsize=7, fontweight="bold", **centred)
        ax.text(x, y - 0.085, node.text, fontsize=6.5, **centred)
    else:
        size = 7 if stripe_height(node) > 0.2 else 6.2
        ax.text(x, y, node.text, fontsize=min(size, size * _LONG / len(node.text)), **centred)


def _draw_join(ax: Axes, box: Box) -> None:
    text = box.nodes[0].text
    if text in ("+", "×"):
        ax.add_patch(Circle((box.x, box.y), 0.12, facecolor="white", edgecolor=RED, linewidth=1.2, zorder=3))
        ax.text(box.x, box.y - 0.005, text, ha="center", va="center", fontsize=10, color=RED, zorder=4)
        return
    width = _join_width(box)
    corner = (box.x - width / 2, _bottom(box))
    style = "round,pad=0,rounding_size=0.1"
    ax.add_patch(
        FancyBboxPatch(
            corner, width, box.height, boxstyle=style, facecolor="white", edgecolor=RED, linewidth=1.2, zorder=3
        )
    )
    ax.text(box.x, box.y, text, ha="center", va="center", fontsize=7, color=RED, zorder=4)


def _draw_edge(ax: Axes, source: Box, target: Box, plan: Layout) -> None:
    start, end = (source.x, _bottom(source)), (target.x, _top(target))
    if source.column != target.column:
        _draw_column_change(ax, source, target, plan.turns[source.column])
    elif _is_skip(source, target):
        _draw_arc(ax, source, target, plan)
    elif abs(start[0] - end[0]) < 0.01:
        _draw_path(ax, [start, end], [Path.MOVETO, Path.LINETO])
    else:
        _draw_bent(ax, start, end, at_end=len(target.inputs) > 1)


def _is_skip(source: Box, target: Box) -> bool:
    """Whether the edge goes past boxes that lie between its ends, on its own line."""
    return target.level - source.level > 1 and len(source.outputs) > 1 and len(target.inputs) > 1


def _draw_bent(ax: Axes, start: tuple[float, float], end: tuple[float, float], at_end: bool) -> None:
    """Straight along the branch's own line, and across close to the join (`at_end`) or to the fork."""
    (x0, y0), (x1, y1) = start, end
    bend = 0.28
    if at_end:
        turn = y1 + bend
        points = [start, (x0, turn), (x0, turn - 0.7 * bend), (x1, turn - 0.1 * bend), end]
        codes: list[Any] = [Path.MOVETO, Path.LINETO, *[Path.CURVE4] * 3]
    else:
        turn = y0 - _LABEL
        points = [start, (x0, turn), (x0, turn - 0.7 * bend), (x1, turn - 0.1 * bend), (x1, turn - bend), end]
        codes = [Path.MOVETO, Path.LINETO, *[Path.CURVE4] * 3, Path.LINETO]
    _draw_path(ax, points, codes)


def _draw_arc(ax: Axes, source: Box, target: Box, plan: Layout) -> None:
    """From below the source, past all boxes between, into the right side of the join."""
    between = [b for b in plan.boxes if b.column == source.column and source.level < b.level < target.level]
    reach = max(b.x for b in between) + BOX_WIDTH / 2 + 0.4
    y0, y1 = _bottom(source) - _LABEL, target.y
    right = target.x + _join_width(target) / 2
    curve = min(0.45, (y0 - y1) / 2, reach - right - 0.15)
    points = [
        (source.x, _bottom(source)),
        (source.x, y0 + 0.06),
        (source.x, y0),
        (source.x + 0.06, y0),
        (reach - curve, y0),
        (reach, y0),
        (reach, y0 - curve),
        (reach, y1 + curve),
        (reach, y1),
        (reach - curve, y1),
        (right, y1),
    ]
    line, corner = Path.LINETO, [Path.CURVE3, Path.CURVE3]
    codes = [Path.MOVETO, line, *corner, line, *corner, line, *corner, line]
    _draw_path(ax, points, codes, colour=RED, width=1.3)


def _join_width(box: Box) -> float:
    return {"+": 0.24, "×": 0.24, "concat": BOX_WIDTH}.get(box.nodes[0].text, 0.6 if box.kind == "join" else BOX_WIDTH)


def _draw_column_change(ax: Axes, source: Box, target: Box, turn: float) -> None:
    below, above = _bottom(source) - _LABEL - 0.03, _top(target) + 0.2
    points = [(source.x, _bottom(source)), (source.x, below), (turn, below), (turn, above), (target.x, above)]
    _draw_path(ax, [*points, (target.x, _top(target))], [Path.MOVETO, *[Path.LINETO] * 5])


def _draw_path(
    ax: Axes, points: list[tuple[float, float]], codes: Sequence[Any], colour: str = _LINE, width: float = 1.0
) -> None:
    path = Path(points, codes)
    ax.add_patch(
        FancyArrowPatch(
            path=path, arrowstyle="-|>,head_length=3,head_width=1.6", color=colour, linewidth=width, zorder=2
        )
    )


def _words(node: Node) -> str:
    return f"{node.module}: {node.text}" if node.kind == "part" else node.text
