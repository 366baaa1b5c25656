"""The graph of a module: nodes, shapes and edges, also where torch.fx cannot follow; and the boxes made of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from autograder.reference.exercises import architectures
from deeprob.models import DenseBlock, FractalBlock, ShuffleUnit
from deeprob.module_graph import finest_depth, module_graph
from deeprob.plotting.diagram_boxes import boxes
from deeprob.plotting.diagram_layout import BOX_WIDTH, layout


def texts(nodes) -> list[str]:
    return [node.text for node in nodes]


def test_a_residual_block_with_projection():
    nodes = module_graph(architectures.ResidualBlock(4, 8, downsample=True), (4, 9, 7))
    by_name = {node.name: node for node in nodes}
    assert texts(nodes).count("batch norm") == 3
    (addition,) = (node for node in nodes if node.text == "+")
    assert [by_name[name].module for name in addition.inputs] == ["bn2", "shortcut.1"]
    assert [node.shape for node in nodes if node.module] == [(8, 5, 4)] * 6
    assert nodes[0].kind == "input"
    assert nodes[0].shape == (4, 9, 7)
    assert nodes[-1].text == "ReLU"


def test_an_identity_is_looked_through():
    nodes = module_graph(architectures.ResidualBlock(4, 4), (4, 9, 7))
    (addition,) = (node for node in nodes if node.text == "+")
    assert nodes[0].name in addition.inputs
    assert "Identity" not in texts(nodes)


def test_halves_of_a_split_and_arithmetic_of_shapes_are_no_nodes():
    nodes = module_graph(ShuffleUnit(8, 8), (8, 6, 6))
    assert texts(nodes)[:2] == ["input", "split"]
    assert texts(nodes)[-2:] == ["concat", "shuffle"]
    assert nodes[1].shape == (4, 6, 6)
    assert nodes[-2].inputs[0] == nodes[1].name


def test_arguments_with_defaults_keep_them():
    nodes = module_graph(FractalBlock(3, 4, columns=2), (3, 8, 8))
    assert texts(nodes).count("conv 3×3") == 3
    assert nodes[-1].text == "mean"
    assert len(nodes[-1].inputs) == 2


def test_depth_says_how_deep_to_look():
    with torch.device("meta"):
        net = architectures.resnet(18)
    coarse = module_graph(net, (3, 64, 64), depth=1)
    assert [node.text for node in coarse if node.kind == "part"] == ["2 × ResidualBlock"] * 4
    assert [node.module for node in coarse if node.kind == "part"] == ["layer1", "layer2", "layer3", "layer4"]
    finer = module_graph(net, (3, 64, 64), depth=2)
    assert texts(finer).count("ResidualBlock") == 8
    assert texts(module_graph(net, (3, 64, 64))).count("+") == 8


@pytest.mark.parametrize(("most", "depth"), [(10, 1), (20, 2), (100, 4)])
def test_the_finest_depth_keeps_to_a_number_of_boxes(most, depth):
    with torch.device("meta"):
        assert finest_depth(architectures.resnet(18), most) == depth


class Decides(nn.Module):
    """Cannot be followed: what it does depends on a value."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        return self.second(x) if len(x) > 0 else x


def test_what_cannot_be_followed_becomes_its_children_in_order():
    nodes = module_graph(Decides(), (3, 9, 9))
    assert [(node.module, node.shape) for node in nodes] == [
        ("", (3, 9, 9)),
        ("first", (4, 7, 7)),
        ("second", (5, 5, 5)),
    ]
    assert nodes[2].inputs == (nodes[1].name,)
    assert finest_depth(Decides(), 20) == 1


def test_a_module_without_children_is_one_node():
    assert texts(module_graph(nn.Conv2d(3, 4, 3), (3, 5, 5))) == ["input", "conv 3×3"]


def test_an_image_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"does not take an image of shape \(4, 5, 5\)"):
        module_graph(nn.Sequential(nn.Conv2d(3, 4, 3)), (4, 5, 5))


class Unwritten(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.child = nn.Conv2d(3, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError("architectures.Block.forward: not implemented yet")


def test_what_is_not_written_yet_says_so():
    with pytest.raises(NotImplementedError, match="not implemented yet"):
        module_graph(nn.Sequential(Unwritten()), (3, 5, 5))


def test_the_module_stays_as_it_is():
    block = architectures.ResidualBlock(4, 4).train()
    module_graph(block, (4, 5, 5))
    assert block.training
    assert not any(p.is_meta for p in block.parameters())


# boxes


def stripes(module, shape) -> list[list[str]]:
    return [[node.text for node in box.nodes] for box in boxes(module_graph(module, shape))]


def test_a_convolution_shares_its_box_with_what_follows_it_alone():
    assert stripes(architectures.ResidualBlock(4, 4), (4, 5, 5)) == [
        ["input"],
        ["conv 3×3", "batch norm", "ReLU"],
        ["conv 3×3", "batch norm"],
        ["+"],
        ["ReLU"],
    ]


def test_where_batch_norm_comes_first_it_opens_the_box():
    assert stripes(architectures.PreActBlock(4, 4), (4, 5, 5)) == [
        ["input"],
        ["batch norm", "ReLU", "conv 3×3"],
        ["batch norm", "ReLU", "conv 3×3"],
        ["+"],
    ]


def test_what_two_boxes_take_ends_its_box():
    assert stripes(architectures.PreActBlock(4, 8), (4, 5, 5))[:3] == [
        ["input"],
        ["batch norm", "ReLU"],
        ["conv 3×3", "batch norm", "ReLU"],
    ]


def overlaps(one, other) -> bool:
    apart = abs(one.x - other.x) >= BOX_WIDTH - 1e-6
    return not apart and abs(one.y - other.y) < (one.height + other.height) / 2


PLACED = {
    "residual": (lambda: architectures.ResidualBlock(4, 8, True), (4, 8, 8)),
    "inception": (lambda: architectures.Inception(4, 2, 2, 3, 2, 3, 2), (4, 8, 8)),
    "dense": (lambda: DenseBlock(4, 3, 2), (4, 8, 8)),
    "fractal": (lambda: FractalBlock(3, 4, 4), (3, 8, 8)),
    "shuffle": (lambda: ShuffleUnit(4, 8, 2), (4, 8, 8)),
    "vgg": (lambda: architectures.vgg("D"), (3, 224, 224)),
}


@pytest.mark.parametrize("name", PLACED)
def test_boxes_lie_below_their_inputs_inside_the_picture_and_beside_one_another(name):
    build, shape = PLACED[name]
    with torch.device("meta"):
        plan = layout(boxes(module_graph(build(), shape)))
    for i, box in enumerate(plan.boxes):
        assert BOX_WIDTH / 2 <= box.x <= plan.width - BOX_WIDTH / 2
        assert box.height / 2 <= box.y <= plan.height - box.height / 2 + 1e-6
        assert all(one.y > box.y for one in box.inputs if one.column == box.column)
        assert not any(overlaps(box, other) for other in plan.boxes[:i] if other.column == box.column)


def test_branches_stand_side_by_side_and_the_join_in_their_middle():
    plan = layout(boxes(module_graph(architectures.Inception(4, 2, 2, 3, 2, 3, 2), (4, 8, 8))))
    *_, join = plan.boxes
    assert join.nodes[0].text == "concat"
    lanes = sorted({round(box.x, 6) for box in join.inputs})
    assert len(lanes) == 4
    assert join.x == pytest.approx(sum(lanes) / 4)


def test_the_main_path_of_a_sum_goes_straight_down_and_the_shortcut_to_its_right():
    plan = layout(boxes(module_graph(architectures.ResidualBlock(4, 8, True), (4, 8, 8))))
    start, conv1, conv2, shortcut, addition, _ = plan.boxes
    assert start.x == conv1.x == conv2.x == addition.x < shortcut.x
    assert conv1.y > shortcut.y > conv2.y


def test_a_long_network_goes_on_in_further_columns():
    with torch.device("meta"):
        found = boxes(module_graph(architectures.vgg("D"), (3, 224, 224)))
    plan = layout(found, max_height=6)
    assert sorted({box.column for box in plan.boxes}) == [0, 1, 2]
    assert plan.height < 8
    firsts = [next(box for box in plan.boxes if box.column == k) for k in range(3)]
    assert firsts[0].x < plan.turns[0] < firsts[1].x < plan.turns[1] < firsts[2].x
