# %% [markdown] id="title"
# {{badge}}
#
# # From LeNet to ResNet
#
# In 2012 a network of eight layers won ImageNet, in 2014 one of nineteen, in 2015 one of a hundred and fifty-two. Each
# step had one idea behind it: small kernels in a row, branches side by side, a way around. You write these ideas, one
# block at a time, count what they cost, and watch what each of them buys. The way around is the smallest change, one
# plus sign, and the only one that every network since then has kept.
#
# ![Left: training loss on handwriting; the plain network of 44 layers hardly learns, the residual one does. Right: the
# published networks, multiply-adds against the top-5 error on ImageNet; from AlexNet to ResNet the error falls from 21
# to 6 percent.](images/architectures_opening.png)
#
# **By the end** you will have written LeNet-5, all five VGGs, the Inception module, six blocks and the five ResNets,
# into which the public weights fit, have seen depth break a plain network and a shortcut repair it, and drawn your own
# chart of accuracy against cost.
#
# | | |
# | --- | --- |
# | Time | five to seven hours; the notebook itself runs in about two minutes on a CPU |
# | You need | projects 3 and 4: convolution and batch norm; `accounting.ipynb` |
# | You write | section 2 of `architectures.py`: ten questions, 59 points, and one answer in words, 3 points |

# %% [markdown] id="setup-text"
# ## Set-up
#
# Run this cell first. It finds the course kit and your files, and says where they are. On Colab your files
# live in your Google Drive, under `deeprob/{{assignment}}`, so that they are still there tomorrow. On your
# own machine, open this notebook from the folder in which it came.

# %% id="setup"
import contextlib
import subprocess
import sys
from pathlib import Path

kit = next((p for p in (Path.cwd(), *Path.cwd().parents) if (p / "deeprob/workspace.py").is_file()), None)
if "google.colab" in sys.modules:  # your files live in Google Drive; the kit comes from there or from GitHub
    with contextlib.suppress(Exception):
        from google.colab import drive

        drive.mount("/content/drive")
    kit, zipped = "/content/{{assignment}}", "/content/drive/MyDrive/deeprob/{{assignment}}.zip"
    clone = f"git clone -q --depth=1 --branch={{branch}} https://github.com/{{repository}} {kit}"
    subprocess.run(f"test -d {kit} || unzip -q {zipped} -d /content 2>/dev/null || {clone}", shell=True, check=True)
sys.path.insert(0, str(kit or Path.cwd()))
from autograder.notebook import start

workspace, check = start("{{assignment}}")

# %% [markdown] id="files-text"
# You write your code in `architectures.py`, at the path above, now in its second section. Save it, and the next cell
# that you run uses the new version. `torch.nn` is allowed: `nn.Conv2d`, `nn.BatchNorm2d` and autograd are what you
# wrote yourself in projects 2 to 4.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% id="imports"
from functools import partial

import torch
from torch import nn
from torch.nn import functional

from deeprob import plotting
from deeprob.datasets import load
from deeprob.models import small_convnet, small_inception, small_resnet
from deeprob.network_costs import network_costs
from deeprob.training import accuracy, train
from deeprob.transfer import chosen_classes
from deeprob.widgets import architecture_explorer

torch.set_num_threads(1)  # these networks are small: more threads would only wait for one another
arch = workspace.exercise("architectures")  # your file

# %% [markdown] id="data-text"
# Two sets of images. `digits` at $8 \times 8$, on which even a network of 44 layers is trained in seconds. And four
# classes of `shapes` at half their size, crosses and stars, for a race at the end. If you have CIFAR-10 on your disk,
# write its name in place of `shapes`.

# %% id="data"
DATASET = "shapes"  # or "cifar10"
digits, digits_test = load("digits"), load("digits", "test")
X, X_test = ((split.floats() - 0.5).expand(-1, 3, -1, -1).contiguous() for split in (digits, digits_test))
y, y_test = digits.labels, digits_test.labels  # X is (1297, 3, 8, 8)
four = [chosen_classes(load(DATASET, name), (6, 7, 8, 9)) for name in ("train", "test")]
(X_four, y_four), (X_four_test, y_four_test) = ((functional.avg_pool2d(x, 2), labels) for x, labels in four)

# %% [markdown] id="lenet"
# ## 1. 1998: convolution, pool, convolution, pool
#
# LeNet-5 read the amounts on millions of bank cheques. Two convolutions, two pools, two linear layers: the pattern of
# all that follows. Space shrinks, channels grow, and at the end everything is flattened.
#
# $$1 \times 28^2 \xrightarrow{\;5 \times 5\;} 20 \times 28^2 \xrightarrow{\;\text{pool}\;} 20 \times 14^2
# \xrightarrow{\;5 \times 5\;} 50 \times 14^2 \xrightarrow{\;\text{pool}\;} 50 \times 7^2 \to 2450 \to 500 \to 10$$
#
# (With ReLU and max pooling, which were not yet in use then.)
#
# **Task.** Write `lenet5` in `architectures.py`. Layers in `nn.Sequential` are called one after the other.

# %%
check("architectures.lenet5")

# %% [markdown]
# **Experiment.** The digits, blown up to 28 pixels, four times over. About ten seconds.

# %% id="lenet-experiment"
large, large_test = (functional.interpolate(x[:, :1], size=28, mode="bilinear") for x in (X, X_test))
torch.manual_seed(0)
lenet = arch.lenet5()
history = train(lenet, large, y, epochs=4, batch_size=32, learning_rate=0.05, name="LeNet-5")
print(network_costs(lenet, (1, 28, 28)).grouped(1))
print(f"\n{accuracy(lenet, large_test, y_test):.1f} % of the test digits are read correctly")

# %% [markdown]
# More than nine in ten should be read correctly. Look at the column of the parameters: 97 % of them sit in one layer.
# Which one? And where are most of the multiply-adds?

# %% [markdown] id="vgg"
# ## 2. 2014: small kernels in a row
#
# AlexNet (2012) was a larger LeNet with kernels of 11, 5 and 3, chosen by trial and error. VGG made a rule of it:
# *every convolution is $3 \times 3$ with padding 1, every pool halves; where space is halved, channels double.* Two
# $3 \times 3$ see as much as one $5 \times 5$, with $18 C^2$ weights in place of $25 C^2$ and one more ReLU in between.
# And doubling the channels while halving the space keeps each stage at the same cost,
#
# $$\underbrace{9 \cdot C \cdot C \cdot 2H \cdot 2W}_{C \,\times\, 2H \,\times\, 2W} = 36\, C^2 H W =
# \underbrace{9 \cdot 2C \cdot 2C \cdot H \cdot W}_{2C \,\times\, H \,\times\, W} .$$
#
# Five stages of 64, 128, 256, 512 and 512 channels, and the letters A to E say how many convolutions stand in
# each. Then three linear layers, as AlexNet had them.
#
# **Task.** Write `vgg` in `architectures.py`. Build the list of layers in a loop; the names `features` and `classifier`
# make public weights fit.

# %%
check("architectures.vgg")

# %% [markdown]
# **Experiment.** On the device `meta` tensors have a shape and no numbers, so that the half gigabyte of VGG-16 is
# built in no time.

# %% id="vgg-experiment"
for config, layers in zip("ABCDE", (11, 13, 16, 16, 19), strict=True):
    with torch.device("meta"):
        costs = network_costs(arch.vgg(config), (3, 224, 224))
    millions, billions = costs.parameters / 1e6, costs.multiply_adds / 1e9
    share = sum(row.parameters for row in costs.rows if row.type == "Linear") / costs.parameters
    print(f"{config} ({layers} layers): {millions:.1f} M, {100 * share:.0f} % of them linear; {billions:.2f} G")

# %% [markdown]
# The paper says 133, 133, 134, 138 and 144 million parameters. At least 86 % of them should sit in the three linear
# layers, which make less than 2 % of the multiply-adds. The next idea gets rid of them.

# %% [markdown] id="inception"
# ## 3. 2014: branches side by side
#
# Is $3 \times 3$ right, or $5 \times 5$, or a pool? The Inception module of GoogLeNet does not choose. It does all four
# side by side and concatenates the channels. That would be dear, so a $1 \times 1$ convolution first reduces the
# channels: a *bottleneck*.
#
# $$\text{out} = \big[\, f_{1}(x),\; f_{3}(r_3(x)),\; f_{5}(r_5(x)),\; p(\text{maxpool}(x)) \,\big], \qquad
# (N, c_\text{in}, H, W) \to (N,\, c_1 + c_3 + c_5 + c_\text{pool},\, H, W) .$$
#
# And at the end of the network stands an average over all places instead of large linear layers: 6.6 million
# parameters, a twentieth of VGG's.
#
# **Task.** Write `Inception` in `architectures.py`, from the given `ConvBNReLU`.

# %%
check("architectures.Inception")

# %% [markdown]
# **Experiment.** The first module of GoogLeNet, drawn from your own code, and what it would cost without the reducing
# $1 \times 1$ convolutions.

# %% id="inception-experiment"
module = arch.Inception(192, 64, 96, 128, 16, 32, 32)
plotting.block_diagram(module, (192, 28, 28), title="Your Inception module")
reduced = network_costs(module, (192, 28, 28)).multiply_adds / 1e6
places, sizes = 28 * 28, ((64, 1), (128, 9), (32, 25), (32, 1))
naive = sum(192 * channels * kernel * places for channels, kernel in sizes) / 1e6
plotting.bars({"without": naive, "with 1 x 1": reduced}, title="Reduce first", ylabel="million multiply-adds")

# %% [markdown]
# The picture should show four branches that meet in one concatenation. Reducing should save more than half.

# %% [markdown] id="plain"
# ## 4. 2015: why not simply deeper?
#
# Each year had brought more layers and fewer errors. So stack more of them. The block of VGG with batch norm, with
# which deep networks at least begin to train:
#
# $$\text{out} = \text{ReLU}\big(\text{BN}_2(\text{conv}_2(\text{ReLU}(\text{BN}_1(\text{conv}_1(x)))))\big) .$$
#
# The block may halve the image, by a stride of 2 in its first convolution. Convolutions in front of a batch norm need
# no bias: the norm takes it away again.
#
# **Task.** Write `PlainBlock` in `architectures.py`: the layers in `__init__`, what happens in `forward`.

# %%
check("architectures.PlainBlock")

# %% [markdown]
# **Experiment.** Networks of 8, 14, 20 and 44 layers from your blocks, on the digits. `small_resnet` (given) puts a
# convolution in front, an average and a linear layer behind, and $3 n$ blocks in between. About ten seconds.

# %% id="depth-setup"
def at_depths(block, depths=(8, 14, 20, 44)):
    """The loss of each step, and the accuracy in the end, of networks of these depths; digits, 6 epochs."""
    losses, reached = {}, {}
    for depth in depths:
        torch.manual_seed(0)
        net = small_resnet(block, (depth - 2) // 6, (8, 16, 32))
        name = f"{block.__name__} {depth}"
        losses[name] = train(net, X, y, epochs=6, batch_size=32, learning_rate=0.05, name=name).losses
        reached[depth] = (accuracy(net, X, y), accuracy(net, X_test, y_test))
    return losses, reached


# %% id="depth-experiment"
plain_losses, plain_reached = at_depths(arch.PlainBlock)
plotting.learning_curves(plain_losses, title="The deeper, the worse", smooth=30)

# %% [markdown]
# The order of the curves should be that of the depth: 8 layers learn at once, 44 hardly at all in the same time. This
# is the *degradation problem*. It is no overfitting, for these are losses on the training images. And it is no lack of
# capacity: 36 layers that do nothing, put behind the 8, would be as good as the 8. SGD does not find them.

# %% [markdown] id="residual"
# ### A way around
#
# "Do nothing" is hard to learn for a stack of convolutions. So make it the default: let the layers learn what is to
# be *added* to $x$.
#
# $$\text{out} = \text{ReLU}\big(F(x) + \text{shortcut}(x)\big), \qquad
# \frac{\partial\, \text{out}}{\partial x} \approx \mathbf{1} + \frac{\partial F}{\partial x} .$$
#
# With $F = 0$ a block passes on what it got, and the gradient has a way down past all layers. Where channels
# or size change, the shortcut is a $1 \times 1$ convolution with the same stride and a batch norm, else $x$ itself: no
# parameters, nothing to compute.
#
# **Task.** Write `ResidualBlock` in `architectures.py`.

# %%
check("architectures.ResidualBlock")

# %% [markdown]
# **Experiment.** The same depths, images and learning rate, with your residual blocks. About ten seconds.

# %% id="residual-experiment"
plotting.block_diagram(arch.ResidualBlock(16, 32, True), (16, 32, 32), title="A block that halves the image")
residual_losses, residual_reached = at_depths(arch.ResidualBlock)
plotting.learning_curves(residual_losses, title="With a way around, depth does no harm", smooth=30)

# %% id="residual-table"
print("layers      plain: train   test    residual: train   test     (% right)")
for depth, (plain_train, plain_test) in plain_reached.items():
    train_right, test_right = residual_reached[depth]
    print(f"{depth:6} {plain_train:18.1f} {plain_test:6.1f} {train_right:18.1f} {test_right:6.1f}")

# %% [markdown]
# The residual network of 44 layers should read most digits, the plain one only a part, and of 8 layers both are alike.
#
# **Experiment.** Where does the plain network fail? Send a gradient down 44 layers before the first step of training,
# and look at how large it is when it arrives at each convolution.


# %% id="signal-setup"
def gradients_at_the_start(block, depth):
    """The norm of the gradient of each 3 x 3 convolution, from the first to the last, in an untrained network."""
    torch.manual_seed(0)
    net = small_resnet(block, (depth - 2) // 6, (8, 16, 32))
    functional.cross_entropy(net(X[:200]), y[:200]).backward()
    convolutions = [m for m in net.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
    return [float(m.weight.grad.norm()) for m in convolutions]


# %% id="signal-experiment"
arrived = {block.__name__: gradients_at_the_start(block, 44) for block in (arch.PlainBlock, arch.ResidualBlock)}
plotting.layer_scales(arrived, title="On its way down a gradient grows, layer by layer", ylabel="norm of the gradient")

# %% [markdown]
# It does not vanish. You have seen in project 4 that through batch norm and ReLU a gradient *grows* on its way down, by
# about a fifth a layer. In the plain network it should be a hundred times as large at the bottom as at the top: a
# learning rate that is right for the upper layers is far too large for the lower ones. Along the way around it comes
# down with little change, and less than a tenth of that growth is left.

# %% [markdown] id="degradation-words"
# ### In words: depth
#
# (a) A student says: "The plain network of 44 layers is worse because it overfits." Which of your numbers refutes this?
# (b) The 44 layers could represent what the 8 do. Why does a residual network find this and a plain one does not? Use
# $F$ and the gradient. (c) A `ResidualBlock` with `downsample=True` has no identity on its way around. Is the
# argument lost? How many such blocks are there in a ResNet-152? Four to six sentences.

# %% [markdown] written="architectures.inline_degradation"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) The accuracy on the *training* images: the plain network of 44 layers is also worse there, and its training loss
# is higher. Overfitting would be a good training accuracy and a bad test accuracy.
#
# (b) To do nothing, a plain block would have to make its two convolutions, batch norms and ReLUs into the identity: a
# special setting of thousands of weights that SGD has no reason to find. A residual block does nothing where $F = 0$;
# weights near zero are near that, and what there is to learn is only a small change of $x$. The gradient has the term
# $\mathbf{1}$: it comes down through all the shortcuts with little change, while in the plain network it is a product
# of 44 layers' Jacobians, which grows (here a hundredfold) and mixes it until no learning rate fits all layers.
#
# (c) Hardly: the projection is a single linear layer with a batch norm, and the gradient still has a way on which there
# is no ReLU between two convolutions. In a ResNet-152 there are 50 blocks, of which 3 halve the image (and one more
# changes the channels only, the first of layer1); on all others the way around is the identity.
#
# *Points: 1 for the training accuracy or loss; 1 for F = 0 and the gradient; 1 for the few projections.*
# ### END SOLUTION

# %% [markdown] id="bottleneck"
# ## 5. Deeper at the same price: the bottleneck
#
# A basic block of $C$ channels costs $2 \cdot 9\, C^2 = 18\, C^2$ multiply-adds at each place. The bottleneck works on
# a quarter of $4C$ channels: $1 \times 1$ down to $C$, $3 \times 3$ on $C$, $1 \times 1$ up to $4C$ again,
#
# $$4C \cdot C + 9\, C^2 + C \cdot 4C = 17\, C^2 .$$
#
# Three layers for the price of two, and four times as many channels on the way around.
#
# **Task.** Write `BottleneckBlock` in `architectures.py`. The stride belongs to the $3 \times 3$.

# %%
check("architectures.BottleneckBlock")

# %% [markdown]
# **Experiment.** The formula against your blocks, at $C = 64$ and $56 \times 56$.

# %% id="bottleneck-experiment"
places = 56 * 56
for name, block, channels in (("basic", arch.ResidualBlock, 64), ("bottleneck", arch.BottleneckBlock, 256)):
    count = network_costs(block(channels, channels), (channels, 56, 56)).multiply_adds
    print(f"{name:10}: {count:,} multiply-adds, {count / places / 64**2:.0f} C^2 at each place")

# %% [markdown] id="preact"
# ## 6. 2016: clear the way
#
# In the residual block a ReLU stands *behind* the sum. Whatever comes down the way around can be cut off there, again
# and again. Put batch norm and ReLU in front of the convolutions instead, and nothing is left on the way:
#
# $$a = \text{ReLU}(\text{BN}_1(x)), \qquad
# \text{out} = x + \text{conv}_2\big(\text{ReLU}(\text{BN}_2(\text{conv}_1(a)))\big) .$$
#
# Where the shape changes, the shortcut is a $1 \times 1$ convolution of $a$.
#
# **Task.** Write `PreActBlock` in `architectures.py`.

# %%
check("architectures.PreActBlock")

# %% [markdown]
# **Experiment.** A hundred blocks on top of each other, before training. How large is what comes out of each?

# %% id="preact-experiment"
torch.manual_seed(0)
sizes = {}
for block in (arch.ResidualBlock, arch.PreActBlock):
    out, sizes[block.__name__] = torch.randn(8, 16, 8, 8), []
    with torch.no_grad():
        for _ in range(100):
            out = block(16, 16)(out)
            sizes[block.__name__].append(float(out.std()))
plotting.layer_scales(sizes, title="Behind each of a hundred blocks", ylabel="standard deviation")

# %% [markdown]
# With pre-activation the sum should grow like a root: each block adds a little of the same size to what is there.
# (That is why such a network needs one more batch norm and ReLU at its very end.) In the residual block the sum of two
# positive numbers can only be positive, and it grows faster.

# %% [markdown] id="resnext"
# ## 7. 2017: many narrow paths
#
# ResNeXt takes the bottleneck and cuts its $3 \times 3$ convolution into 32 groups, each of which sees its own few
# channels alone. A grouped convolution costs $1 / G$ of a full one, so the block may be wider at the same price:
# Inception's branches, all alike, without a recipe for each.
#
# **Task.** Write `ResNeXtBlock` in `architectures.py`: your bottleneck with another width and with `groups`.

# %%
check("architectures.ResNeXtBlock")

# %% [markdown] id="resnet"
# ## 8. The whole network
#
# A stem of $7 \times 7$ and a max pool take 224 pixels down to 56; four stages of blocks follow; then an average
# and one linear layer. The numbers of blocks are all that makes a ResNet-152 of a ResNet-50.
#
# **Task.** Write `resnet` in `architectures.py`.

# %%
check("architectures.resnet")

# %% [markdown]
# **Experiment.** What they cost, by your own code. A ResNeXt and a Wide ResNet come for free.

# %% id="resnet-experiment"
wide = partial(arch.ResNeXtBlock, groups=1, width_per_group=128)
networks = {f"ResNet-{depth}": partial(arch.resnet, depth) for depth in (18, 34, 50, 101, 152)}
networks |= {"ResNeXt-50": partial(arch.resnet, 50, block=arch.ResNeXtBlock)}
networks |= {"Wide ResNet-50-2": partial(arch.resnet, 50, block=wide)}
for name, build in networks.items():
    with torch.device("meta"):
        costs = network_costs(build(), (3, 224, 224))
    print(f"{name:17} {costs.parameters:>12,} parameters {costs.multiply_adds / 1e9:8.3f} G multiply-adds")

# %% [markdown]
# These should be the published numbers to the unit: 11,689,512 for ResNet-18, 60,192,808 for ResNet-152. So the
# public weights fit. If you have downloaded a file of ResNet-18, this loads it into your own network (only the
# shortcut has another name there): `load_public_weights(arch.resnet(18), "resnet18.pth")`.
#
# Choose a network, and see where its memory, its parameters and its multiply-adds sit, or look at a part of it as a
# diagram. All of the networks are drawn from the code, yours among them.

# %% id="explorer"
architecture_explorer(arch)

# %% [markdown] id="stochastic"
# ## 9. Depth that comes and goes
#
# If blocks can do nothing, one can also leave them out. *Stochastic depth* trains with each branch $F$ present
# with probability $p$ and tests with all of them, scaled as dropout was:
#
# $$\text{training: } x + b\, F(x), \quad b \sim \text{Bernoulli}(p); \qquad \text{evaluation: } x + p\, F(x) .$$
#
# A branch that is left out is not computed at all, which saves time.
#
# **Task.** Write `StochasticDepth` in `architectures.py`.

# %%
check("architectures.StochasticDepth")

# %% [markdown]
# **Experiment.** Twenty-four branches, each left out half of the time: how deep is the network from step to step?

# %% id="stochastic-experiment"
class Counted(nn.Module):
    """A branch that counts how often it runs."""

    runs = 0

    def forward(self, x):
        Counted.runs += 1
        return 0.1 * x


torch.manual_seed(0)
deep, depths = nn.Sequential(*(arch.StochasticDepth(Counted(), 0.5) for _ in range(24))), []
for _ in range(500):
    Counted.runs = 0
    deep(torch.ones(1, 4))
    depths.append(Counted.runs)
mean = sum(depths) / len(depths)
print(f"from {min(depths)} to {max(depths)} branches, {mean:.2f} on average; in eval mode {deep.eval()(torch.ones(1))}")

# %% [markdown]
# The average should be near 12, rarely below 6 or above 18. In eval mode the answer should be $1.05^{24} = 3.225$, the
# same each time.

# %% [markdown] id="race"
# ## 10. What each generation bought
#
# **Experiment.** One network of each kind, small enough for images of $16 \times 16$, on the four classes of
# shapes: two epochs each. About half a minute.

# %% id="race-setup"
deep_resnet = partial(small_resnet, blocks_per_stage=3, num_classes=4)
flat = [nn.Flatten(), nn.Linear(50 * 16, 100), nn.ReLU(), nn.Linear(100, 4)]
five = [nn.Conv2d(3, 20, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5, padding=2), nn.ReLU()]
racers = {
    "LeNet": lambda: nn.Sequential(*five, nn.MaxPool2d(2), *flat),
    "VGG": lambda: small_convnet((16, 32, 64), 2, 4),
    "Inception": lambda: small_inception(arch.Inception, 4),
    "plain 20": lambda: deep_resnet(arch.PlainBlock),
    "residual 20": lambda: deep_resnet(arch.ResidualBlock),
    "bottleneck 20": lambda: small_resnet(arch.BottleneckBlock, 2, (64, 128, 256), 4, stem=16),
    "pre-activation 20": lambda: deep_resnet(arch.PreActBlock, preactivation=True),
}

# %% id="race-experiment"
torch.manual_seed(0)
nets, bubbles, curves = {name: build() for name, build in racers.items()}, [], {}
for name, net in nets.items():
    history = train(net, X_four, y_four, epochs=2, batch_size=50, learning_rate=0.05, name=name)
    costs, right = network_costs(net, (3, 16, 16)), accuracy(net, X_four_test, y_four_test)
    curves[f"{name}: {right:.0f} %"] = history.losses
    bubbles.append(plotting.Bubble(name, name.split()[0], costs.parameters, costs.multiply_adds, right))

# %% id="race-plot"
plotting.learning_curves(curves, title="Two epochs, and the accuracy on the test images", smooth=40)
plotting.complexity_chart(bubbles, title="Your own networks", ylabel="test accuracy (%)")

# %% [markdown]
# The plain network of 20 layers should fall behind all others, LeNet too, and at the same cost as the residual one.
# Between the others two epochs on small images decide little. On ImageNet, with a million images and weeks of
# training, the same ideas look like this:

# %% id="chart"
plotting.complexity_chart(plotting.published_bubbles(), title="Published networks on ImageNet")

# %% [markdown]
# Down and to the left is better. Follow the years: from AlexNet to VGG, accuracy is bought with cost; GoogLeNet and
# ResNet get more for less; and the late ones (SqueezeNet, ShuffleNet) go for the left edge.

# %% [markdown] id="next"
# ## What next?
#
# Nobody trains these large networks from scratch for a task of their own. The next notebook takes one that has learned
# something else, and makes it learn yours, from ten images a class.

# %% [markdown] id="finish"
# ## Check everything, and hand in
#
# All visible checks of this project, on this machine's own device: the GPU where there is one. The other notebooks
# have the rest of the questions.

# %% id="check-all"
check.all(device="auto")

# %% [markdown]
# Fill in your name and id at the top, save this notebook, and build the file to hand in. It says what is
# still missing.

# %% id="hand-in"
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="architectures")
