# %% [markdown] id="title"
# {{badge}}
#
# # Convolutional networks
#
# One convolution finds edges. Put a nonlinearity behind it, make the image smaller, and convolve again: now
# the second layer finds things that are made of edges, in a larger part of the image. A few such layers and a
# linear classifier on top are a convolutional network. In this notebook you build one of any depth, and look
# into it.
#
# ![Three panels. Twenty-four learned filters of seven by seven pixels: coloured edges and blobs. Bars of the
# test accuracy on shapes: linear and one convolution near 40 %, three convolutions at 60 %. A striped disc,
# and four maps of the second layer, in which its border or what is around it lights up.](images/networks_opening.png)
#
# **By the end** you will have written pooling, measured what a shift of the image does to each kind of layer,
# counted what a network costs, initialized it so that it learns, and trained networks that beat everything
# before them on `shapes`; and you will have seen which features they found.
#
# | | |
# | --- | --- |
# | Time | five to seven hours; the notebook itself runs in about a minute and a half on a CPU |
# | You need | your `FastConv` of `convolution.ipynb`; `Linear`, `ReLU`, `softmax_loss` and `adam` of project 2 |
# | You write | the rest of `convolutional_networks.py`: eleven questions, 47 points, and two answers, 6 points |

# %% [markdown] id="setup-text"
# ## Set-up
#
# Run this cell first. It finds the course kit and your files, and says where they are. On Colab your files
# live in your Google Drive, under `deeprob/{{assignment}}`, so that they are still there tomorrow. On your
# own machine, open this notebook from the folder in which it came.
#
# The networks at the end are built on your layers of project 2. The card says whether your file
# `fully_connected_networks.py` was found and whether something is missing in it. The check cells do without it,
# all but the last; the cells that train a network need it. Put the file beside this notebook, and run this cell
# again.

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
# You write your code in `convolutional_networks.py`, at the path above. Save it, and the next cell that you
# run uses the new version. There is nothing to restart.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% [markdown] id="data-text"
# ## 1. The largest of a window
#
# A filter says at each place how well the image fits. Often it is enough to know that it fits *somewhere
# around here*. Pooling keeps one number of each window, channel by channel, and makes the maps smaller, so that
# the next filters see more of the image at the same cost. It has no weights. Max pooling keeps the largest:
#
# $$\text{out}_{ncij} = \max_{a < K_H,\; b < K_W} x_{n,\, c,\, iS + a,\, jS + b}, \qquad
# H' = 1 + \left\lfloor \frac{H - K_H}{S} \right\rfloor .$$
#
# Usually windows are $2 \times 2$ and the stride is 2, so that each pixel is in one window. But they may also
# overlap, as in AlexNet ($3 \times 3$, stride 2).

# %% id="data"
import time

import torch
from torch.nn import functional

from deeprob import plotting
from deeprob.datasets import load, split_validation
from deeprob.gradient_check import compare_gradients, compute_numeric_gradient
from deeprob.solver import Solver
from deeprob.widgets import feature_map_browser, receptive_field_explorer

torch.set_num_threads(1)  # these tensors are small: more threads would only wait for one another
cnn = workspace.exercise("convolutional_networks")  # your file
import deeprob.exercises.fully_connected_networks as project2  # your file of project 2

digits, digits_test = load("digits"), load("digits", "test")

# %% [markdown]
# **Task.** Write `MaxPool.forward` in `convolutional_networks.py`. Loops over places are fine. Mind that maps
# can be negative everywhere.

# %%
check("convolutional_networks.MaxPool.forward")

# %% [markdown]
# **Experiment.** A small example: windows that do not overlap, and windows that do.

# %% id="maxpool-experiment"
torch.manual_seed(0)
x = torch.randint(-9, 10, (1, 1, 4, 4)).float()
two, _ = cnn.MaxPool.forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
three, _ = cnn.MaxPool.forward(x, {"pool_height": 3, "pool_width": 3, "stride": 1})
grids = {"input": x[0, 0], "2 × 2, stride 2": two[0, 0], "3 × 3, stride 1": three[0, 0]}
plotting.number_grids(grids, title="The largest of each window")

# %% [markdown] id="maxpool-backward"
# ### Backward: the winner takes all
#
# A small change of a pixel changes the output only if that pixel is the largest of its window. So the whole
# upstream gradient of a window goes to its largest pixel and nothing to the others:
#
# $$\frac{\partial L}{\partial x_{ncpq}} = \sum_{(i, j) \in \mathcal{W}} d_{ncij}, \qquad
# \mathcal{W} = \{\text{windows whose largest entry is } x_{ncpq}\} .$$
#
# Where windows overlap, a pixel can win several times and adds up. Where two pixels tie, give the gradient to
# one of them or share it, but give no more away than there is.
#
# **Task.** Write `MaxPool.backward` in `convolutional_networks.py`.

# %%
check("convolutional_networks.MaxPool.backward")

# %% [markdown]
# **Experiment.** The same example backward, with an upstream gradient of 1 everywhere. Who wins how often?

# %% id="maxpool-backward-experiment"
won = {"input": x[0, 0]}
for size, stride in ((2, 2), (3, 1)):
    out, cache = cnn.MaxPool.forward(x, {"pool_height": size, "pool_width": size, "stride": stride})
    won[f"windows won, {size} × {size}"] = cnn.MaxPool.backward(torch.ones_like(out), cache)[0, 0]
plotting.number_grids(won, title="The gradient goes to the winners")

# %% [markdown]
# Each of the four windows gives away 1, so both pictures should add up to 4.

# %% [markdown] id="avgpool"
# ## 2. The mean of a window
#
# Average pooling keeps the mean instead. It is a convolution whose weights are all $1 / (K_H K_W)$, each channel
# for itself. It tells how much of something there is, where max pooling tells whether there is any.
#
# **Task.** Write `AvgPool.forward` in `convolutional_networks.py`.

# %%
check("convolutional_networks.AvgPool.forward")

# %% [markdown] id="avgpool-backward"
# ### Backward
#
# Every pixel of a window has the same share in the mean, so each gets $d_{ncij} / (K_H K_W)$ from each window
# that it is in.
#
# **Task.** Write `AvgPool.backward` in `convolutional_networks.py`.

# %%
check("convolutional_networks.AvgPool.backward")

# %% [markdown]
# **Experiment.** A digit, pooled both ways, and where a gradient of 1 goes. The maximum keeps ink as dark as it
# was, the mean makes it paler.

# %% id="avgpool-experiment"
x, setting = digits.floats()[:1], {"pool_height": 2, "pool_width": 2, "stride": 2}
maps = {"image": x}
for name, layer in (("max", cnn.MaxPool), ("mean", cnn.AvgPool)):
    out, cache = layer.forward(x, setting)
    maps |= {f"{name} of 2 × 2": out, f"gradient of the {name}": layer.backward(torch.ones_like(out), cache)}
with plotting.figure(8.4, 2.1, alt="A zero pooled in two ways, and where the gradients go", columns=5) as axes:
    for ax, (caption, values) in zip(axes, maps.items(), strict=True):
        ax.imshow(values[0, 0].numpy(), cmap="gray_r", vmin=0, vmax=1)
        ax.axis("off")
        ax.set_title(caption, fontsize=9)

# %% [markdown]
# The gradient of the maximum should be a few dots, that of the mean an even grey.

# %% [markdown] id="shifts"
# ## 3. What moves along, and what stays
#
# Two properties are often mixed up. Let $T$ shift the image. A layer $f$ is
#
# - **equivariant** if its output shifts along: $f(T x) = T f(x)$. The answer is the same, elsewhere;
# - **invariant** if its output does not notice: $f(T x) = f(x)$.
#
# To tell *what* is in an image, you want invariance in the end; to tell *where* it is, you never want it. What
# do the layers have? Measure it: a digit on a large black ground, so that no border disturbs, shifted by 0 to 8
# pixels.


# %% id="shifts-setup"
def on_black(images, factor=3, size=48):
    """(N, 1, 8, 8) -> (N, 1, size, size): each pixel a square of `factor` pixels, black around."""
    large = images.repeat_interleave(factor, dim=2).repeat_interleave(factor, dim=3)
    margin = (size - large.shape[-1]) // 2
    return functional.pad(large, (margin,) * 4)


def change(a, b):
    """How far a is from b, relative to the size of b."""
    return float((a - b).norm() / b.norm())


# %% id="shifts-layers"
torch.manual_seed(0)
images, filters, shifts = on_black(digits_test.floats()[:8]), torch.randn(8, 1, 5, 5) / 5, range(9)


def features(x, stride=1):
    """Eight random filters of 5 x 5, and ReLU."""
    out, _ = cnn.FastConv.forward(x, filters, torch.zeros(8), {"stride": stride, "pad": 2})
    return out.clamp(min=0)


def pooled(x, size, kind="MaxPool"):
    """Pooled over windows that do not overlap."""
    return getattr(cnn, kind).forward(x, {"pool_height": size, "pool_width": size, "stride": size})[0]


# %% [markdown]
# **Experiment.** Equivariance. Shift the image, and look for the shift of the output that fits best. What
# remains is the error. About a second.


# %% id="equivariance-experiment"
def equivariance_errors(layer):
    still, moved = layer(images), [layer(images.roll(s, dims=3)) for s in shifts]
    return [min(change(out, still.roll(t, dims=3)) for t in shifts) for out in moved]


errors = {
    "convolution, stride 1": equivariance_errors(features),
    "convolution, stride 2": equivariance_errors(lambda x: features(x, stride=2)),
    "convolution and 2 × 2 max pool": equivariance_errors(lambda x: pooled(features(x), 2)),
}

# %% id="equivariance-plot"
alt = "Stride 1: always zero. Stride 2 and pooling: zero for even shifts, about one half for odd ones"
with plotting.figure(6.8, 2.9, alt=alt) as ax:
    for (name, values), marker in zip(errors.items(), "os^", strict=True):
        ax.plot(shifts, values, marker=marker, label=name)
    ax.set(title="A stride of 2 knows only even shifts", xlabel="shift of the image (pixels)", ylabel="relative error")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))

# %% [markdown]
# Stride 1 should be exact for every shift. The other two are exact for even shifts, and off by about a half
# for odd ones: half a pixel of the output does not exist.
#
# **Experiment.** Invariance. How much does the output change, if it may not move along?


# %% id="invariance-experiment"
def invariance_errors(layer):
    return [change(layer(images.roll(s, dims=3)), layer(images)) for s in shifts]


changes = {
    "pixels": invariance_errors(lambda x: x),
    "convolution": invariance_errors(features),
    "2 × 2 max pool": invariance_errors(lambda x: pooled(features(x), 2)),
    "8 × 8 max pool": invariance_errors(lambda x: pooled(features(x), 8)),
    "8 × 8 average pool": invariance_errors(lambda x: pooled(features(x), 8, "AvgPool")),
    "global max pool": invariance_errors(lambda x: pooled(features(x), 48)),
}

# %% id="invariance-plot"
alt = ", ".join(f"{name} {values[2]:.2f}" for name, values in changes.items())
with plotting.figure(6.8, 3.3, alt=f"Change of the output for a shift by two pixels: {alt}") as ax:
    for (name, values), marker in zip(changes.items(), "os^Dv*", strict=True):
        ax.plot(shifts, values, marker=marker, markersize=5, label=name)
    ax.set(title="Pooling buys invariance, bit by bit", xlabel="shift of the image (pixels)", ylabel="relative change")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))

# %% [markdown]
# A convolution alone should be no more invariant than the pixels. Each larger pool changes less, and the
# global one not at all: where the digit was is forgotten.

# %% [markdown] id="equivariance-words"
# ### In words: moving along or staying
#
# (a) Why is a convolution with stride 1 exactly equivariant, in one sentence with its formula, and what spoils
# this at the border of an image? (b) If invariance is the goal, why does nobody put a global pool behind the
# first layer? (c) A network of convolutions and $2 \times 2$ pools ends in a linear layer that has a weight for
# each place of the last maps. Is the whole network invariant, equivariant or neither? What would you change?
# Three to six sentences.

# %% [markdown] written="convolutional_networks.inline_equivariance"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) $\text{out}_{ij} = \sum_{ab} x_{i+a,\, j+b} k_{ab}$ uses the same $k$ at every place and depends on $i, j$
# only through the pixels that it looks at; put $x_{i-s,\, j}$ for $x_{ij}$, and $\text{out}_{i-s,\, j}$ comes out. At
# the border, pixels leave the image and zeros (or new pixels) come in, so that the equation fails there.
#
# (b) The global pool forgets where each feature was, and with it how the features lie to one another. Behind the
# first layer it would leave "there is a horizontal edge somewhere, and a vertical one", which does not tell a 4
# from a 7. Behind deep layers, one feature already stands for a whole arrangement in a large window; its place
# can be forgotten.
#
# (c) Neither: the convolutions are equivariant and the pools make small shifts (nearly) invisible, but the linear
# layer has different weights for each place, so a larger shift changes the scores. Global average (or max)
# pooling before the linear layer makes it (nearly) invariant, up to strides and borders; training with shifted
# images makes it so approximately.
#
# *Points: 1 for (a) with the border; 1 for losing the arrangement; 1 for neither, with a remedy.*
# ### END SOLUTION

# %% [markdown] id="fastmaxpool"
# ## 4. Pooling without loops
#
# `MaxPool` visits one window after the other. There is a better order: entry $(a, b)$ of *all* windows together
# is a slice of the image with steps of $S$, and there are only $K_H K_W$ of them. The result is their maximum,
# entry by entry.
#
# **Task.** Write `FastMaxPool.forward` in `convolutional_networks.py`.

# %%
check("convolutional_networks.FastMaxPool.forward")

# %% [markdown] id="fastmaxpool-backward"
# ### Backward
#
# In the same order: slice $(a, b)$ of `dx` gets `dout` wherever that slice was equal to the output. Where two
# entries of a window are equally large, only one of them may have it: keep account of what has been given away.
#
# **Task.** Write `FastMaxPool.backward` in `convolutional_networks.py`.

# %%
check("convolutional_networks.FastMaxPool.backward")

# %% [markdown]
# **Experiment.** The same numbers? And how much faster? About a second.

# %% id="fastmaxpool-experiment"
torch.manual_seed(0)
x, setting = torch.randn(4, 8, 64, 64), {"pool_height": 2, "pool_width": 2, "stride": 2}
dout, seconds, results = torch.randn(4, 8, 32, 32), {}, {}
for name, layer, repeats in (("MaxPool", cnn.MaxPool, 1), ("FastMaxPool", cnn.FastMaxPool, 10)):
    layer.backward(dout, layer.forward(x, setting)[1])  # the first call of anything is slow: do not time it
    start_time = time.perf_counter()
    for _ in range(repeats):
        out, cache = layer.forward(x, setting)
        results[name] = (out, layer.backward(dout, cache))
    seconds[name] = (time.perf_counter() - start_time) / repeats
same = [torch.equal(a, b) for a, b in zip(*results.values(), strict=True)]
print(f"out the same: {same[0]}, dx the same: {same[1]}")
factor = seconds["MaxPool"] / seconds["FastMaxPool"]
plotting.timing_bars(seconds, title=f"Forward and backward, {factor:,.0f} times faster")

# %% [markdown]
# Twice *True*, to the last bit: nothing is added, only chosen.

# %% [markdown] id="receptive-fields"
# ## 5. How far does a unit see?
#
# A unit of the first layer sees the $K \times K$ pixels of its window. One of the second layer sees a window of
# units, each of which sees its own window: more. The *receptive field* of layer $\ell$ along one axis is
#
# $$R_\ell = R_{\ell - 1} + (K_\ell - 1) \prod_{m < \ell} S_m, \qquad R_0 = 1 .$$
#
# Each layer adds $K - 1$ steps, and a step is as long as all strides below it multiplied.
#
# ![At the left rows of units, of three convolutions and three pools, and lines from the top down to the pixels.
# At the right the image with its receptive field framed, darker in the middle.](images/receptive_field.png)
#
# How many $3 \times 3$ layers does it take until a unit sees the whole object? How many with a pool after
# every second one? Which pixels have the most say?

# %% id="explorer"
shapes = load("shapes")
receptive_field_explorer(shapes.floats()[0])

# %% [markdown]
# **Experiment.** Measure it with your own layers: a gradient of 1 at one unit of the last layer goes back to
# exactly the pixels that the unit sees. Random weights, stride 1, $3 \times 3$.


# %% id="receptive-field-setup"
def sees(layers, size=33, channels=8):
    """Mean |gradient| at each pixel, (size, size), of the middle unit behind so many random layers."""
    torch.manual_seed(0)
    a, caches = torch.randn(8, 3, size, size), []
    for _ in range(layers):
        w = torch.randn(channels, a.shape[1], 3, 3) / (9 * a.shape[1]) ** 0.5
        a, cache = cnn.FastConv.forward(a, w, torch.zeros(channels), {"stride": 1, "pad": 1})
        caches.append(cache)
    da = torch.zeros_like(a)
    da[:, :, size // 2, size // 2] = 1
    for cache in reversed(caches):
        da, _, _ = cnn.FastConv.backward(da, cache)
    return da.abs().mean(dim=(0, 1))


# %% id="receptive-field-experiment"
depths = (1, 2, 4, 8, 16)
maps = [sees(layers) for layers in depths]
captions = [f"layer {n}: {int((m > 0).any(0).sum())} wide" for n, m in zip(depths, maps, strict=True)]
with plotting.figure(9, 2.2, alt="What the middle unit sees: " + ", ".join(captions), columns=5) as axes:
    for ax, seen, caption in zip(axes, maps, captions, strict=True):
        ax.imshow((seen / seen.max()).sqrt().numpy())
        ax.axis("off")
        ax.set_title(caption, fontsize=9)

# %% [markdown]
# You should see windows of 3, 5, 9, 17 and 33 pixels, as the formula says, and a bright middle: over the border
# of its window there is one path to a unit, over its middle there are many. What a unit mostly sees grows more
# slowly than its window.
#
# **Counting.** Two layers of $3 \times 3$ see as far as one of $5 \times 5$, three as far as one of $7 \times 7$.
# With $C$ channels everywhere:

# %% id="counting"
C, H, W = 64, 32, 32
for layers, size in ((1, 3), (2, 3), (1, 5), (3, 3), (1, 7)):
    weights, field = layers * size**2 * C**2, 1 + layers * (size - 1)  # C filters, each C x size x size
    work = weights * H * W / 1e6  # each weight is used at each place
    print(f"{layers} x ({size} x {size}): field {field}, {weights // C**2} C² = {weights:7,} weights, ", end="")
    print(f"{work:5.1f} M multiply-adds on {H} x {W}")

# %% [markdown]
# $18 C^2$ against $25 C^2$, and $27 C^2$ against $49 C^2$: small kernels on top of one another are cheaper, and there
# is a nonlinearity between them. Half the size and twice the channels leave the cost as it is: a $3 \times 3$ layer
# at $C \times 2H \times 2W$ takes $9 C^2 \cdot 4HW = 36 HWC^2$ multiplications, and at $2C \times H \times W$ as many,
# $9 (2C)^2 \cdot HW$.

# %% [markdown] id="receptive-field-words"
# ### In words: how far, how dear
#
# (a) How many $3 \times 3$ convolutions with stride 1 and no pooling does it take until a unit sees a whole image of
# $32 \times 32$? And how many if a $2 \times 2$ pool with stride 2 follows each of them? (b) Give two reasons to
# prefer three $3 \times 3$ layers to one $7 \times 7$, and one reason that speaks against them. (c) The last
# picture: the window of 16 layers is the whole image, but its corners hardly count. What follows for objects
# that are as large as the image? Three to six sentences.

# %% [markdown] written="convolutional_networks.inline_receptive_field"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) Without pooling $R = 1 + 2\ell \geq 32$ gives 16 layers (33 pixels). With a pool after each, a pair of
# convolution and pool at stride $s$ adds $2s + s = 3s$, with $s = 1, 2, 4, \dots$: $R = 4, 10, 22, 46$, so four
# convolutions (the fourth sees 38 before its pool).
#
# (b) For: $27 C^2$ instead of $49 C^2$ weights and multiplications; and three nonlinearities instead of one, so
# that more functions can be built. Against: three times as many maps have to be kept for the backward pass (memory),
# three layers run one after the other, and gradients pass more layers; or: the effective field is smaller.
#
# (c) The number of paths falls off towards the border like a bell curve, whose width grows only like the root of
# the number of layers. A unit in the middle decides mostly by what is near it, so an object as large as the image
# is not seen as a whole until strides or pools make the steps longer (or more layers follow).
#
# *Points: 1 for both numbers in (a); 1 for two reasons and one against; 1 for (c).*
# ### END SOLUTION

# %% [markdown] id="kaiming"
# ## 6. A good start
#
# A network of ten layers multiplies by ten weight matrices. If each makes its input a little smaller, nothing
# arrives; if each makes it larger, it explodes. Choose the scale such that the variance stays. An output is a
# sum of $\text{fan}_\text{in}$ products; ReLU throws one half of it away:
#
# $$\text{Var}(\text{out}) = \text{fan}_\text{in} \cdot \text{Var}(w) \cdot \text{E}[x^2]
# \quad \Rightarrow \quad \sigma_w = \sqrt{\frac{\text{gain}}{\text{fan}_\text{in}}}, \qquad
# \text{gain} = \begin{cases} 2 & \text{ReLU follows} \\ 1 & \text{else} \end{cases}$$
#
# $\text{fan}_\text{in}$ is $D_\text{in}$ for a linear layer, $(D_\text{in}, D_\text{out})$, and $C_\text{in} K^2$ for a
# convolution, $(C_\text{out}, C_\text{in}, K, K)$.
#
# **Task.** Write `kaiming_initializer` in `convolutional_networks.py`.

# %%
check("convolutional_networks.kaiming_initializer")

# %% [markdown]
# **Experiment.** Six layers of convolution and ReLU, three ways to begin. What arrives?


# %% id="kaiming-setup"
def outputs(draw, layers=6):
    """What each layer gives to its ReLU, for 50 shapes of 16 x 16; draw(channels in) makes the weights."""
    torch.manual_seed(0)
    a, found = functional.avg_pool2d(shapes.floats()[:50] - 0.5, 2), []
    for _ in range(layers):
        out, _ = cnn.FastConv.forward(a, draw(a.shape[1]), torch.zeros(16), {"stride": 1, "pad": 1})
        found.append(out)
        a = out.clamp(min=0)
    return found


# %% id="kaiming-experiment"
ways = {
    "0.02 · normal": outputs(lambda C: 0.02 * torch.randn(16, C, 3, 3)),
    "0.4 · normal": outputs(lambda C: 0.4 * torch.randn(16, C, 3, 3)),
    "kaiming": outputs(lambda C: cnn.kaiming_initializer(C, 16, K=3)),
}
label = "outputs, and their standard deviation"
plotting.histograms(ways, title="Only one of three keeps its scale", xlabel=label, limit=1)

# %% [markdown]
# The first should shrink to nothing within a few layers, the second grow beyond all bounds, the third stay near
# where it began. A network that starts like the first two has no gradient to learn from, or one that is far too
# large.

# %% [markdown] id="three-layer"
# ## 7. A first network
#
# Convolution, ReLU, max pool; then linear, ReLU, linear, as in project 2:
#
# $$\underbrace{X}_{(N, C, H, W)} \to \underbrace{\text{conv, ReLU}}_{(N, F, H, W)} \to
# \underbrace{\text{pool}}_{(N, F, H/2, W/2)} \to \underbrace{\text{linear, ReLU}}_{(N, \text{hidden})} \to
# \underbrace{\text{linear}}_{(N, 10)} \to \text{softmax} .$$
#
# The parts are there: `Conv_ReLU_Pool` is given and calls your layers, `Linear_ReLU`, `Linear` and `softmax_loss`
# come from your project 2. Only the order is new: forward, and back again.
#
# **Task.** Write the two methods of `ThreeLayerConvNet` in `convolutional_networks.py`.

# %%
check("convolutional_networks.ThreeLayerConvNet")

# %% [markdown]
# **Experiment.** The tests that every new network deserves. The loss at the start: ten equal probabilities, so
# $\log 10 \approx 2.303$; a little more with regularization. And each gradient against numbers.

# %% id="three-layer-experiment"
torch.manual_seed(0)
X, y = torch.randn(50, 3, 32, 32), torch.randint(10, (50,))
for reg in (0.0, 0.5):
    loss, _ = cnn.ThreeLayerConvNet(reg=reg).loss(X, y)
    print(f"reg {reg}: loss {float(loss):.4f}")
small = {"num_filters": 2, "filter_size": 3, "hidden_dim": 5, "num_classes": 3, "weight_scale": 0.5, "reg": 0.1}
net = cnn.ThreeLayerConvNet((2, 4, 4), dtype=torch.float64, **small)
X, y = torch.randn(4, 2, 4, 4).double(), torch.tensor([0, 2, 1, 2])
_, grads = net.loss(X, y)
for name, parameter in net.params.items():
    numeric = compute_numeric_gradient(lambda _: net.loss(X, y)[0], parameter)
    print(compare_gradients(numeric, grads[name], name))

# %% [markdown]
# All errors should be below $10^{-6}$.
#
# **Experiment.** Train it, on `shapes` at half size, $3 \times 16 \times 16$, with 24 filters of $7 \times 7$. About
# ten seconds.

# %% id="shapes-data"
train, validation = split_validation(shapes, 0.1)
shapes_test = load("shapes", "test")


def prepare(shrink=1):
    """The data for a Solver, and the test images, all with the mean training image subtracted."""
    images = [functional.avg_pool2d(split.floats(), shrink) for split in (train, validation, shapes_test)]
    X_train, X_val, X_test = (x - images[0].mean(0) for x in images)
    data = {"X_train": X_train, "y_train": train.labels, "X_val": X_val, "y_val": validation.labels}
    return data, X_test


# %% id="three-layer-train-experiment"
half, half_test = prepare(shrink=2)
torch.manual_seed(0)
net = cnn.ThreeLayerConvNet((3, 16, 16), 24, 7, hidden_dim=64, weight_scale=0.02, reg=1e-3)
solver = Solver(net, half, project2.adam, {"learning_rate": 3e-3}, lr_decay=0.6, batch_size=50, num_epochs=4)
solver.train()
shallow = net  # trained
one_convolution = 100 * solver.check_accuracy(half_test, shapes_test.labels)
print(f"test: {one_convolution:.1f} %")

# %% [markdown]
# About 40 % should come out, four times chance. What has it found? Its filters are pictures of the size of their
# windows, so look at them: grey is zero.

# %% id="filters-experiment"
plotting.filters(shallow.params["W1"], title="Nobody drew these: 24 learned filters of 7 × 7")

# %% [markdown]
# You should see two kinds: blobs of one colour, and edges, often coloured ones, in several directions. Nobody
# asked for edges. Nearly every network for images finds them in its first layer, whatever it is trained for.
#
# **Experiment.** Where are its parameters, and where its arithmetic?

# %% id="cost-experiment"
places = {"W1": 16 * 16, "W2": 1, "W3": 1}  # how often each weight is used for an image
weights = {name: shallow.params[name].numel() for name in places}
products = {name: weights[name] * places[name] for name in places}
for name in places:
    share, work = weights[name] / sum(weights.values()), products[name] / sum(products.values())
    line = f"{name} {tuple(shallow.params[name].shape)!s:>13}: {weights[name]:7,} weights ({100 * share:4.1f} %), "
    print(line + f"{products[name]:9,} multiply-adds ({100 * work:4.1f} %)")

# %% [markdown]
# The convolution should have few of the weights and most of the multiplications; the first linear layer the
# other way round. Convolutions share weights, linear layers do not.

# %% [markdown] id="deep"
# ## 8. Any depth
#
# Now as many convolutions as you like, all $3 \times 3$ with padding 1, some of them with a pool behind, and one
# linear layer at the end:
#
# $$\{\text{conv} \to [\text{batch norm}] \to \text{ReLU} \to [2 \times 2 \text{ max pool}]\} \times (L - 1)
# \to \text{linear} \to \text{softmax} .$$
#
# Batch normalization, in brackets, rescales each channel to mean 0 and variance 1 over the batch, and then with
# two learned numbers; it makes deep networks much easier to train. Here it is given, in `Conv_BatchNorm_ReLU` and
# `Conv_BatchNorm_ReLU_Pool`; a later project takes it apart.
#
# **Task.** Write the two methods of `DeepConvNet` in `convolutional_networks.py`. A loop forward that collects
# caches, and a loop backward that uses them up.

# %%
check("convolutional_networks.DeepConvNet")

# %% [markdown]
# **Experiment.** The loss at the start, again, and the cost of three networks. Without any convolution it is the
# linear classifier of project 1.

# %% id="deep-experiment"
torch.manual_seed(0)
X, y = torch.randn(20, 3, 32, 32), torch.randint(10, (20,))
for filters, pools in (((), ()), ((8, 16, 32), (0, 1, 2)), ((8, 8, 16, 16, 32, 32), (1, 3, 5))):
    net = cnn.DeepConvNet(num_filters=filters, max_pools=pools)
    loss, grads = net.loss(X, y)
    count = sum(p.numel() for p in net.params.values())
    first = float(grads["W1"].abs().max())
    print(f"filters {filters!s:>24}: loss {float(loss):.4f}, {count:6,} parameters, largest gradient of W1 {first:.0e}")

# %% [markdown]
# Each loss should be 2.303. But look at the gradient of the first layer: with the default `weight_scale` of 0.001,
# nothing arrives in the deep ones. You know what to do.

# %% [markdown] id="overfit"
# ## 9. Learn fifty images by heart
#
# Before a network is trained on everything, let it learn a few images by heart. If it cannot, something is wrong
# with the network or its settings, and you have found out in seconds. Only two settings matter here: the scale of
# the weights at the start, and the learning rate.
#
# **Task.** Write `find_overfit_parameters` in `convolutional_networks.py`. Its docstring says for which network;
# the cell below is a place to try.

# %%
check("convolutional_networks.find_overfit_parameters")

# %% [markdown]
# **Experiment.** Your settings, and two that cannot work. Four seconds.

# %% id="overfit-experiment"
few = {"X_train": digits.floats()[:50] - digits.floats().mean(0), "y_train": digits.labels[:50]}
few |= {"X_val": few["X_train"], "y_val": few["y_train"]}
scale, rate = cnn.find_overfit_parameters()
settings, histories = {"yours": (scale, rate), "weights of 0.001": (1e-3, rate), "rate of 1e-5": (scale, 1e-5)}, {}
for name, (s, r) in settings.items():
    torch.manual_seed(0)
    net = cnn.DeepConvNet((1, 8, 8), num_filters=(8, 16, 32), max_pools=(0, 1, 2), weight_scale=s)
    solver = Solver(net, few, project2.adam, {"learning_rate": r}, batch_size=10, num_epochs=30, verbose=False)
    solver.train()
    histories[f"{name}: {100 * solver.train_acc_history[-1]:.0f} %"] = solver.loss_history
plotting.learning_curves(histories, title="Fifty images by heart", smooth=10)

# %% [markdown]
# Your curve should fall to nearly 0; the other two stay at 2.3, the loss of guessing. The gradient does not reach
# the first layers, or the steps are too small to get anywhere.

# %% [markdown] id="solver"
# ## 10. A solver of your own
#
# **Task.** Write `create_convolutional_solver_instance` in `convolutional_networks.py`: a small `DeepConvNet`, an
# update rule and its settings, ready to train. Start from your `kaiming_initializer`.

# %%
check("convolutional_networks.create_convolutional_solver_instance")

# %% [markdown]
# **Experiment.** Your solver on digits. A few seconds.

# %% id="solver-experiment"
part, held = split_validation(digits, 0.2)
mean = part.floats().mean(0)
data = {"X_train": part.floats() - mean, "y_train": part.labels}
data |= {"X_val": held.floats() - mean, "y_val": held.labels}
torch.manual_seed(0)
solver = cnn.create_convolutional_solver_instance(data, torch.float32, "cpu")
solver.train()
histories = {"training": solver.train_acc_history, "validation": solver.val_acc_history}
title = f"Digits: {100 * solver.best_val_acc:.1f} % on validation"
plotting.epoch_curves({"your solver": tuple(histories.values())}, title=title)

# %% [markdown] id="ladder"
# ## 11. Shapes again
#
# In project 1, kNN named a quarter of the shapes correctly, and the templates of a linear classifier found
# colours but no objects: an object that can lie anywhere leaves no trace in a template. Now the template moves.
#
# **Experiment.** Three convolutions with batch norm on shapes at full size, and the linear classifier on the same
# images. About half a minute.


# %% id="ladder-experiment"
full, full_test = prepare()


def train_and_test(net, rate):
    solver = Solver(net, full, project2.adam, {"learning_rate": rate}, lr_decay=0.7, batch_size=50, num_epochs=4)
    solver.train()
    return net, 100 * solver.check_accuracy(full_test, shapes_test.labels)


torch.manual_seed(0)
settings = {"num_filters": (12, 24, 32), "max_pools": (0, 1, 2), "batchnorm": True, "weight_scale": "kaiming"}
_, linear_accuracy = train_and_test(cnn.DeepConvNet(num_filters=(), max_pools=()), 3e-4)
deep, deep_accuracy = train_and_test(cnn.DeepConvNet(**settings), 4e-3)

# %% id="ladder-plot"
ladder = {"chance": 10.0, "linear": linear_accuracy}
ladder |= {"one\nconvolution": one_convolution, "three\nconvolutions": deep_accuracy}
plotting.bars(ladder, title="Depth is what helps", ylabel="test accuracy (%)")

# %% [markdown]
# One convolution should hardly beat the linear classifier, both near 40 %: it sees seven pixels, and then a linear
# layer ties everything to its place again. Three of them see whole objects, and reach about 60 % after four epochs.
# (Twelve epochs with `lr_decay=0.85`, a minute and a half, come to 68 %.)
#
# **Experiment.** What do its channels answer to? Choose an image, a layer and a channel.
#
# ![A picture of the set, all maps of a layer with one of them framed, and that one large.](images/feature_maps.png)


# %% id="feature-maps-setup"
def feature_maps(net, X):
    """What each convolution of a trained network answers to images (N, C, H, W), behind its ReLU, before its pool."""
    net.loss(X[:1])  # without labels: batch norm is in test mode from here on
    a, maps, p = X, {}, net.params
    for i in range(1, net.num_layers):
        scale = (p[f"gamma{i}"], p[f"beta{i}"], net.conv_param, net.bn_params[i - 1])
        a, _ = cnn.Conv_BatchNorm_ReLU.forward(a, p[f"W{i}"], p[f"b{i}"], *scale)
        maps[f"layer {i}"] = a
        a, _ = cnn.FastMaxPool.forward(a, net.pool_param)
    return maps


# %% id="feature-maps-experiment"
first = torch.cat([torch.nonzero(shapes_test.labels == c)[:1, 0] for c in range(10)])  # one of each class
names = [shapes_test.classes[c] for c in range(10)]
maps = feature_maps(deep, full_test[first])
feature_map_browser(shapes_test.images[first], maps, filters=deep.params["W1"], captions=names)

# %% [markdown]
# In the first layer the maps still look like the image: edges and colours. Behind the third, few places answer, and
# each of them stands for a window of 18 pixels. (Check it with the formula of section 5.)
#
# **Experiment.** For a channel of the last layer, which windows of all test images excite it most? A few seconds.

# %% id="exciting-experiment"
answers = feature_maps(deep, full_test[:1000])["layer 3"]  # (1000, 32, 8, 8)
padded = functional.pad(shapes_test.floats()[:1000], (9, 9, 9, 9), value=0.5)
busiest = answers.amax(dim=(0, 2, 3)).argsort(descending=True)[:4]
windows = []
for channel in busiest.tolist():
    best = answers[:, channel].amax(dim=(1, 2)).argsort(descending=True)[:10]  # ten images
    for n in best.tolist():
        i, j = divmod(int(answers[n, channel].argmax()), 8)
        middle = (4 * i + 2 + 9, 4 * j + 2 + 9)  # strides of two pools; 9 pixels of padding
        windows.append(padded[n, :, middle[0] - 9 : middle[0] + 9, middle[1] - 9 : middle[1] + 9])
plotting.image_grid(windows, title="What excites four channels of the third layer most", columns=10, size=0.8)

# %% [markdown]
# Each row is one channel. You should see that the windows of a row have something in common: a texture, a colour, the
# border of an object on one side. Some channels are easy to name and some are not.

# %% [markdown] id="next"
# ## What next?
#
# You have built, from sums and products, the networks that changed computer vision. The next project makes them
# deeper and better behaved: it takes batch normalization apart, and follows the architectures from AlexNet to ResNet.

# %% [markdown] id="finish"
# ## Check everything, and hand in
#
# All visible checks of both notebooks, on this machine's own device: the GPU where there is one.

# %% id="check-all"
check.all(device="auto")

# %% [markdown]
# Fill in your name and id at the top, save this notebook, and build the file to hand in. It says what is
# still missing.

# %% id="hand-in"
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="convolutional_networks")
