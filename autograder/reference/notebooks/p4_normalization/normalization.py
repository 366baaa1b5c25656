# %% [markdown] id="title"
# {{badge}}
#
# # Batch normalization
#
# A deep network is a long product. If each layer makes its input a little smaller, nothing is left after twenty
# layers; if each makes it a little larger, everything is lost in huge numbers. Initialization can balance this
# once, before the first step. Batch normalization balances it in every layer and at every step: it looks at the
# batch, and rescales each feature to mean 0 and variance 1. Since 2015 nearly every deep network has had such a
# layer, and nearly everybody has once been bitten by it.
#
# ![Three panels. The scale of twenty layers: without batch norm it shrinks to a millionth, with it all layers have
# the same. Two grids of accuracies over learning rate and scale of the weights: without batch norm few runs learn,
# with it nearly all. Accuracy over the batch size of the evaluation: flat in test mode, down to chance in train
# mode with one image at a time.](images/normalization_opening.png)
#
# **By the end** you will have written batch normalization forward and backward in two ways, sent gradients through
# twenty layers, watched how it widens the range of learning rates that work, made on purpose the mistake that
# everybody makes, and made the layer vanish into the one before it.
#
# | | |
# | --- | --- |
# | Time | four to six hours; the notebook itself runs in less than a minute on a CPU |
# | You need | projects 1 and 2: gradients, layers with `forward` and `backward` |
# | You write | half of `normalization.py`: four questions, 42 points, and one answer in words, 3 points |

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
# ## 1. Twenty layers
#
# The layers around yours are PyTorch's in this project. (In your own file `torch.nn` stays forbidden: there you
# write what it does.) The images are `digits`, flattened to 64 features and with the mean training image
# subtracted.

# %% id="data"
import copy
import time

import torch
from torch import nn
from torch.nn import functional

from deeprob import plotting
from deeprob.datasets import load, split_validation
from deeprob.gradient_check import compare_gradients, compute_numeric_gradient
from deeprob.normalization_layers import Normalization

torch.set_num_threads(1)  # these tensors are small: more threads would only wait for one another
norm = workspace.exercise("normalization")  # your file
part, held = split_validation(load("digits"), 0.2)
mean = part.floats().flatten(1).mean(0)
(X, y), (X_val, y_val), (X_test, y_test) = (
    (split.floats().flatten(1) - mean, split.labels) for split in (part, held, load("digits", "test"))
)

# %% [markdown] id="deep-net-text"
# A network of linear layers and ReLU, as deep as you like. Its weights begin as $s \cdot \sqrt{2 / D}$ times normal
# numbers for a layer with $D$ inputs: with $s = 1$ that is Kaiming initialization, which keeps the scale. With
# `normalize=True`, batch norm stands between each linear layer and its ReLU. `Normalization` is a small wrapper,
# given in `deeprob/normalization_layers.py`: it calls *your* `forward` and *your* `backward` inside a torch model.


# %% id="deep-net"
def deep_net(depth, width=64, scale=1.0, normalize=False, seed=0):
    """`depth` linear layers with ReLU between them; with batch norm in front of each ReLU if asked for."""
    torch.manual_seed(seed)
    layers, D = [], 64
    for _ in range(depth - 1):
        linear = nn.Linear(D, width)
        nn.init.normal_(linear.weight, std=scale * (2 / D) ** 0.5)
        nn.init.zeros_(linear.bias)
        layers += [linear, Normalization(norm.BatchNorm, width), nn.ReLU()] if normalize else [linear, nn.ReLU()]
        D = width
    return nn.Sequential(*layers, nn.Linear(D, 10))


# %% id="activation-scales"
def activation_scales(net, x):
    """The standard deviation of what each ReLU lets through."""
    found = []
    with torch.no_grad():
        for layer in net:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                found.append(float(x.std()))
    return found


# %% [markdown]
# What arrives in each layer, if the scale of the weights is right, half of that, and double?

# %% id="deep-look"
plain = {f"scale {s}": activation_scales(deep_net(20, scale=s), X) for s in (2, 1, 0.5)}
plotting.layer_scales(plain, title="A factor of 2 in each layer is a factor of a million", ylabel="std behind the ReLU")

# %% [markdown] id="forward"
# The three curves part by $2^{19}$ either way. And even where the start is balanced, each step of the optimizer
# changes every layer, so that each layer trains on inputs whose scale the layers below keep changing.
#
# ### Normalize each feature over the batch
#
# So rescale what comes out, for each of the $D$ features by its own mean and variance over the $N$ examples of
# the batch:
#
# $$\mu_d = \frac{1}{N} \sum_{n} x_{nd}, \qquad \sigma^2_d = \frac{1}{N} \sum_{n} (x_{nd} - \mu_d)^2, \qquad
# \hat{x}_{nd} = \frac{x_{nd} - \mu_d}{\sqrt{\sigma^2_d + \varepsilon}}, \qquad
# \underbrace{\text{out}_{nd}}_{(N,\, D)} = \gamma_d\, \hat{x}_{nd} + \beta_d .$$
#
# $\varepsilon$ stands *under* the root and keeps it away from 0. The scale $\gamma$ and the shift $\beta$, both
# $(D,)$, are learned: with $\gamma = \sigma$ and $\beta = \mu$ the network could undo the layer, so nothing is
# lost. The variance is the biased one, divided by $N$.
#
# At test time there may be no batch: one image comes, and its answer must not depend on who else is asking. So
# during training the layer keeps *running* averages, and uses them in test mode in place of $\mu$ and $\sigma^2$:
#
# $$\text{running} \leftarrow m \cdot \text{running} + (1 - m) \cdot \text{batch}, \qquad
# m = \texttt{momentum}, \text{ usually } 0.9 \text{ or } 0.99 .$$
#
# Both live in `bn_param`, and change in train mode alone.
#
# **Task.** Write `BatchNorm.forward` in `normalization.py`. The variance of numbers near 10,000 is a trap: what is
# $E[x^2] - E[x]^2$ in float32?

# %%
check("normalization.BatchNorm.forward")

# %% [markdown]
# **Experiment.** The same twenty layers, with your batch norm in front of each ReLU.

# %% id="forward-experiment"
normalized = {}
for s in (2, 1, 0.5):
    net = deep_net(20, scale=s, normalize=True)
    normalized[f"scale {s}, batch norm"] = activation_scales(net, X)
both = normalized | {"scale 2": plain["scale 2"], "scale 0.5": plain["scale 0.5"]}
plotting.layer_scales(both, title="With batch norm the scale of the weights no longer matters", ylabel="std")

# %% [markdown]
# The three curves with batch norm should lie on one another, level near 0.6: half of a normal distribution is what
# a ReLU lets through.
#
# **Experiment.** How soon are the running averages right? Batches of 50 digits; how far the running variance is
# from that of the whole training set.



# %% id="running-setup"
def variance_errors(momentum, steps=800):
    """After each batch of 50 digits: how far the running variance is from that of all of them."""
    bn_param, generator, errors = {"mode": "train", "momentum": momentum}, torch.Generator().manual_seed(0), []
    for _ in range(steps):
        batch = X[torch.randint(len(X), (50,), generator=generator)]
        norm.BatchNorm.forward(batch, torch.ones(64), torch.zeros(64), bn_param)
        errors.append(float((bn_param["running_var"] - X.var(0, correction=0)).abs().mean()))
    return errors


# %% id="running-experiment"
distances = {f"momentum {momentum}": variance_errors(momentum) for momentum in (0.5, 0.9, 0.99)}

# %% id="running-plot"
alt = ", ".join(f"{name} {h[9]:.2f} after 10 steps and {h[-1]:.4f} after 800" for name, h in distances.items())
with plotting.figure(6.8, 2.9, alt=f"Distance of the running variance: {alt}") as ax:
    for name, history in distances.items():
        ax.plot(range(1, 801), history, label=name)
    ax.set(title="A long memory is exact, and late", xlabel="step", ylabel="mean distance", yscale="log")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))

# %% [markdown]
# A momentum of 0.5 should follow every batch and stay noisy; 0.99 becomes the most exact of the three, but only
# after five hundred steps: what it started with fades as $0.99^t$. A network that is tested after its first
# fifty steps with a momentum of 0.99 is tested with statistics that are $0.99^{50} = 61\,\%$ made up.

# %% [markdown] id="backward"
# ## 2. Backward
#
# In train mode an input $x_{nd}$ reaches the loss in three ways: directly, through the variance, and through the
# mean. Through the last two it changes what comes out for *every other* example of the batch.
#
# ![The graph of batch norm: x leads to the mean, to x minus mean, from there to the variance and its root, to the
# quotient x hat, and with gamma and beta to the output. Three orange arrows lead back to x: directly, through the
# variance, through the mean.](images/batchnorm_graph.png)
#
# Go backward through the graph, one node at a time, and add up where arrows meet. For one feature, with
# $g_n = \gamma\, \partial L / \partial \text{out}_n$, the gradient with respect to $\hat{x}_n$:
#
# $$\frac{\partial L}{\partial \sigma^2} = \sum_n g_n\, (x_n - \mu) \cdot
# \left(-\tfrac{1}{2}\right) (\sigma^2 + \varepsilon)^{-3/2}, \qquad
# \frac{\partial L}{\partial x_n} = \underbrace{\frac{g_n}{\sqrt{\sigma^2 + \varepsilon}}}_{\text{directly}}
# + \underbrace{\frac{\partial L}{\partial \sigma^2}\, \frac{2 (x_n - \mu)}{N}}_{\text{variance}}
# + \underbrace{\frac{\partial L}{\partial \mu}\, \frac{1}{N}}_{\text{mean}} .$$
#
# $\partial L / \partial \mu$ is yours to find. $\gamma$ and $\beta$ are as in a linear layer. In test mode, mean and
# variance are constants and only the direct way is left.
#
# **Task.** Write `BatchNorm.backward` in `normalization.py`, for both modes.

# %%
check("normalization.BatchNorm.backward")

# %% [markdown]
# **Experiment.** Your gradients against numbers, in both modes.

# %% id="backward-experiment"
torch.manual_seed(0)
x, dout = 2 * torch.randn(6, 4).double() + 1, torch.randn(6, 4).double()
gamma, beta = torch.randn(4).double(), torch.randn(4).double()
running = {"running_mean": torch.randn(4).double(), "running_var": torch.rand(4).double() + 0.5}
for mode in ("train", "test"):
    out, cache = norm.BatchNorm.forward(x, gamma, beta, {"mode": mode, **running})
    for name, tensor, grad in zip(("x", "γ", "β"), (x, gamma, beta), norm.BatchNorm.backward(dout, cache), strict=True):
        numeric = compute_numeric_gradient(
            lambda _, mode=mode: norm.BatchNorm.forward(x, gamma, beta, {"mode": mode, **running})[0], tensor, dout
        )
        print(mode, compare_gradients(numeric, grad, f"d{name}"))

# %% [markdown]
# All errors should be below $10^{-6}$.
#
# **Experiment.** Gradients on their way down twenty layers, layer by layer, with and without.


# %% id="gradients-setup"
def gradient_scales(net, x, labels):
    """The norm of the gradient of each layer's weights."""
    functional.cross_entropy(net(x), labels).backward()
    return [float(layer.weight.grad.norm()) for layer in net if isinstance(layer, nn.Linear)]


# %% id="gradients-experiment"
gradients = {}
for normalize in (True, False):
    for s in (2, 1, 0.5):
        name = f"scale {s}" + (", batch norm" if normalize else "")
        gradients[name] = gradient_scales(deep_net(20, scale=s, normalize=normalize), X, y)
title = "Twelve orders of magnitude without batch norm, two with it"
plotting.layer_scales(gradients, title=title, ylabel="norm of the weight's gradient")

# %% [markdown]
# Without batch norm the gradients of the three networks should lie twelve orders of magnitude apart: no learning
# rate fits all of them. With it they lie close together. Look closer, and you see two things. They *grow* on
# their way down, by about a fifth a layer: batch norm is no cure for every depth. And larger weights have *smaller*
# gradients. Why?
#
# **Experiment.** Multiply the weights of one layer by 10.

# %% id="invariance-experiment"
for factor in (1, 10, 100):
    net = deep_net(6, normalize=True)
    with torch.no_grad():
        net[3].weight *= factor
    loss = functional.cross_entropy(net(X), y)
    loss.backward()
    line = f"loss {loss.item():.6f}, gradient of these weights {float(net[3].weight.grad.norm()):.6f}"
    print(f"weights x {factor:3}: {line}, of the next layer {float(net[6].weight.grad.norm()):.4f}")

# %% [markdown]
# The loss should not change in the first digits, nor the gradient of the next layer; that of the scaled layer is
# 10 and 100 times smaller. Batch norm divides by the standard deviation, and the factor with it. So only
# the direction of the weights counts, and how fast it turns: for weights $s$ times as large, the step is $1 / s$ times
# as long, and relative to them $1 / s^2$. What matters is the learning rate *divided by the square of the scale*. Keep
# this in mind for the grid below.

# %% [markdown] id="backward-alt"
# ### In one line
#
# The sums cancel. Do it on paper: put $\partial L / \partial \sigma^2$ and $\partial L / \partial \mu$ into
# $\partial L / \partial x_n$, write $\hat{x}_n$ wherever you can, and with the upstream gradient
# $d_n = \partial L / \partial \text{out}_n$ you come to
#
# $$\frac{\partial L}{\partial x_n} = \frac{\gamma}{\sqrt{\sigma^2 + \varepsilon}}
# \left( d_n - a - \hat{x}_n\, b \right)$$
#
# with two numbers $a$ and $b$ for each feature, each a mean over the batch. Which? (Forward, batch norm takes away
# what the batch has in common. Backward, it takes the same away from the gradient.)
#
# **Task.** Write `BatchNorm.backward_alt` in `normalization.py`, from your own formula, for both modes.

# %%
check("normalization.BatchNorm.backward_alt")

# %% [markdown]
# **Experiment.** Do both agree, and what does the paper work buy? And what can no longer come through?

# %% id="backward-alt-experiment"
torch.manual_seed(0)
x, dout = torch.randn(500, 500), torch.randn(500, 500)
out, cache = norm.BatchNorm.forward(x, torch.rand(500) + 0.5, torch.zeros(500), {"mode": "train"})
seconds, dx = {}, {}
for name in ("backward_alt", "backward"):
    spent = []
    for _ in range(10):
        started = time.perf_counter()
        dx[name] = getattr(norm.BatchNorm, name)(dout, cache)[0]
        spent.append(time.perf_counter() - started)
    seconds[name] = min(spent)
plotting.timing_bars(seconds, title=f"Your formula: {seconds['backward'] / seconds['backward_alt']:.1f} times as fast")
print(f"they differ by {float((dx['backward'] - dx['backward_alt']).abs().max()):.0e}")
print(f"sum of dx over the batch: at most {float(dx['backward'].sum(0).abs().max()):.0e}")
print(f"sum of x dx over the batch: at most {float((x * dx['backward']).sum(0).abs().max()):.0e}")

# %% [markdown]
# They should agree to rounding; how much faster one line is depends on how you wrote the other. Both sums are 0, to
# rounding: no gradient asks the layer below to move a feature up or down as a whole, or to scale it, because that
# would change nothing.

# %% [markdown] id="grid"
# ## 3. Does it train?
#
# **Experiment.** Fifty short runs: eight layers, five learning rates, five scales of the weights, with and without
# your batch norm. 60 steps of plain SGD each, the accuracy on the validation set. About ten seconds; watch it fill.


# %% id="grid-setup"
def train(net, rate, steps=60, size=100):
    """Plain SGD on batches of `size` digits; the loss of each step."""
    optimizer, losses = torch.optim.SGD(net.parameters(), lr=rate), []
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        chosen = torch.randint(len(X), (size,), generator=generator)
        loss = functional.cross_entropy(net(X[chosen]), y[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% id="accuracy-setup"
def accuracy(net, x, labels, size=500):
    """In percent, for batches of `size`, in the mode in which the net is."""
    with torch.no_grad():
        answers = torch.cat([net(batch).argmax(1) for batch in x.split(size)])
    return 100 * float((answers == labels).float().mean())


# %% id="grid-experiment"
rates, scales, panels = (0.01, 0.1, 0.3, 1, 3), (0.25, 0.5, 1, 2, 4), ("with batch norm", "without")
title = "Eight layers, 60 steps: validation accuracy (%)"
with plotting.LiveGrid(title, rows=rates, columns=scales, panels=panels) as live:
    for panel, rate, scale in live.runs():
        net = deep_net(8, width=50, scale=scale, normalize=panel == "with batch norm")
        train(net, rate)
        net.eval()  # test mode, from here on
        live.add(panel, rate, scale, accuracy(net, X_val, y_val))

# %% [markdown]
# Without batch norm only a few cells should leave 10 %, the chance level: the scale must be right, and the learning
# rate with it. With it nearly every cell does. The pattern that remains is the one that you know: at small rates, large
# weights are slow, because the rate divided by their square is what counts.

# %% [markdown] id="modes"
# ## 4. The mistake that everyone makes
#
# Train mode and test mode are two different functions. In torch, `net.train()` and `net.eval()` switch between
# them, and nothing warns you if you forget. So let us forget.
#
# **Experiment.** A network of four layers, trained for 300 steps. Evaluate it on the test set in batches of 1, 2,
# 4, ... images: in test mode, in train mode, and in train mode on a test set that is sorted by class, as folders of
# images are.

# %% id="modes-experiment"
net, order, sizes = deep_net(4, normalize=True), y_test.argsort(stable=True), (1, 2, 4, 8, 16, 32, 64, 128, 250)
train(net, 0.3, steps=300)
in_test_mode = copy.deepcopy(net).eval()
in_train_mode = copy.deepcopy(net).train()
results = {
    "test mode": [accuracy(in_test_mode, X_test, y_test, size) for size in sizes],
    "train mode": [accuracy(in_train_mode, X_test, y_test, size) for size in sizes],
    "train mode, sorted by class": [accuracy(in_train_mode, X_test[order], y_test[order], size) for size in sizes],
}

# %% id="modes-plot"
alt = "; ".join(f"{name} {values[0]:.0f} % alone, {values[-1]:.0f} % with 250" for name, values in results.items())
with plotting.figure(7.4, 3.2, alt=f"Accuracy over the batch size: {alt}") as ax:
    for (name, values), marker in zip(results.items(), "os^", strict=True):
        ax.plot(sizes, values, marker=marker, label=name)
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set(title="One network, evaluated in two modes", xlabel="images in a batch", ylabel="test accuracy (%)")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))

# %% [markdown]
# Test mode should be a level line near 95 %. Train mode is as good with 64 images and more, and so the mistake stays
# unseen; with one image at a time it is 10 %. Sorted by class, it is far off even with 128.
#
# **Experiment.** What does the network answer to a batch of one, in train mode? And what has the evaluation done to it?

# %% id="one-experiment"
net = copy.deepcopy(in_test_mode)
before = accuracy(net, X_test, y_test)
net.train()
with torch.no_grad():
    scores = torch.cat([net(X_test[n : n + 1]) for n in range(200)])
net.eval()
print(f"the scores of 200 different images differ by at most {float((scores - scores[0]).abs().max()):.1g}")
print(f"test mode, before: {before:.1f} %, and after 200 images in train mode: {accuracy(net, X_test, y_test):.1f} %")

# %% [markdown]
# All images should get the very same scores. And afterwards the network is damaged also in test mode, without having
# been trained at all.

# %% [markdown] id="modes-words"
# ### In words: train mode and test mode
#
# (a) Show with the formula why a batch of one gets the same answer for every image in train mode. (b) Why does the
# sorted test set do so badly, although its batches are large? (c) In the last experiment no gradient was ever
# computed. What has changed in the network, and why does that hurt in test mode? (d) A colleague finds 95 % on the
# validation set, in batches of 128, and 10 % in the app, one photograph at a time. Say what to look at first, and
# one test that would have caught it. Four to seven sentences.

# %% [markdown] written="normalization.inline_test_mode"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) With $N = 1$ the mean is the example itself, $\mu = x$, so that $x - \mu = 0$, the variance is 0, and
# $\text{out} = \gamma \cdot 0 / \sqrt{\varepsilon} + \beta = \beta$ in every batch norm layer, whatever $x$ is. The
# layers above see the same numbers for every image.
#
# (b) The statistics are those of a single class. What the images of a class have in common, which is just what tells
# them apart from other classes, goes into the mean and is subtracted.
#
# (c) The running mean and variance: in train mode each forward pass updates them. The variance of a batch of one is
# 0, so the running variance shrinks by 0.9 each time towards 0 and the running mean becomes that of the last few
# images. Test mode then divides by far too small a number and subtracts the wrong mean.
#
# (d) Whether the app calls the network in train mode (`net.eval()` is missing), or loads it without its running
# statistics. Test: the answer to an image must be the same alone and within a batch; in test mode it is, to
# rounding.
#
# *Points: 1 for (a); 1 for (b) and (c), with the running statistics; 1 for (d) with a test that works.*
# ### END SOLUTION

# %% [markdown] id="fold"
# ## 5. Folded away
#
# In test mode batch norm is a scale and a shift with constants. Behind a linear layer or a convolution, which is a
# sum of products and a bias, that is again a sum of products and a bias, for each output feature $f$:
#
# $$\gamma_f\, \frac{\left(\sum_i w_{fi}\, x_i + b_f\right) - \mu_f}{\sqrt{\sigma_f^2 + \varepsilon}} + \beta_f
# = \sum_i w'_{fi}\, x_i + b'_f .$$
#
# Find $w'$ and $b'$, and the layer is gone: this is what is done with every network before it goes into a phone.
#
# **Task.** Write `fold_batchnorm` in `normalization.py`. The weights are those of a convolution,
# $(F, C, K_H, K_W)$, or of a linear layer, $(D, M)$ as in project 2: mind on which axis the outputs lie.

# %%
check("normalization.fold_batchnorm")

# %% [markdown]
# **Experiment.** Fold the trained network. Is it the same function, and how much does it save?


# %% id="fold-setup"
def folded(net):
    """The same network in test mode, without its batch norm layers."""
    layers = []
    for layer in net:
        if isinstance(layer, Normalization):
            linear, p = layers.pop(), layer.param
            running = (p["running_mean"], p["running_var"])
            # torch keeps the weights of a linear layer as (M, D)
            w, b = norm.fold_batchnorm(linear.weight.T, linear.bias, layer.gamma, layer.beta, *running)
            layer = nn.Linear(*w.shape)
            layer.weight.data, layer.bias.data = w.T.detach().contiguous(), b.detach()
        layers.append(layer)
    return nn.Sequential(*layers)


# %% id="fastest-setup"
def fastest(action, repeats=15):
    """The shortest of a few runs, in seconds."""
    spent = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        spent.append(time.perf_counter() - started)
    return min(spent)


# %% id="fold-experiment"
net = deep_net(4, normalize=True)
train(net, 0.3, steps=300)
net.eval()
small = folded(net)
with torch.no_grad():
    gap, size = float((small(X_test) - net(X_test)).abs().max()), float(net(X_test).abs().max())
    seconds = {"with batch norm": fastest(lambda: net(X_test)), "folded": fastest(lambda: small(X_test))}
print(f"scores up to {size:.0f} differ by {gap:.0e}; {accuracy(net, X_test, y_test):.1f} % and", end=" ")
print(f"{accuracy(small, X_test, y_test):.1f} %; {len(net)} layers and {len(small)}")
plotting.timing_bars(seconds, title="500 digits through four layers")

# %% [markdown]
# The scores should agree to six digits, and the folded network be faster: batch norm does little arithmetic,
# but it reads and writes every number once more.
#
# **Experiment.** The same for convolutions on `shapes`, against the batch norm that PyTorch itself has. The larger the
# kernel, the more arithmetic hides the cost of batch norm.


# %% id="fold-conv-setup"
images = load("shapes", "test").floats()[:50]


def convolution(w, b):
    return functional.conv2d(images, w, b, padding=w.shape[-1] // 2)


# %% id="fold-conv-experiment"
saved = {}
for K in (1, 3, 7):
    torch.manual_seed(0)
    layer, running = (torch.randn(32, 3, K, K), torch.randn(32)), (torch.randn(32), torch.rand(32) + 0.5)
    gamma, beta = torch.rand(32) + 0.5, torch.randn(32)
    one = norm.fold_batchnorm(*layer, gamma, beta, *running)
    ways = (
        lambda layer=layer, s=(*running, gamma, beta): functional.batch_norm(convolution(*layer), *s),
        lambda one=one: convolution(*one),
    )
    slow, fast = (fastest(way, 30) for way in ways)
    saved[f"{K} × {K}"], gap = max(100 * (1 - fast / slow), 0), float((ways[0]() - ways[1]()).abs().max())
    print(f"{K} x {K}: {1000 * slow:.2f} ms, folded {1000 * fast:.2f} ms; they differ by {gap:.0e}")
plotting.bars(saved, title="What folding saves: 32 filters, 50 shapes", ylabel="time saved (%)")

# %% [markdown]
# The differences should be rounding. For $1 \times 1$ kernels the saving is largest, for $7 \times 7$ it is small. (The
# times are those of this machine, and of a few milliseconds: run the cell twice.) On a graphics card, where arithmetic
# is cheap and memory is not, it is larger throughout.

# %% [markdown] id="next"
# ## What next?
#
# Batch norm needs a batch, and images have more axes than rows of features have. The second notebook,
# `normalization_in_networks`, brings your layer into convolutional networks, and asks which numbers should share a
# mean: those of a channel, of an image, or of a group.

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
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="normalization")
