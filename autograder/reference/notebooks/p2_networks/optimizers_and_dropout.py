# %% [markdown] id="title"
# {{badge}}
#
# # Optimizers and dropout
#
# Two things go wrong in training. The network does not learn, because plain gradient descent takes the same
# step in all directions, too long for some and too short for others. Or it learns too well: it knows its
# training images by heart, mistakes included. Against the first help better steps, against the second some
# well-placed disturbance.
#
# ![Three panels. The ways of SGD, momentum, RMSProp and Adam down a ravine, seen from above. The losses of a network
# of six layers: plain SGD stays on a plateau, the three others fall. Validation accuracy on digits with wrong labels:
# without dropout it rises and then falls again, with dropout it stays up.](images/optimizers_opening.png)
#
# **By the end** you will have written momentum, RMSProp and Adam, raced them down a loss surface and through
# a network of six layers, and kept a network from learning wrong labels, by weight decay and by dropout.
#
# | | |
# | --- | --- |
# | Time | three to four hours; the notebook itself runs in about half a minute on a CPU |
# | You need | `fully_connected_networks.ipynb`: your `FullyConnectedNet` is trained here |
# | You write | the rest of `fully_connected_networks.py`: five questions, 18 points; two answers in words, 6 points |

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
# You write your code in `fully_connected_networks.py`, at the path above, below the layers and the networks.
# Save it, and the next cell that you run uses the new version. There is nothing to restart.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% [markdown] id="explorer-text"
# ## 1. One learning rate for all
#
# A loss surface is rarely round. Here is a ravine, $f(x, y) = 0.05\, x^2 + y^2$, twenty times as steep across
# as along. A step of gradient descent multiplies $y$ by $1 - 2\eta$ and $x$ by $1 - 0.1\eta$. For $\eta > 1$
# it diverges across; and with the $\eta$ that is safe, it creeps along.
#
# ![The ravine from above with the ways of four optimizers, a mark every ten steps: SGD creeps along the bottom,
# momentum swings past the lowest point and back, RMSProp goes straight there, and Adam with two bends. Beside
# it their losses.](images/optimizer_race.png)
#
# Raise the rate of SGD until it zigzags, then until it diverges: at which rate? Set the momentum to 0, to
# 0.5, to 0.99. Who leaves the saddle, and who stays? Then add noise to the gradient, as batches do: who is
# still lowest?

# %% id="explorer"
from deeprob.widgets import optimizer_explorer

optimizer_explorer()

# %% [markdown]
# No optimizer wins everywhere, and each has a rate of its own that suits it. Now build them.

# %% [markdown] id="data-text"
# All update rules have the same form: `next_w, config = rule(w, dw, config)`. `config` holds the settings and
# what the rule remembers from step to step, for one parameter; `sgd` is given. `follow` lets a rule walk down
# a surface.

# %% id="data"
import torch

from deeprob import plotting
from deeprob.datasets import DatasetError, load, split_validation
from deeprob.gradient_check import compare_gradients, compute_numeric_gradient
from deeprob.solver import Solver
from deeprob.widgets import SURFACES

torch.set_num_threads(1)  # these tensors are small: more threads would only wait for one another
fc = workspace.exercise("fully_connected_networks")
ravine = SURFACES["ravine"]


# %% id="follow"
def follow(rule, config, surface=ravine, steps=60):
    """The places that an update rule comes through, (steps + 1, 2)."""
    w = torch.tensor(surface.start, dtype=torch.float64)
    places = [w]
    for _ in range(steps):
        w, config = rule(w, surface.gradient(w), config)
        places.append(w)
    return torch.stack(places)

# %% [markdown] id="momentum"
# ## 2. Momentum
#
# Let the gradient push a velocity, and the velocity move the parameter. What points now this way and now that
# cancels out; what keeps pointing the same way adds up, to $1 / (1 - \mu)$ times a single step:
#
# $$v \leftarrow \mu v - \eta\, dw, \qquad w \leftarrow w + v, \qquad v, w, dw \text{ of one shape.}$$
#
# **Task.** Write `sgd_momentum` in `fully_connected_networks.py`.

# %%
check("fully_connected_networks.sgd_momentum")

# %% [markdown]
# **Experiment.** Four momenta, one learning rate, sixty steps.

# %% id="momentum-experiment"
momenta = {m: follow(fc.sgd_momentum, {"learning_rate": 0.1, "momentum": m}) for m in (0.0, 0.5, 0.9, 0.98)}
for momentum, places in momenta.items():
    print(f"momentum {momentum:4}: loss {ravine.loss(places[-1]):.2g} after sixty steps")

# %% id="momentum-plot"
paths = {f"momentum {m:g}: {ravine.loss(places[-1]):.2g}": places for m, places in momenta.items()}
ends = "; ".join(paths)
with plotting.figure(7.6, 3.3, alt=f"Loss after sixty steps with {ends}") as ax:
    title = "Some momentum helps, too much overshoots"
    plotting.descent_paths(ravine.height, paths, title=title, extent=(-10, 8, -3, 3), lowest=(0, 0), ax=ax)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), title="loss at the end")

# %% [markdown]
# With 0 you should see plain SGD, still on its way; with 0.9 it arrives after some swings; with 0.98 it
# hardly brakes and shoots past. 0.9 is where people start.

# %% [markdown] id="rmsprop"
# ## 3. RMSProp
#
# Or give every number a step size of its own: divide its gradient by the size that its gradients have had
# lately. A running mean of the squares, and its root:
#
# $$c \leftarrow \rho c + (1 - \rho)\, dw^2, \qquad w \leftarrow w - \eta\, \frac{dw}{\sqrt{c} + \epsilon}
# \qquad \text{(entry by entry).}$$
#
# **Task.** Write `rmsprop` in `fully_connected_networks.py`. The new $c$ is used at once; $\epsilon$ stands
# outside the root.

# %%
check("fully_connected_networks.rmsprop")

# %% [markdown]
# **Experiment.** Multiply the loss by 100, or by a hundredth: the same problem in other units. What do the
# two rules make of it?

# %% id="rmsprop-experiment"
def scaled(rule, rate, factor):
    """A rule that sees the gradient times a factor: that of the loss in other units."""
    return follow(lambda w, dw, config: rule(w, factor * dw, config), {"learning_rate": rate}, steps=40)


for name, rule, rate in (("SGD", fc.sgd, 0.1), ("RMSProp", fc.rmsprop, 0.1)):
    losses = [f"{ravine.loss(scaled(rule, rate, factor)[-1]):9.2g}" for factor in (0.01, 1, 100)]
    print(f"{name:>8}, loss times 0.01, 1, 100: ends at {', '.join(losses)}")

# %% [markdown]
# SGD should crawl, walk, and explode; RMSProp should end at the same place three times. Multiplying all
# gradients by a number changes nothing, since their root mean square has the same factor. That is why one
# learning rate, about 0.001, suits so many networks.

# %% [markdown] id="adam"
# ## 4. Adam
#
# Both at once: a running mean $m$ of the gradients, as in momentum, divided by the root of a running mean $v$
# of their squares. Both start at 0 and are too small at first; dividing by $1 - \beta^t$ corrects exactly
# that.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, dw, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, dw^2,$$
#
# $$w \leftarrow w - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \qquad
# \hat m = \frac{m}{1 - \beta_1^t}, \quad \hat v = \frac{v}{1 - \beta_2^t}, \quad t = 1, 2, 3, \dots$$
#
# **Task.** Write `adam` in `fully_connected_networks.py`. $t$ is counted up first. $m$ and $v$ are stored,
# $\hat m$ and $\hat v$ are not.

# %%
check("fully_connected_networks.adam")

# %% [markdown]
# **Experiment.** The length of the first steps, when the gradient is 1 all the time and the learning rate
# 0.001.


# %% id="adam-experiment"
def step_lengths(rule):
    """Lengths of the first hundred steps, in learning rates."""
    w, config, places = torch.zeros(1), {"learning_rate": 1e-3}, [0.0]
    for _ in range(100):
        w, config = rule(w, torch.ones(1), config)
        places.append(float(w))
    return (-1000 * torch.tensor(places).diff()).tolist()


lengths = {"RMSProp": step_lengths(fc.rmsprop), "Adam": step_lengths(fc.adam)}
print(", ".join(f"{name}: first step {steps[0]:.2f}, last {steps[-1]:.2f}" for name, steps in lengths.items()))

# %% id="adam-plot"
first = ", ".join(f"{name} {steps[0]:.1f}" for name, steps in lengths.items())
with plotting.figure(6.2, 2.7, alt=f"First step in learning rates: {first}; after a hundred steps both near 1") as ax:
    for (name, steps), style in zip(lengths.items(), ("o-", "s-"), strict=True):
        ax.plot(range(1, 101), steps, style, markersize=3, label=f"{name}: first step {steps[0]:.1f}")
    ax.set(title="RMSProp starts with leaps, Adam does not", ylim=(0, None))
    ax.set(xlabel="step", ylabel="length (learning rates)")
    ax.legend()

# %% [markdown]
# Adam's steps should all be one learning rate long. RMSProp should begin with steps of ten.

# %% [markdown] id="bias-correction"
# ### In words: the first steps
#
# (a) Derive the length of the first step of RMSProp (decay rate $\rho = 0.99$) for a gradient $g$, from the
# formulas. (b) How long would Adam's first step be without the two corrections, with $\beta_1 = 0.9$ and
# $\beta_2 = 0.999$? (c) The corrections tend to 1: after about how many steps does that of $v$ hardly matter
# any more (less than 10 % in the step), and why does it matter in training that the first steps be not too
# long? Three to five sentences, with numbers.

# %% [markdown] written="fully_connected_networks.inline_adam"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) $c = 0.01 g^2$, so the step is $\eta\, g / (0.1 |g|) = \pm 10\, \eta$: ten learning rates, whatever $g$ is.
#
# (b) $m = 0.1 g$ and $v = 0.001 g^2$, so $\eta \cdot 0.1 g / (0.0316 |g|) = \pm 3.16\, \eta$. With the
# corrections, $\hat m = g$, $\hat v = g^2$, and the step is $\pm \eta$.
#
# (c) The step is divided by $\sqrt{\hat v}$, so it is off by the factor $\sqrt{1 - 0.999^t}$. That is above
# 0.9 when $0.999^t < 0.19$, from about $t = 1660$ on. (That of $m$, $1 - 0.9^t$, is above 0.9 from $t = 22$
# on.) At the start the weights are random, and gradients large and hardly agreed upon; long steps in such
# directions throw the network to a place from which it may not come back, with large weights or dead ReLUs.
#
# *Points: 1 for ten learning rates with derivation; 1 for 3.16; 1 for the order of 1,000 to 2,000 steps and a reason.*
# ### END SOLUTION

# %% [markdown] id="race"
# ## 5. The race
#
# **Experiment.** Your four rules on one loss surface, a valley that bends.

# %% id="race-experiment"
valley = SURFACES["curved valley"]
rules = {"SGD": fc.sgd, "momentum": fc.sgd_momentum, "RMSProp": fc.rmsprop, "Adam": fc.adam}
rates = {"SGD": 0.05, "momentum": 0.05, "RMSProp": 0.05, "Adam": 0.3}
raced = {name: follow(rule, {"learning_rate": rates[name]}, valley, steps=100) for name, rule in rules.items()}

# %% id="race-plot"
paths = {f"{name}: {valley.loss(places[-1]):.2g}": places for name, places in raced.items()}
with plotting.figure(7.0, 3.6, alt=f"Loss after a hundred steps: {', '.join(paths)}") as ax:
    title = "A hundred steps down a curved valley"
    plotting.descent_paths(valley.height, paths, title=title, extent=valley.extent, lowest=valley.lowest, ax=ax)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), title="loss at the end")

# %% [markdown]
# SGD and RMSProp should creep down the valley; momentum and Adam, with a rate that suits it, have come round the
# bend. But a surface of two parameters is a toy; a network has a hundred thousand and more.
#
# **Experiment.** Six layers on `shapes`, where plain descent hardly got off the plateau in the last notebook.
# Fifteen seconds.


# %% id="network-race"
def prepare(pictures):
    """Training and validation images of a set for a Solver, the mean training image subtracted."""
    part, held = split_validation(pictures, 0.2)
    mean = part.floats().mean(0)
    data = {"X_train": part.floats() - mean, "y_train": part.labels}
    return data | {"X_val": held.floats() - mean, "y_val": held.labels, "mean": mean}


shapes = prepare(load("shapes").first(4000))

# %% id="network-race-experiment"
histories = {}
for name, rule in rules.items():
    rate = 0.05 if name in ("SGD", "momentum") else 0.001
    torch.manual_seed(0)
    net = fc.FullyConnectedNet(5 * [128], weight_scale=0.05)
    solver = Solver(net, shapes, rule, {"learning_rate": rate}, num_epochs=8, verbose=False)
    solver.train()
    histories[f"{name}, val {100 * solver.val_acc_history[-1]:.0f} %"] = solver.loss_history
plotting.learning_curves(histories, title="Where plain descent gets stuck", ylabel="loss on shapes")

# %% [markdown]
# SGD should stay near 2.3 for most of the time; the three others leave it behind within a few epochs. Their
# validation accuracies are nearly the same: a better optimizer finds *a* minimum sooner, not one that
# generalizes better.

# %% [markdown] id="overfitting"
# ## 6. Too well
#
# Real labels are wrong now and then. Here are the digits with three in ten labels drawn anew; the validation
# and the test labels stay right. A network that learns its training set perfectly now must learn the
# mistakes, too.

# %% id="noisy-data"
digits = prepare(load("digits"))
torch.manual_seed(0)
redrawn = torch.rand(len(digits["y_train"])) < 0.3
noisy = {**digits, "y_train": torch.where(redrawn, torch.randint(10, redrawn.shape), digits["y_train"])}
wrong = noisy["y_train"] != digits["y_train"]
test = load("digits", "test")
X_test, y_test = test.floats() - digits["mean"], test.labels
captions = [f"{int(label)}" + (" (wrong)" if w else "") for label, w in zip(noisy["y_train"], wrong, strict=True)]
title = f"{int(wrong.sum())} of {len(wrong)} labels are wrong"
plotting.image_grid(noisy["X_train"][:20] + digits["mean"], captions[:20], title=title)

# %% [markdown] id="weight-decay"
# ### Weight decay
#
# The regularization that your networks have had all along. With plain SGD, its gradient $2 \lambda W$ makes
# every step
#
# $$W \leftarrow (1 - 2 \eta \lambda)\, W - \eta\, \frac{\partial L}{\partial W} :$$
#
# each weight *decays*, unless the data keep it up. A wrong label is kept up by one image alone, a stroke by
# hundreds.
#
# **Experiment.** Two hidden layers of 256, by your Adam, for 60 epochs. Four strengths, a few seconds.


# %% id="train-noisy"
def train_noisy(**settings):
    """Train a net of three layers on the wrong labels; return the solver, its best parameters not put back."""
    torch.manual_seed(0)
    net = fc.FullyConnectedNet([256, 256], 64, 10, weight_scale=0.1, **settings)
    solver = Solver(net, noisy, fc.adam, {"learning_rate": 1e-3}, num_epochs=60, verbose=False)
    solver.train(return_best_params=False)
    return solver


def curves(solvers):
    """Accuracies by epoch of several solvers, for `epoch_curves`."""
    return {name: (solver.train_acc_history, solver.val_acc_history) for name, solver in solvers.items()}


# %% id="weight-decay-experiment"
decayed = {f"reg {reg:g}": train_noisy(reg=reg) for reg in (0, 0.001, 0.003, 0.03)}
plotting.epoch_curves(curves(decayed), title="Without decay it learns the mistakes, too", low=40)
for name, solver in decayed.items():
    print(f"{name:>9}: size of the first weights {float(solver.model.params['W1'].std()):.3f}")

# %% [markdown]
# Without regularization the validation accuracy should rise to 98 % within a few epochs and then *fall* to
# about 85 %, while the net learns one wrong label after the other (dashed). With 0.003 it stays up; 0.03 is
# too much: the net cannot even learn the digits.

# %% [markdown] id="dropout-text"
# ## 7. Dropout
#
# The other remedy: in every training step, switch off each hidden unit with probability $p$. No unit can rely
# on another one being there, and nothing can be learned by heart by a few units alone. At test time all units
# are on. Then the next layer would get $1 / (1 - p)$ times as much as it is used to; so what is kept in
# training is divided by $1 - p$:
#
# $$\text{train:} \quad \text{out}_{ij} = \begin{cases} x_{ij} / (1 - p) & \text{with probability } 1 - p \\
# 0 & \text{with probability } p \end{cases} \qquad \text{test:} \quad \text{out} = x .$$
#
# ![At the left the activations of 24 hidden units before and after one mask. At the right the input of a unit of the
# next layer over two thousand masks: a broad hill, whose mean is the value at test time.](images/dropout.png)
#
# Draw some masks. Switch the scaling off: by how much is the next unit's input wrong at test time? What does
# a larger $p$ do to the width of the hill?

# %% id="dropout-explorer"
from deeprob.widgets import dropout_explorer

dropout_explorer()

# %% [markdown]
# The mean is right with either scaling; but with the division in training there is nothing left to do at test
# time. The hill is the noise that the next layer must learn to live with.

# %% [markdown] id="dropout-forward"
# ### Forward
#
# **Task.** Write `Dropout.forward` in `fully_connected_networks.py`. `p` is the probability to *drop*. Every
# entry has its own fate: images of a batch do not share a mask.

# %%
check("fully_connected_networks.Dropout.forward")

# %% [markdown]
# **Experiment.** Ones in, for three values of $p$; and one mask as a picture.

# %% id="dropout-forward-experiment"
masks = []
for p in (0.25, 0.5, 0.75):
    x = torch.ones(400, 200)
    out, _ = fc.Dropout.forward(x, {"p": p, "mode": "train", "seed": 0})
    at_test, _ = fc.Dropout.forward(x, {"p": p, "mode": "test"})
    zero, mean, test_mean = 100 * float((out == 0).double().mean()), float(out.mean()), float(at_test.mean())
    print(f"p = {p}: {zero:.1f} % zeros, largest {float(out.max()):.2f}, mean {mean:.3f}; at test {test_mean:.3f}")
    masks.append(out[:40, :40] * (1 - p))
captions = ["p = 0.25", "p = 0.5", "p = 0.75"]
plotting.image_grid(torch.stack(masks), captions, title="Masks of 40 images (rows) and 40 units", columns=3, size=1.7)

# %% [markdown]
# The share of zeros should be $p$ to a percent, the largest number $1/(1-p)$, the mean 1 in training and at
# test. There should be no stripes in the pictures.

# %% [markdown] id="dropout-backward"
# ### Backward
#
# A factor in forward is the same factor in backward: `dout` times the mask, with its scale. At test time
# nothing was done, and nothing is undone.
#
# **Task.** Write `Dropout.backward` in `fully_connected_networks.py`.

# %%
check("fully_connected_networks.Dropout.backward")

# %% [markdown]
# **Experiment.** Against numbers: with a fixed seed the mask is the same in each call. Then a whole network
# with dropout.

# %% id="dropout-backward-experiment"
torch.manual_seed(0)
x, dout = torch.randn(5, 8, dtype=torch.float64), torch.randn(5, 8, dtype=torch.float64)
settings = {"p": 0.4, "mode": "train", "seed": 1}
_, cache = fc.Dropout.forward(x, settings)
numeric = compute_numeric_gradient(lambda _: fc.Dropout.forward(x, settings)[0], x, dout)
print(compare_gradients(numeric, fc.Dropout.backward(dout, cache), "dx"))

net = fc.FullyConnectedNet([7, 6], 8, 3, dropout=0.4, weight_scale=0.7, seed=1, dtype=torch.float64)
labels = torch.tensor([0, 1, 2, 0, 1])
_, grads = net.loss(x, labels)
for name in ("W1", "W2", "W3"):
    numeric = compute_numeric_gradient(lambda _: net.loss(x, labels)[0], net.params[name])
    print(compare_gradients(numeric, grads[name], f"d{name}"))

# %% [markdown]
# All four errors should be below $10^{-6}$.
#
# **Experiment.** The wrong labels again, with dropout instead of weight decay. A few seconds.

# %% id="dropout-experiment"
dropped = {"p = 0": decayed["reg 0"]} | {f"p = {p}": train_noisy(dropout=p) for p in (0.25, 0.5, 0.75)}
plotting.epoch_curves(curves(dropped), title="The more dropout, the fewer mistakes are learned", low=40)

# %% [markdown]
# The dashed curves should stay lower the larger $p$ is, and the solid ones higher: what is not learned by
# heart cannot spoil the rest. Most of the training labels that are "missed" are the wrong ones.

# %% [markdown] id="dropout-scaling"
# ### In words: where the scale goes
#
# (a) A student forgets the division by $1 - p$ and trains with $p = 0.5$. Training goes well. What happens at
# test time, and why does it get worse with every layer that has dropout? (b) Another one leaves training
# unscaled and multiplies by $1 - p$ at test time instead. Is that right, and what speaks for dividing in
# training? (c) A third forgets to switch to mode "test" when measuring accuracy. What will be measured? Three
# to five sentences.

# %% [markdown] written="fully_connected_networks.inline_dropout_scaling"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) The weights above are made for inputs in which half of the units are off; at test time all are on, and the mean
# input is twice as large. The next layer's outputs are then about twice as large as well, and its own dropout adds
# another factor of 2: the scores are too large by about $2^L$ and, because biases are not scaled along, also
# distorted. Accuracy suffers, and probabilities become far too confident.
#
# (b) Yes: the expected input is the same in both modes. Dividing in training leaves the network that is
# shipped untouched: test code needs to know neither $p$ nor that there was dropout, it is a little faster,
# and $p$ can be changed during training without changing the meaning of the weights.
#
# (c) The accuracy of randomly thinned networks, another number at each call, and lower than that of the whole
# one. No error appears, which makes this mistake hard to notice; a second call that gives other scores gives
# it away.
#
# *Points: 1 for the factor 2 for each layer; 1 for the equivalence and one advantage; 1 for noisy, lower accuracy.*
# ### END SOLUTION

# %% [markdown] id="together"
# ## 8. The test
#
# **Experiment.** Now, once, the test set, for a net without anything, with decay, with dropout, and for a
# third remedy that costs nothing: *early stopping*, the parameters of the epoch with the best validation
# accuracy. The `Solver` has kept them.

# %% id="together-experiment"
plain = decayed["reg 0"]
measured = {
    "nothing": plain.check_accuracy(X_test, y_test),
    "weight decay\n0.003": decayed["reg 0.003"].check_accuracy(X_test, y_test),
    "dropout\n0.5": dropped["p = 0.5"].check_accuracy(X_test, y_test),
}
last, plain.model.params = plain.model.params, plain.best_params
measured["early\nstopping"] = plain.check_accuracy(X_test, y_test)
plain.model.params = last
percent = {name: 100 * accuracy for name, accuracy in measured.items()}
plotting.bars(percent, title="Three remedies against wrong labels", ylabel="test accuracy (%)", limit=105)

# %% [markdown]
# Each of the three should recover about fifteen points. With the right labels, such a net reached about 93 %.
#
# On photographs, where you have them: three layers with all that this notebook has to offer.

# %% id="photographs"
for name in ("cifar10", "props"):
    try:
        photographs = prepare(load(name, limit=5000, download=False))
    except DatasetError:
        print(f"{name} is not in the folder data/")
        continue
    torch.manual_seed(0)
    net = fc.FullyConnectedNet([256, 256], dropout=0.3, reg=1e-3, weight_scale=0.03)
    solver = Solver(net, photographs, fc.adam, {"learning_rate": 5e-4}, lr_decay=0.9, verbose=False)
    solver.train()
    title = f"{photographs['X_val'].shape[0]} validation images: {100 * solver.best_val_acc:.0f} % right"
    plotting.epoch_curves(curves({name: solver}), title=title, low=0)

# %% [markdown] id="next"
# ## What next?
#
# You have all that it takes to train deep networks, except for a layer that knows what a picture is. For a
# fully connected layer, two pixels side by side are as far apart as two in opposite corners: shuffle the
# pixels of all images alike, and it learns just as well. Project 3 builds the layer that looks for the same
# thing at every place.

# %% [markdown] id="finish"
# ## Check everything, and hand in
#
# All visible checks of the three notebooks, on this machine's own device: the GPU where there is one.

# %% id="check-all"
check.all(device="auto")

# %% [markdown]
# Fill in your name and id at the top, save this notebook, and build the file to hand in. It says what is
# still missing.

# %% id="hand-in"
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="optimizers_and_dropout")
