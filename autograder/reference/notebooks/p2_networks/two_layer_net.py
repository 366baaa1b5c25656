# %% [markdown] id="title"
# {{badge}}
#
# # A network of two layers
#
# A linear classifier draws one straight border between two classes, and has one template for each class.
# Where that is not enough, project 1 helped itself with better features, chosen by hand. A network *learns*
# its features: a first layer computes them, a second one classifies with them, and one gradient trains both.
#
# ![Three panels. A disc inside a ring: one hidden unit cuts the plane with a straight line, three close a
# triangle around the disc, sixteen a round border. Twenty first-layer weights of a net trained on digits, with
# strokes and blobs in blue and orange. Validation accuracy against learning rate and hidden size of thirty
# random tries.](images/two_layer_opening.png)
#
# **By the end** you will have carried the gradient back through a network by hand, trained it to nearly 99 %
# on validation digits, looked at what its hidden units have found, and searched through four hyper-parameters
# while a plot shows how it goes.
#
# | | |
# | --- | --- |
# | Time | three to four hours; the notebook itself runs in about half a minute on a CPU |
# | You need | `linear_classifier.ipynb` of project 1 (not its code): softmax loss, gradient, descent |
# | You write | `two_layer_net.py`: six questions, 30 points, and one answer in words, 3 points |

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
# You write your code in `two_layer_net.py`, at the path above. Save it, and the next cell that you run uses
# the new version. There is nothing to restart.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% [markdown] id="data-text"
# ## 1. Two layers, and something between them
#
# Here is the picture with which project 1 ended: a disc inside a ring. No straight line separates them.

# %% id="data"
import math
from itertools import product

import torch

from deeprob import plotting
from deeprob.datasets import DatasetError, load, split_validation
from deeprob.gradient_check import compare_gradients, compute_numeric_gradient

torch.set_num_threads(1)  # these tensors are small: more threads would only wait for one another
two_layer_net = workspace.exercise("two_layer_net")

torch.manual_seed(0)
ring = torch.arange(120) % 2  # (120,): 0 in the disc, 1 in the ring
radius, angle = torch.tensor([0.6, 2.0])[ring], torch.rand(120) * 2 * math.pi
points = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1) + 0.25 * torch.randn(120, 2)

# %% id="data-look"
with plotting.figure(3.9, 3.3, alt="A disc of blue points inside a ring of orange points") as ax:
    for c, (colour, marker) in enumerate(zip(plotting.COLOURS, "os", strict=False)):
        ax.plot(*points[ring == c].T.numpy(), marker, color=colour, label=("disc", "ring")[c])
    ax.set(title="No straight line will do", xlabel="feature 1", ylabel="feature 2", aspect="equal")
    ax.legend(loc="upper right")

# %% [markdown] id="forward"
# Would two linear layers do better than one? No: $(x W_1) W_2 = x (W_1 W_2)$ is one linear layer again. There
# has to be something between them that is not linear, and the simplest thing works best: what is negative
# becomes zero. It is called *ReLU*, rectified linear unit.
#
# $$h = \max(0,\; x W_1 + b_1), \qquad s = h W_2 + b_2,$$
#
# $$x: (D,), \quad W_1: (D, H), \quad b_1, h: (H,), \quad W_2: (H, C), \quad b_2, s: (C,) .$$
#
# The $H$ numbers in $h$ are *hidden units*: features that nobody has written down. The scores $s$ have no
# ReLU: a score may be negative, and the softmax loss that follows wants to see by how much. All $N$ images at
# once are two matrix products, with rows for images as in project 1; the biases are added to every row.
#
# **Task.** Write `nn_forward_pass` in `two_layer_net.py`.

# %%
check("two_layer_net.nn_forward_pass")

# %% [markdown]
# **Experiment.** What can such a network compute? One input $x$, one output $s$. Each hidden unit,
# $\max(0, x - k)$, is flat up to the knot $k$ and rises after it; the second layer adds up such hinges. Here
# their slopes are set by hand, so that the sum follows a curve.


# %% id="forward-experiment"
def hinges(H):
    """Parameters of a network with H hidden units that follows sin(x) from knot to knot."""
    knots = torch.linspace(0, 2 * math.pi, H + 1)
    slopes = knots.sin().diff() / knots.diff()  # (H,), of each piece
    bends = torch.cat([slopes[:1], slopes.diff()])  # (H,), by how much the slope changes at each knot
    return {"W1": torch.ones(1, H), "b1": -knots[:-1], "W2": bends[:, None], "b2": torch.zeros(1)}


x = torch.linspace(0, 2 * math.pi, 200)[:, None]  # (200, 1)
curves = {H: two_layer_net.nn_forward_pass(hinges(H), x)[0][:, 0] for H in (3, 6, 20)}

# %% id="forward-plot"
worst = {H: float((curve - x[:, 0].sin()).abs().max()) for H, curve in curves.items()}
alt = "; ".join(f"{H} hidden units: largest error {error:.2f}" for H, error in worst.items())
with plotting.figure(6.6, 2.9, alt=alt) as ax:
    ax.plot(x[:, 0], x[:, 0].sin(), color="#BBBBBB", linewidth=5, label="sin(x)")
    for (H, curve), style in zip(curves.items(), ("-", "--", ":"), strict=True):
        ax.plot(x[:, 0], curve, style, label=f"{H} hidden units, error up to {worst[H]:.2f}")
    ax.set(title="A sum of hinges follows any curve", xlabel="x", ylabel="output s")
    ax.legend()

# %% [markdown]
# You should see polygons that fit ever better: errors of 0.44, 0.13 and 0.01. With enough hinges a network of
# two layers can follow *any* continuous function. That it can does not say that training will find it.

# %% [markdown] id="explorer-text"
# ## 2. Who is to blame?
#
# The loss depends on $W_2$ directly, and on $W_1$ through everything that comes after it. To find out how
# much each number contributed, draw the computation as a graph. Every node knows one thing: its *slope*, how
# its own output changes with each of its inputs. Start at the right with $\partial L / \partial L = 1$ and go
# back:
#
# - through an edge, the gradient is **multiplied** by its slope;
# - where several edges leave a value, their gradients are **added**.
#
# That is the whole chain rule. It is called *backpropagation* when it is done in this order, each node once.
#
# ![A graph of five operations that computes the squared error of one neuron. Above each node its value, below
# it the gradient of the loss with respect to it, on each edge its slope.](images/computation_graph.png)
#
# Set *steps back* to 0, predict the gradient of each node before you let it appear, one step at a time. Then
# make $w$ so small that the ReLU closes: what do $w$, $x$ and $b$ get? In which of the expressions does a
# node get gradients from two sides?

# %% id="explorer"
from deeprob.widgets import computation_graph_explorer

computation_graph_explorer()

# %% [markdown]
# A sum hands its gradient on, unchanged, to both sides. A product gives each factor the *other* one times the
# gradient. A ReLU lets everything through, or nothing.

# %% [markdown] id="backward"
# ## 3. The gradient of the network
#
# The same with matrices. Forward, with $P$ the softmax of the rows of $S$ and $Y$ the labels as rows of zeros
# with a single 1:
#
# $$\underbrace{Z}_{(N,H)} = X W_1 + b_1, \quad \underbrace{A}_{(N,H)} = \max(0, Z), \quad
# \underbrace{S}_{(N,C)} = A W_2 + b_2, \quad
# L = \frac{1}{N} \sum_i -\log P_{i y_i} + \lambda \big(\textstyle\sum W_1^2 + \sum W_2^2\big) .$$
#
# Backward, one line for each line above. Write $dV$ for $\partial L / \partial V$; it always has the shape of
# $V$.
#
# $$dS = \tfrac{1}{N} (P - Y), \qquad
# dW_2 = A^\top dS + 2 \lambda W_2, \qquad db_2 = \textstyle\sum_i dS_{i,:}, \qquad dA = dS\, W_2^\top ,$$
#
# $$dZ = dA \odot \mathbb{1}[Z > 0], \qquad
# dW_1 = X^\top dZ + 2 \lambda W_1, \qquad db_1 = \textstyle\sum_i dZ_{i,:} .$$
#
# There is nothing to learn by heart. $dS$ is that of project 1. A product $A W_2$ gives each factor the other
# one times the gradient, and only one order and one transpose make the shapes fit: $(H, N) \cdot (N, C)$ for
# $dW_2$, $(N, C) \cdot (C, H)$ for $dA$. A bias is added to every row, so its gradients from all rows are
# added up. The ReLU lets the gradient through where it was open.
#
# **Task.** Write `nn_forward_backward` in `two_layer_net.py`. Mind the trap of project 1: subtract from each
# row of scores its own maximum before `exp`.

# %%
check("two_layer_net.nn_forward_backward")

# %% [markdown]
# **Experiment.** The two tests that every loss deserves. A value that is known: with weights near zero all
# ten classes are equally likely, and the loss is $\log 10$. And the gradient against its definition, number
# by number, in float64; `deeprob.gradient_check` moves each entry of a tensor up and down by $10^{-7}$.


# %% id="backward-experiment"
def random_problem(N=6, D=5, H=7, C=3):
    """Parameters, images and labels, drawn at random in float64."""
    net = two_layer_net.TwoLayerNet(D, H, C, dtype=torch.float64, std=0.7)
    return net.params, torch.randn(N, D, dtype=torch.float64), torch.randint(C, (N,))


torch.manual_seed(0)
net = two_layer_net.TwoLayerNet(64, 30, 10)
loss, _ = net.loss(torch.randn(20, 64), torch.randint(10, (20,)))
print(f"loss {float(loss):.4f}, expected {math.log(10):.4f}")
params, X, y = random_problem()
grads = two_layer_net.nn_forward_backward(params, X, y, 0.1)[1]
for name, p in params.items():  # each is moved in place, and the loss computed anew
    numeric = compute_numeric_gradient(lambda _: two_layer_net.nn_forward_backward(params, X, y, 0.1)[0], p)
    print(compare_gradients(numeric, grads[name], f"d{name}"))

# %% [markdown]
# All four relative errors should be below $10^{-6}$. If one is not, the line says where the largest is: an
# error in one row, one column or everywhere are different mistakes.

# %% [markdown] id="predict"
# ## 4. Prediction and training
#
# Prediction is what it was: the class with the highest score. `nn_predict` asks the function that it is given
# for the scores, and so works for any other network too.
#
# **Task.** Write `nn_predict` in `two_layer_net.py`.

# %%
check("two_layer_net.nn_predict")

# %% [markdown]
# **Experiment.** Networks that have learned nothing yet, asked about every place in the plane.


# %% id="predict-experiment"
def draw_regions(nets, titles, alt):
    """The regions of several nets for the disc and the ring, side by side."""
    with plotting.figure(2.55 * len(nets), 2.7, alt=alt, columns=len(nets), sharey=True) as axes:
        for ax, net, title in zip(axes, nets, titles, strict=True):
            plotting.decision_regions(net.predict, points, ring, title=title, ax=ax)
            ax.title.set_fontsize(10)
            ax.label_outer()


torch.manual_seed(3)
untrained = [two_layer_net.TwoLayerNet(2, 30, 2, std=0.5) for _ in range(3)]
draw_regions(untrained, [f"{i + 1}. random net" for i in range(3)], "Regions of random nets: sectors around the origin")

# %% [markdown]
# You should see sectors around the origin. The biases start at zero, and without biases a network is only
# ever scaled along a ray: it cannot tell the disc from the ring behind it. That is what the biases are for.

# %% [markdown] id="train"
# ### Descent, with a rate that decays
#
# Draw a batch, compute loss and gradient, step all four parameters against it. The steps that are right at
# first are too long later on, when it is about the last percent. So multiply the learning rate by a factor a
# little below 1 after each *epoch*, that is when as many images have been drawn as there are:
#
# $$p \leftarrow p - \eta\, \frac{\partial L}{\partial p} \quad \text{for } p \in \{W_1, b_1, W_2, b_2\},
# \qquad \eta \leftarrow \text{decay} \cdot \eta \quad \text{after each epoch}.$$
#
# **Task.** Write `nn_train` in `two_layer_net.py`. The class `TwoLayerNet` below it is given and calls it.

# %%
check("two_layer_net.nn_train")

# %% [markdown]
# **Experiment.** The disc in the ring, with 1, 2, 3 and 16 hidden units. A second or two.

# %% id="regions-experiment"
nets, titles = [], []
for H in (1, 2, 3, 16):
    torch.manual_seed(0)
    net = two_layer_net.TwoLayerNet(2, H, 2, std=0.5)
    net.train(points, ring, points, ring, learning_rate=0.3, learning_rate_decay=1.0, num_iters=1500)
    right = (net.predict(points) == ring).double().mean()
    nets.append(net)
    titles.append(f"H = {H}: {100 * right:.0f} % right")
draw_regions(nets, titles, "; ".join(titles))

# %% [markdown]
# Each hidden unit is a straight fold of the plane. One should cut off a side, two leave a strip or a wedge;
# three are enough to close a border around the disc, and sixteen make it rounder. Features that separate the
# two, which project 1 had to choose by hand, were found by descent.

# %% [markdown] id="digits"
# ## 5. Digits
#
# Back to images: the digits of project 1, prepared as there (pixels between 0 and 1, the mean training image
# subtracted). The bias has its own parameter now, so no 1 is appended: $D = 64$.

# %% id="digits-data"
digits_train, digits_val = split_validation(load("digits"), 0.2)
digits_test = load("digits", "test")
mean_image = digits_train.floats().flatten(1).mean(0)  # (64,)


def prepare(split):
    """Images of a split as rows, (N, 64), the mean image subtracted."""
    return split.floats().flatten(1) - mean_image


data = {"X_train": prepare(digits_train), "y_train": digits_train.labels}
data |= {"X_val": prepare(digits_val), "y_val": digits_val.labels}
X_test, y_test = prepare(digits_test), digits_test.labels
print(f"training {tuple(data['X_train'].shape)}, validation {tuple(data['X_val'].shape)}, test {tuple(X_test.shape)}")

# %% [markdown]
# **Experiment.** Where to start? At zero it cannot: all hidden units would get the same gradient and stay the
# same for ever. So the weights are drawn at random, with standard deviation `std`. How large? Five runs of
# 300 steps, about a second.

# %% id="start-experiment"
histories = {}
for std in (1e-4, 1e-2, 1e-1, 1.0, 3.0):
    torch.manual_seed(0)
    net = two_layer_net.TwoLayerNet(64, 64, 10, std=std)
    stats = net.train(*data.values(), learning_rate=0.5, num_iters=300, batch_size=100)
    histories[f"std {std:g}, val {100 * stats['val_acc_history'][-1]:.0f} %"] = stats["loss_history"]
plotting.learning_curves(histories, log=True, title="Too small: a plateau. Too large: a bad start")

# %% [markdown]
# The smallest weights should stay for a hundred steps on a plateau at $\log 10 = 2.3$: where $W_2 \approx 0$,
# $dW_1$ is nearly zero, and where the hidden units are nearly zero, so is $dW_2$. The largest begin with
# confident nonsense, a loss above 100. Compare 0.1 and 1, too: the lower loss on the batches is not the
# higher accuracy on the validation set. What the net started from stays in its weights.
#
# **Experiment.** A longer run from a good start. (The training accuracy jumps, because it is that of one
# batch of 100 images.)


# %% id="digits-experiment"
def train_digits(**settings):
    """Train a net with 40 hidden units; return it and its histories."""
    torch.manual_seed(0)
    net = two_layer_net.TwoLayerNet(64, 40, 10, std=0.1)
    return net, net.train(*data.values(), num_iters=1000, batch_size=100, **settings)


digits_net, stats = train_digits(learning_rate=1.0, learning_rate_decay=0.98, reg=1e-4)
val = 100 * (digits_net.predict(data["X_val"]) == data["y_val"]).double().mean()
test = 100 * (digits_net.predict(X_test) == y_test).double().mean()
history = {"40 hidden units": (stats["train_acc_history"], stats["val_acc_history"])}
plotting.epoch_curves(history, title=f"Digits: {val:.1f} % on validation, {test:.1f} % on the test", low=60)

# %% [markdown]
# You should see about 99 % on validation and 93 % on the test. The best linear classifiers of project 1 had
# 98 % and 91 to 92 %, most of them less. (Why the test is harder, that notebook says: other hands.)
#
# **Experiment.** What has each hidden unit learned to look for? The columns of $W_1$ as images, and below
# each the share of the training images for which the unit is open.

# %% id="units-experiment"
_, hidden = two_layer_net.nn_forward_pass(digits_net.params, data["X_train"])  # (N, H)
share = 100 * (hidden > 0).double().mean(0)  # (H,)
captions = [f"{s:.0f} %" for s in share]
title = "Forty units: blue opens, orange closes"
plotting.hidden_units(digits_net.params["W1"], (8, 8), captions=captions, title=title)

# %% [markdown] id="hidden-units"
# ### In words: hidden units
#
# (a) Compare these pictures with the templates of the linear classifier: a template belongs to a class. To
# what does a hidden unit belong, and how does a class make use of it? (b) Someone starts training with *all*
# weights equal to 0.1 instead of random ones. What do the forty pictures look like after training, and why?
# (c) Two students train with different seeds and get different pictures and the same accuracy. Is one of them
# wrong? Three to six sentences.

# %% [markdown] written="two_layer_net.inline_hidden_units"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) To no class: a unit detects a piece or a contrast (a stroke here, none there) that occurs in several
# classes. A class is told by a column of $W_2$: it adds up the units that speak for it with positive weights,
# and those that speak against it with negative ones. So a class can be reached by several combinations of
# units, several "templates", and units are shared between classes.
#
# (b) All forty look the same. With equal weights all hidden units have the same value, get the same gradient
# (the columns of $dZ$ are equal) and make the same step, for ever: the net is worth one hidden unit. Random
# weights break the symmetry.
#
# (c) No. Renumbering the hidden units (the columns of $W_1$, $b_1$ and the rows of $W_2$) changes no output,
# and different starts lead to different minima that are about as good. A single unit has no meaning of its
# own that would be found again each time.
#
# *Points: 1 for shared features combined by W2; 1 for symmetry with its reason; 1 for permutation or different,
# equally good minima.*
# ### END SOLUTION

# %% [markdown] id="search-params"
# ## 6. Search
#
# There are four hyper-parameters now: learning rate, hidden size, regularization strength, decay. A grid of
# five values each would be 625 nets. So think first: which of them matter? The rate always does. Give it the
# most values, spaced by factors; start the hidden size with two far apart; for the other two, one or two will
# do. Weights start at $10^{-4}$ here, on the plateau that you have seen: rates that are too small or decay
# too quickly never leave it.
#
# **Task.** Write `nn_get_search_params` in `two_layer_net.py`: at most 25 combinations.

# %%
check("two_layer_net.nn_get_search_params")

# %% [markdown] id="find-best"
# ### All combinations
#
# **Task.** Write `find_best_net` in `two_layer_net.py`: train one net for each combination, return the one
# that is best on the validation set. (Why not the one that is best on the training set? And why not on the
# test set?)

# %%
check("two_layer_net.find_best_net")

# %% [markdown]
# **Experiment.** Your grid, by your own search. It is called with one combination at a time, so that the plot
# can follow: every dot is a net, in each panel over one of its settings. About three seconds for 16 nets.


# %% id="search"
def search(combinations, title):
    """Try combinations (rate, hidden size, reg, decay), watch, and return the best (net, accuracy in percent)."""
    best = None, -1.0
    with plotting.LiveSearch(title) as live:
        for rate, hidden, reg, decay in combinations:
            torch.manual_seed(0)
            one = ([rate], [hidden], [reg], [decay])
            net, _, accuracy = two_layer_net.find_best_net(data, lambda one=one: one)
            live.add({"learning rate": rate, "hidden units": hidden, "reg": reg, "decay": decay}, 100 * accuracy)
            best = max(best, (net, 100 * accuracy), key=lambda pair: pair[1])
    return best


# %% id="grid-experiment"
grid_net, grid_accuracy = search(product(*two_layer_net.nn_get_search_params()), "Grid")

# %% [markdown]
# Look at the columns of dots. Where they are all at the same height, the setting hardly matters, and you have
# paid for its values for nothing. Does the best value lie at the end of an axis? Then look beyond it.
#
# **Experiment.** The alternative: draw every setting at random, from wide ranges, most of them on a
# logarithmic scale. No two tries repeat a value, so that thirty tries are thirty learning rates rather than
# two. About ten seconds.


# %% id="random-experiment"
def draw():
    """One combination at random: rate 0.1 to 10, 4 to 128 hidden units, reg 1e-6 to 1e-1, decay 0.8 to 1."""
    u = torch.rand(4).tolist()
    rate, hidden = 10 ** (-1 + 2 * u[0]), round(2 ** (2 + 5 * u[1]))
    return float(f"{rate:.2g}"), hidden, float(f"{10 ** (-6 + 5 * u[2]):.2g}"), round(0.8 + 0.2 * u[3], 3)


torch.manual_seed(1)
random_net, random_accuracy = search([draw() for _ in range(30)], "Random search")

# %% [markdown]
# The first panel should show it at a glance: below a learning rate of about 1 most nets are still on the
# plateau at the end, from 1 to 8 nearly all do well, above that they break down. A regularization of 0.01 or
# more costs accuracy. Hidden size and decay are forgiving: there are good nets at all of their values.
#
# Now, once, the test set, for the better of the two:

# %% id="test-experiment"
best_net, best_accuracy = max((grid_net, grid_accuracy), (random_net, random_accuracy), key=lambda pair: pair[1])
predicted = best_net.predict(X_test)
accuracy = 100 * float((predicted == y_test).double().mean())
print(f"validation {best_accuracy:.1f} %, test {accuracy:.1f} %")
plotting.confusion_matrix(y_test, predicted, title=f"The best net on the test: {accuracy:.1f} % right")

# %% [markdown] id="shapes"
# ## 7. Where it fails
#
# **Experiment.** `shapes`: colour pictures of objects anywhere, validated by scene. The linear classifier got
# about a third of them right. About five seconds.


# %% id="shapes-train"
def train_on(pictures, test, hidden=64):
    """Train a net on pictures of 3 x 32 x 32; return the net, its accuracies by epoch, and that on the test (%)."""
    part, held = split_validation(pictures, 0.2)
    mean = part.floats().flatten(1).mean(0)
    X, X_val, X_new = (s.floats().flatten(1) - mean for s in (part, held, test))
    torch.manual_seed(0)
    net = two_layer_net.TwoLayerNet(X.shape[1], hidden, len(pictures.classes), std=0.003)
    stats = net.train(X, part.labels, X_val, held.labels, learning_rate=0.1, reg=0.01, num_iters=1200, batch_size=100)
    right = (net.predict(X_new) == test.labels).double().mean()
    return net, (stats["train_acc_history"], stats["val_acc_history"]), 100 * float(right)


# %% id="shapes-experiment"
net, history, accuracy = train_on(load("shapes").first(5000), load("shapes", "test"))
plotting.epoch_curves({"64 hidden units": history}, title=f"Shapes: {accuracy:.0f} % on the test", low=0)
plotting.hidden_units(net.params["W1"][:, :30], (3, 32, 32), title="Thirty of its hidden units")

# %% [markdown]
# You should see about 38 % on the test: a few points more than the linear classifier's third. Training and
# validation part ways: the net begins to learn pictures by heart. Many of its units are discs and rings of
# some colour in the middle of the picture, where most objects are. Each is tied to its place; an object that
# lies elsewhere is met by other units, or by none.
#
# The same on photographs, where you have them. CIFAR-10 and PROPS are too large to be shipped;
# `load("cifar10")` downloads the first (170 MB).

# %% id="photographs"
for name in ("cifar10", "props"):
    try:
        pictures, test = load(name, limit=5000, download=False), load(name, "test", limit=2000, download=False)
    except DatasetError:
        print(f"{name} is not in the folder data/")
        continue
    _, history, accuracy = train_on(pictures, test)
    plotting.epoch_curves({name: history}, title=f"{pictures.info.title}: {accuracy:.0f} % on the test", low=0)

# %% [markdown] id="next"
# ## What next?
#
# The gradient of this network fits on half a page. For five layers, with dropout between them, it would not,
# and nobody wants to derive it again for each new network. `fully_connected_networks.ipynb` takes it apart
# into layers that each know their own gradient, and puts networks of any depth together from them.

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
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="two_layer_net")
