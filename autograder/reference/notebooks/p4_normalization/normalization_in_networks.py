# %% [markdown] id="title"
# {{badge}}
#
# # Which numbers share a mean
#
# Batch norm gives each feature a mean and a scale of its own, over the batch. Inside a convolutional network an
# activation has four axes, $N$ images, $C$ channels, and $H \times W$ places, and one can average over any of
# them. Over images and places, and it is batch norm again. Over channels and places of one image, and the batch is
# no longer needed. Each choice has a name, each is in use, and each is blind to something else.
#
# ![The same cube of numbers four times, with the numbers that share a mean in blue: a channel of all images for
# batch norm, a whole image for layer norm, a channel of an image for instance norm, some channels of an image for
# group norm. Below, a badly lit pagoda and the same after instance norm; a flower, and the pagoda in its
# colours.](images/networks_opening.png)
#
# **By the end** you will have written four more kinds of normalization, and the one that came before them all, trained
# convolutional networks with each of them, restored a badly lit photograph, lent its colours to another one, and
# seen why batch norm fails where only two images fit into memory.
#
# | | |
# | --- | --- |
# | Time | four to six hours; the notebook itself runs in less than a minute on a CPU |
# | You need | your `BatchNorm` of `normalization.ipynb` |
# | You write | the rest of `normalization.py`: ten questions, 58 points, and two answers in words, 6 points |

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
# You write your code in `normalization.py`, at the path above. Save it, and the next cell that you run uses
# the new version. There is nothing to restart.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% [markdown] id="data-text"
# ## 1. The axes
#
# The data are `shapes`, at half their size, and `digits`. As in the first notebook, `Normalization` puts your layers
# into a torch model.

# %% id="data"
import torch
from sklearn.datasets import load_sample_image
from torch import nn
from torch.nn import functional

from deeprob import plotting
from deeprob.datasets import load
from deeprob.gradient_check import compare_gradients, compute_numeric_gradient
from deeprob.normalization_layers import Normalization, ResponseNormalization
from deeprob.widgets import normalization_axes_explorer

torch.set_num_threads(1)  # these tensors are small: more threads would only wait for one another
norm = workspace.exercise("normalization")  # your file
shapes, shapes_test = load("shapes"), load("shapes", "test").first(1000)
X, X_test = (functional.avg_pool2d(split.floats() - 0.5, 2) for split in (shapes, shapes_test))  # (N, 3, 16, 16)
y, y_test = shapes.labels, shapes_test.labels
digits, digits_test = load("digits"), load("digits", "test")

# %% [markdown] id="explorer-text"
# Every normalization of this notebook is the same sentence: *take away the mean of a set of numbers, divide by their
# standard deviation, then scale and shift each channel*. They differ in the set alone:
#
# | | statistics are over | how many means | running averages |
# | --- | --- | --- | --- |
# | batch norm | $N, H, W$ | $C$ | yes, for test mode |
# | layer norm | $C, H, W$ | $N$ | no |
# | instance norm | $H, W$ | $N \cdot C$ | no |
# | group norm | the channels of a group, $H, W$ | $N \cdot G$ | no |
#
# ![The explorer: a cube of glass with two channels of an image in blue, which share a mean in group norm with three
# groups. Below, the numbers before and after, with those two framed.](images/axes_explorer.png)
#
# Choose a kind, an image and a channel, and see who shares their mean. In this example image 2 is brighter than the
# others, and channel 5 has larger numbers than channel 2. Which kinds keep the first difference, which the second, and
# which none of them? With which number of groups is group norm one of the others?

# %% id="explorer"
normalization_axes_explorer()

# %% [markdown] id="spatial"
# ## 2. Batch norm for images
#
# A filter does the same at all places, so all places of its output belong to one feature: the mean of a channel is
# over $N$, $H$ and $W$. Each pixel of each image is one example.
#
# $$\mu_c = \frac{1}{N H W} \sum_{n, i, j} x_{ncij}, \qquad
# \underbrace{\text{out}_{ncij}}_{(N,\, C,\, H,\, W)} = \gamma_c\,
# \frac{x_{ncij} - \mu_c}{\sqrt{\sigma^2_c + \varepsilon}} + \beta_c .$$
#
# You have nearly written it: bring $x$ into the shape $(N H W, C)$ and call your `BatchNorm`. Channels stand in the
# *second* place, though, and a `reshape` alone does not move an axis: it would put pixels of several channels into one
# column. Nothing would raise an error.
#
# **Task.** Write `SpatialBatchNorm.forward` in `normalization.py`.

# %%
check("normalization.SpatialBatchNorm.forward")

# %% [markdown]
# **Experiment.** The colours of `shapes`. Mean and standard deviation of each channel, before and after; then in test
# mode, with the running averages of sixty batches, on the test images.

# %% id="spatial-experiment"
bn_param, gamma, beta = {"mode": "train"}, torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.0, -1.0, 1.0])
for batch in X[:6000].split(100):
    out, _ = norm.SpatialBatchNorm.forward(batch, gamma, beta, bn_param)
after, _ = norm.SpatialBatchNorm.forward(X_test, gamma, beta, bn_param | {"mode": "test"})
for name, x in (("a batch", batch), ("train mode", out), ("test images", X_test), ("test mode", after)):
    means, stds = x.mean((0, 2, 3)), x.std((0, 2, 3))
    channels = (f"{m:6.3f} ± {s:.3f}" for m, s in zip(means.tolist(), stds.tolist(), strict=True))
    print(f"{name:>11}: {'   '.join(channels)}")

# %% [markdown]
# In train mode the three channels should have exactly the mean $\beta$ and the standard deviation $\gamma$; in test
# mode nearly, because these are other images.
#
# ### Backward
#
# **Task.** Write `SpatialBatchNorm.backward` in `normalization.py`: the same way back.

# %%
check("normalization.SpatialBatchNorm.backward")

# %% [markdown]
# **Experiment.** Three convolutions on shapes, with and without. 250 steps each, at a small learning rate and at a
# larger one. About four seconds.


# %% id="conv-net"
def conv_net(normalize, first=(), seed=0):
    """Three convolutions for (N, 3, 16, 16); `normalize(C)` gives the layers behind each, `first` come before all."""
    torch.manual_seed(seed)
    layers = list(first)
    for C, F, stride in ((3, 16, 2), (16, 24, 2), (24, 32, 1)):
        layers += [nn.Conv2d(C, F, 3, padding=1, stride=stride), *normalize(F), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(128, 10))


def spatial(F):
    return [Normalization(norm.SpatialBatchNorm, F)]


# %% id="spatial-train-setup"
def train(net, rate, steps=250, size=50, data=(X, y)):
    """SGD with momentum; the loss of each step."""
    (x, labels), losses, generator = data, [], torch.Generator().manual_seed(0)
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    net.train()
    for _ in range(steps):
        chosen = torch.randint(len(x), (size,), generator=generator)
        loss = functional.cross_entropy(net(x[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% id="accuracy-setup"
def accuracy(net, x, labels):
    """In percent, in test mode."""
    net.eval()
    with torch.no_grad():
        return 100 * float((net(x).argmax(1) == labels).float().mean())


# %% id="spatial-train-experiment"
curves = {}
for name, normalize in (("batch norm", spatial), ("without", lambda F: [])):
    for rate in (0.02, 0.1):
        net = conv_net(normalize)
        losses = train(net, rate)
        curves[f"{name}, rate {rate}: {accuracy(net, X_test, y_test):.0f} %"] = losses
plotting.learning_curves(curves, title="250 steps on shapes, and the test accuracy", smooth=30)

# %% [markdown]
# Both curves with batch norm should fall faster than both without. They name nearly four in ten of the test images
# correctly, against about three in ten.

# %% [markdown] id="layer"
# ## 3. One example at a time: layer norm
#
# What if the batch is one sentence, one image, one step of a recurrent network? Layer norm turns the table by 90
# degrees: each *example* is normalized over its own $D$ features. $\gamma$ and $\beta$ still belong to the features.
#
# $$\mu_n = \frac{1}{D} \sum_{d} x_{nd}, \qquad \sigma^2_n = \frac{1}{D} \sum_{d} (x_{nd} - \mu_n)^2, \qquad
# \underbrace{\text{out}_{nd}}_{(N,\, D)} = \gamma_d\, \frac{x_{nd} - \mu_n}{\sqrt{\sigma^2_n + \varepsilon}} +
# \beta_d .$$
#
# No batch, hence no running averages, and train and test mode are the same. Every transformer has it.
#
# **Task.** Write `LayerNorm.forward` in `normalization.py`.

# %%
check("normalization.LayerNorm.forward")

# %% [markdown]
# **Experiment.** A digit alone, and the same digit among others. By how much does its answer change? And what if the
# scan is four times as pale?

# %% id="layer-experiment"
rows, rows_test = digits.floats().flatten(1), digits_test.floats().flatten(1)  # (N, 64)
one, zero = torch.ones(64), torch.zeros(64)
ways = {
    "layer norm": lambda x: norm.LayerNorm.forward(x, one, zero, {})[0],
    "batch norm, train mode": lambda x: norm.BatchNorm.forward(x, one, zero, {"mode": "train"})[0],
}
for name, way in ways.items():
    company = float((way(rows[:8])[0] - way(rows[:1])[0]).abs().max())
    pale = float((way(torch.cat([rows[:1] / 4, rows[1:8]]))[0] - way(rows[:8])[0]).abs().max())
    print(f"{name:>22}: changes by {company:.3f} in company, and by {pale:.3f} when it is pale")

# %% [markdown]
# Layer norm should not care for either. (What is left of the second, a thousandth or so, is the $\varepsilon$.)
# Batch norm cares for both.
#
# ### Backward
#
# The derivation is that of batch norm with the axes exchanged. One thing is new: $\gamma_d$ is no longer the same for
# all numbers that share a mean. So it cannot be drawn out of the sums: multiply by $\gamma$ first.
#
# **Task.** Write `LayerNorm.backward` in `normalization.py`.

# %%
check("normalization.LayerNorm.backward")

# %% [markdown]
# **Experiment.** Your gradients against numbers; then training with a batch of *one*. 1,000 steps on digits, four
# layers, one digit at each step. About three seconds.

# %% id="layer-gradient-experiment"
torch.manual_seed(0)
x, dout, gamma = torch.randn(5, 7).double(), torch.randn(5, 7).double(), torch.randn(7).double()
out, cache = norm.LayerNorm.forward(x, gamma, gamma, {})
numeric = compute_numeric_gradient(lambda x: norm.LayerNorm.forward(x, gamma, gamma, {})[0], x, dout)
print(compare_gradients(numeric, norm.LayerNorm.backward(dout, cache)[0], "dx"))


# %% id="layer-train-setup"
def rows_net(layer):
    """Four linear layers for digits as rows, with this normalization in front of each ReLU."""
    torch.manual_seed(0)
    hidden = [m for _ in range(3) for m in (nn.Linear(64, 64), Normalization(layer, 64), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(64, 10))


# %% id="layer-train-experiment"
reached, data = {}, (rows - rows.mean(0), digits.labels)
for name, layer, size in (
    ("batch norm,\nbatches of 1", norm.BatchNorm, 1),
    ("batch norm,\nbatches of 50", norm.BatchNorm, 50),
    ("layer norm,\nbatches of 1", norm.LayerNorm, 1),
):
    net = rows_net(layer)
    train(net, 0.005, steps=1000, size=size, data=data)
    reached[name] = accuracy(net, rows_test - rows.mean(0), digits_test.labels)
plotting.bars(reached, title="Layer norm learns from one digit at a time", ylabel="test accuracy (%)")

# %% [markdown]
# Batch norm with one digit at a time should stay near chance: in train mode all digits look alike to it, as you have
# seen. Layer norm learns.

# %% [markdown] id="instance"
# ## 4. One channel of one image: instance norm
#
# Average over the places alone, each channel of each image for itself:
#
# $$\mu_{nc} = \frac{1}{H W} \sum_{i, j} x_{ncij}, \qquad
# \text{out}_{ncij} = \gamma_c\, \frac{x_{ncij} - \mu_{nc}}{\sqrt{\sigma^2_{nc} + \varepsilon}} + \beta_c .$$
#
# Of each channel, brightness and contrast are gone, and only the pattern stays.
#
# **Task.** Write `InstanceNorm.forward` in `normalization.py`.

# %%
check("normalization.InstanceNorm.forward")

# %% [markdown]
# **Experiment.** A photograph, badly lit in two ways: a quarter of its contrast under a red lamp, and at dusk. Instance
# norm, with 0.22 and 0.5 for $\gamma$ and $\beta$ so that it can be shown.

# %% id="instance-experiment"
names = ("china.jpg", "flower.jpg")
pagoda, flower = (torch.tensor(load_sample_image(n)).permute(2, 0, 1)[None, :, :420, :560] / 255 for n in names)
red = 0.25 * pagoda + torch.tensor([0.35, 0.1, 0.0]).view(1, 3, 1, 1)
dusk = pagoda * torch.tensor([0.15, 0.25, 0.5]).view(1, 3, 1, 1)
lit = torch.cat([pagoda, red, dusk])
even, _ = norm.InstanceNorm.forward(lit, torch.full((3,), 0.22), torch.full((3,), 0.5), {})
captions = ["as it is", "red lamp", "dusk"] + 3 * ["instance norm"]
plotting.signed_maps([*lit, *even.clamp(0, 1)], captions, title="Three lights, one pattern", columns=3, size=2.3)
print(f"the three differ by {float((lit - lit[:1]).abs().max()):.2f}, then {float((even - even[:1]).abs().max()):.3f}")

# %% [markdown]
# The lower three should look the same.
#
# **Experiment.** $\gamma$ and $\beta$ put a contrast and a brightness of your choice back in. Take those of *another*
# photograph, channel by channel: the standard deviations and the means of the flower.

# %% id="style-experiment"
spread, middle = flower.std((0, 2, 3)), flower.mean((0, 2, 3))
borrowed, _ = norm.InstanceNorm.forward(pagoda, spread, middle, {})
back, _ = norm.InstanceNorm.forward(flower, pagoda.std((0, 2, 3)), pagoda.mean((0, 2, 3)), {})
maps, captions = [pagoda, flower, borrowed, back], ["pagoda", "flower", "pagoda, flower's colours", "and back"]
plotting.signed_maps([m[0].clamp(0, 1) for m in maps], captions, title="Colours are two numbers a channel", size=1.9)

# %% [markdown]
# The pagoda should stand in an evening of green and orange. Done with the channels of a deep layer in place of three
# colours, the same six lines pass on brush strokes: this is how style transfer in real time works.
#
# ### Backward
#
# **Task.** Write `InstanceNorm.backward` in `normalization.py`.

# %%
check("normalization.InstanceNorm.backward")

# %% [markdown]
# **Experiment.** A convolutional network that starts with an instance norm, against one that does not. Both learn from
# `shapes` as they are, and are tested also under lamps of random colour. About three seconds.

# %% id="instance-train-experiment"
torch.manual_seed(1)
lamps = 0.3 + 0.7 * torch.rand(len(X_test), 3, 1, 1)
relit = (X_test + 0.5) * lamps + 0.3 * torch.rand(len(X_test), 3, 1, 1) - 0.5
reached = {}
for name, first in (("as it is", []), ("instance\nnorm first", [Normalization(norm.InstanceNorm, 3)])):
    net = conv_net(spatial, first)
    train(net, 0.1)
    reached |= {name: accuracy(net, X_test, y_test), f"{name},\nother lamps": accuracy(net, relit, y_test)}
plotting.bars(reached, title="Instance norm does not see the lamp, nor the colour", ylabel="test accuracy (%)")

# %% [markdown]
# Under other lamps the plain network should lose much, and the other one nothing. But on the images as they are it is
# worse: some shapes are told by their colour, and that is gone.

# %% [markdown] id="group"
# ## 5. Between the two: group norm
#
# Layer norm puts all channels of an image together, although one may answer to edges and another to brightness.
# Instance norm takes them one by one, and forgets how they compare. Group norm divides the $C$ channels into $G$ groups
# of consecutive channels, and gives each group of each image a mean. For group $g$, the set of its channels and all
# their places is $\mathcal{S}_g$, with $(C / G) H W$ numbers:
#
# $$\mu_{ng} = \frac{1}{|\mathcal{S}_g|} \sum_{(c, i, j) \in \mathcal{S}_g} x_{ncij}, \qquad
# \text{out}_{ncij} = \gamma_c\, \frac{x_{ncij} - \mu_{n g(c)}}{\sqrt{\sigma^2_{n g(c)} + \varepsilon}} + \beta_c .$$
#
# **Task.** Write `GroupNorm.forward` in `normalization.py`. If $C$ cannot be divided by `num_groups`, raise a
# `ValueError`.

# %%
check("normalization.GroupNorm.forward")

# %% [markdown]
# **Experiment.** The two ends. With $C$ groups it should be your instance norm, with one your layer norm of the
# flattened image. (There, each feature of the $C \cdot H \cdot W$ would have its own $\gamma$; here all are 1.)

# %% id="group-experiment"
torch.manual_seed(0)
x, one, zero = torch.randn(4, 6, 5, 5) + 3 * torch.randn(4, 6, 1, 1), torch.ones(6), torch.zeros(6)
flat, _ = norm.LayerNorm.forward(x.flatten(1), torch.ones(150), torch.zeros(150), {})
instance, _ = norm.InstanceNorm.forward(x, one, zero, {})
for groups in (1, 2, 3, 6):
    out, _ = norm.GroupNorm.forward(x, one, zero, {"num_groups": groups})
    to_layer, to_instance = ((out - other).abs().max() for other in (flat.view(x.shape), instance))
    print(f"{groups} groups: {float(to_layer):.0e} from layer norm, {float(to_instance):.0e} from instance norm")

# %% [markdown] id="axes-words"
# ### In words: what each of them cannot see
#
# An activation has the shape $(32, 64, 8, 8)$. (a) For batch, layer, instance, and group norm with $G = 16$: how many
# means are there, and over how many numbers is each? (b) A network is: convolution, instance norm, global average pool,
# linear layer. What does it answer to two different images, and why? Would batch norm in the same place have this
# problem? (c) You classify photographs of skin, from many cameras, and the colour matters; and you classify handwriting
# from many scanners. Which of the four would you use at the input of each, and which not? Four to six sentences.

# %% [markdown] written="normalization.inline_axes"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) Batch: 64 means over $32 \cdot 8 \cdot 8 = 2048$ numbers. Layer: 32 over $64 \cdot 64 = 4096$. Instance:
# $32 \cdot 64 = 2048$ over 64. Group: $32 \cdot 16 = 512$ over $4 \cdot 64 = 256$.
#
# (b) The same for all images: after instance norm the mean of each channel over its places is exactly $\beta_c$, so the
# pool gives $\beta$ whatever the image was. (A ReLU between them saves it: the mean of what a ReLU lets through depends
# on the distribution.) In batch norm the mean over the whole *batch* is $\beta_c$, but that of an image may lie
# above or below, and that is what the linear layer needs.
#
# (c) Handwriting: instance norm (or layer norm over the image) at the input makes scans of any contrast alike, and
# nothing that tells a digit is in the brightness. Skin: not instance norm, which takes away each colour's mean and
# contrast, and with it what is asked for; layer norm over all three channels keeps colours relative to one another and
# takes only the common brightness; batch norm keeps all differences between images, the cameras' too.
#
# *Points: 1 for all four counts; 1 for the constant answer with its reason; 1 for (c) with reasons.*
# ### END SOLUTION

# %% [markdown] id="group-backward"
# ### Backward
#
# As in layer norm, $\gamma$ differs within a group. As in instance norm, `dgamma` and `dbeta` are sums over images and
# places.
#
# **Task.** Write `GroupNorm.backward` in `normalization.py`.

# %%
check("normalization.GroupNorm.backward")

# %% [markdown] id="small-batches"
# ## 6. Two images at a time
#
# Large images and deep networks leave room for few images in the memory of a graphics card: in detection and
# segmentation often for two. What does that do to statistics over the batch?
#
# **Experiment.** Three convolutions of stride 2 on digits, $8 \times 8 \to 4 \times 4 \to 2 \times 2 \to 1 \times 1$.
# Batches of 2 to 32, always 2,000 digits in all, and a learning rate that grows with the batch, so that all runs go
# equally far. Batch norm against group norm with 4 groups. About eight seconds.


# %% id="small-net"
def small_net(normalize):
    """Three convolutions of stride 2 for digits; normalize(C) gives the layer behind each."""
    torch.manual_seed(0)
    layers = []
    for C, F in ((1, 16), (16, 32), (32, 32)):
        layers += [nn.Conv2d(C, F, 3, padding=1, stride=2), normalize(F), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32, 10))


# %% id="small-batches-setup"
def over_batch_sizes(normalize):
    """The test accuracy after 2,000 digits, in batches of each size."""
    mean, found = digits.floats().mean(0), []
    for size in sizes:
        net = small_net(normalize)
        data = (digits.floats() - mean, digits.labels)
        train(net, 0.05 * size / 32, steps=2500 // size, size=size, data=data)
        found.append(accuracy(net, digits_test.floats() - mean, digits_test.labels))
    return found


sizes = (2, 4, 8, 16, 32)

# %% id="small-batches-experiment"
by_size = {
    "batch norm": over_batch_sizes(lambda F: Normalization(norm.SpatialBatchNorm, F)),
    "group norm": over_batch_sizes(lambda F: Normalization(norm.GroupNorm, F, num_groups=4)),
}

# %% id="small-batches-plot"
alt = "; ".join(f"{name} {values[0]:.0f} % with 2 and {values[-1]:.0f} % with 32" for name, values in by_size.items())
with plotting.figure(6.8, 3, alt=f"Test accuracy over the batch size: {alt}") as ax:
    for (name, values), marker in zip(by_size.items(), "os", strict=True):
        ax.plot(sizes, values, marker=marker, label=name)
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set(title="Batch norm needs a batch", xlabel="digits in a batch of the training", ylabel="test accuracy (%)")
    ax.legend(loc="lower right")

# %% [markdown]
# With two digits at a time batch norm should break down, to about half of what group norm reaches. With four they
# are about level. Look at the other end, too: with enough images in a batch, batch norm is ahead.
#
# **Experiment.** What is left of an activation of $(2, 32, 1, 1)$ after batch norm?

# %% id="two-experiment"
torch.manual_seed(0)
x, one, zero = torch.randn(2, 32, 1, 1), torch.ones(32), torch.zeros(32)
for name, out in (
    ("batch norm", norm.SpatialBatchNorm.forward(x, one, zero, {"mode": "train"})[0]),
    ("group norm", norm.GroupNorm.forward(x, one, zero, {"num_groups": 4})[0]),
):
    print(f"{name}: image 0 {[round(v, 2) for v in out[0, :8, 0, 0].tolist()]}")
    print(f"            image 1 {[round(v, 2) for v in out[1, :8, 0, 0].tolist()]}")

# %% [markdown] id="small-batches-words"
# ### In words: small batches
#
# (a) Explain the numbers of the last experiment with the formula: which values can batch norm give for a batch of two
# at a single place, and what information is left? (b) That was train mode. Why is the network of the first experiment
# bad in *test* mode? (c) A detector trains with two images on each of eight graphics cards. Name two remedies, and for
# one of them what it costs. Then name one thing that batch norm has and group norm has not. Four to six sentences.

# %% [markdown] written="normalization.inline_small_batches"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) With two numbers $a, b$ the mean is $(a + b) / 2$, both lie $|a - b| / 2$ away from it, and that is also the
# standard deviation. So $\hat{x}$ is $+1$ and $-1$ (a little less with $\varepsilon$), whatever they were: of each
# channel one bit is left, which of the two images has more. And it says nothing about an image alone.
#
# (b) Mean and variance of two images are very noisy, and differ from batch to batch. The layers above have learned from
# inputs of $\pm 1$ that were normalized by their own noisy statistics; in test mode the running averages take their
# place, and what arrives has another distribution than any that was trained on.
#
# (c) Group norm (or layer norm), which uses one image alone: nothing to communicate, but it must be in the network
# from the start, and weights that were trained with batch norm do not fit. Batch norm over all eight cards
# (synchronized): 16 images, at the price of communication in each layer, forward and backward. Frozen statistics from
# pretraining: batch norm as in test mode, cheap, but nothing is normalized any more if the data have moved. Batch norm
# can be folded into the convolution at test time and costs nothing there, group norm must be computed for each image;
# and the noise of its statistics regularizes.
#
# *Points: 1 for plus and minus 1; 1 for the gap between the modes; 1 for two remedies, a cost and an advantage.*
# ### END SOLUTION

# %% [markdown] id="response"
# ## 7. How it began: local response normalization
#
# AlexNet (2012) had no batch norm. It had this: a pixel is divided by the strength of its neighbours, the channels
# around it at the same place. Neurons that inhibit their neighbours were known from biology.
#
# $$\text{out}_{ncij} = \frac{x_{ncij}}{\left( k + \frac{\alpha}{S} \sum_{c' = c - \lfloor S / 2 \rfloor}^{c +
# \lfloor (S - 1) / 2 \rfloor} x_{nc'ij}^2 \right)^{\beta}}, \qquad S = 5, \; \alpha = 10^{-4}, \; \beta = 0.75,
# \; k = 2 .$$
#
# The window of $S$ channels ends where the channels end, but the division by $S$ stays. ($\beta$ is an exponent here;
# nothing is learned. The paper has no division by $S$; torch has, and you should.)
#
# **Task.** Write `LocalResponseNorm.forward` in `normalization.py`.

# %%
check("normalization.LocalResponseNorm.forward")

# %% [markdown]
# **Experiment.** Sixteen channels at one place, all 1, but channel 8 is 10. With $\alpha = 1$, to see something.

# %% id="response-experiment"
x = torch.ones(1, 16, 1, 1)
x[0, 8] = 10
shown = {"input": x, "output, α = 1": norm.LocalResponseNorm.forward(x, {"alpha": 1.0})[0]}
shown["output, α = 0.0001"] = norm.LocalResponseNorm.forward(x, {})[0]
alt = "The strong channel pushes down its two neighbours on either side"
with plotting.figure(7.6, 2.5, alt=alt, columns=3) as axes:
    for ax, (name, values) in zip(axes, shown.items(), strict=True):
        ax.bar(range(16), values[0, :, 0, 0].tolist(), color=plotting.COLOURS[0])
        ax.set(title=name, xlabel="channel")
    axes[0].set_ylabel("value")

# %% [markdown]
# With $\alpha = 1$ the two channels on each side of the strong one should be pushed down. With AlexNet's own setting
# you see nothing of this: numbers of size 1 are all divided by $2^{0.75}$, and it takes activations near 100 to feel
# their neighbours.
#
# ### Backward
#
# Each number stands in up to $S + 1$ places: above the fraction line of its own output, and below that of every
# channel in whose window it lies. Add up all of them. With an even $S$ the window is not symmetric: mind which
# channels those are.
#
# **Task.** Write `LocalResponseNorm.backward` in `normalization.py`.

# %%
check("normalization.LocalResponseNorm.backward")

# %% [markdown]
# **Experiment.** The convolutional network of section 2 on shapes, with AlexNet's layer and with yours of 2015 to 2018.
# About five seconds.

# %% id="race-experiment"
choices = {
    "without": lambda F: [],
    "response": lambda F: [ResponseNormalization(norm.LocalResponseNorm)],
    "batch": spatial,
    "group": lambda F: [Normalization(norm.GroupNorm, F, num_groups=4)],
    "instance": lambda F: [Normalization(norm.InstanceNorm, F)],
}
curves = {}
for name, normalize in choices.items():
    net = conv_net(normalize)
    losses = train(net, 0.1)
    curves[f"{name}: {accuracy(net, X_test, y_test):.0f} %"] = losses
plotting.learning_curves(curves, title="Five networks, 250 steps, and their test accuracy", smooth=30)

# %% [markdown]
# Local response norm should not help at all; here it only makes the numbers smaller. The authors of VGG measured the
# same in 2014 and left it out, and nobody has put it back. The three others learn faster than the network without,
# batch and instance norm clearly, group norm by a little: with batches of 50, nothing beats batch norm by much.

# %% [markdown] id="next"
# ## What next?
#
# You can now put a layer behind every convolution that keeps numbers and gradients in order. That was what stood
# between eight layers and a hundred. The next project builds the networks that this made possible, from AlexNet to
# ResNet, and counts what each of them costs.

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
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="normalization_in_networks")
