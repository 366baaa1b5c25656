# %% [markdown] id="title"
# {{badge}}
#
# # Architecture search, and a network of your own
#
# From LeNet to ResNet, people have thought about what a network should look like. But it can also be tried: describe
# networks by a few words, draw some at random, train each a little, keep what is good. Thinking has not become
# superfluous, for somebody has to say what may be drawn, and somebody has to pay. In the second half it is your turn:
# a network of your own, under a budget, whose trained weights you hand in.
#
# ![Three cells as small graphs of four nodes, whose edges are convolutions, pools and skips; a histogram of what three
# hundred cells cost, and the budget.](images/search_opening.png)
#
# **By the end** you will have watched a random and an evolutionary search spend the same budget, and handed in a
# network that names the class of images that nobody has seen.
#
# | | |
# | --- | --- |
# | Time | two to four hours; the notebook itself runs in about two minutes on a CPU |
# | You need | the blocks of `architectures.ipynb`, the counting of `accounting.ipynb` |
# | You write | `shapes_network` in section 3 of `architectures.py`: 5 points, for the network and its trained weights |

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
# You write your code in `architectures.py`, at the path above. Save it, and the next cell that you run uses the new
# version.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% id="imports"
import random

import torch

from deeprob import plotting
from deeprob.architecture_search import (
    EDGES,
    OPERATIONS,
    count_multiply_adds,
    count_parameters,
    decode,
    evolutionary_search,
    random_cell,
    random_search,
)
from deeprob.datasets import load, split_validation
from deeprob.training import accuracy, train

arch = workspace.exercise("architectures")  # your file

# %% [markdown] id="space"
# ## 1. A space of networks
#
# A *cell* has four nodes: the input, the output, and two between them. From each node an edge leads to each later one,
# six edges in all, and on each edge stands one of five operations; a node is the sum of what its edges bring. A network
# is a convolution, then three stages of the same cell, with a convolution of stride 2 between them, then an average and
# a linear layer. So six words are a network:
#
# $$5^6 = 15{,}625 \text{ cells}, \qquad \text{node}_j = \sum_{i < j} \text{op}_{ij}(\text{node}_i).$$
#
# Small as it is, the space holds old acquaintances. Which six words are a plain block of two convolutions, and which
# a residual one?

# %% id="space-look"
rng = random.Random(7)
cells = {"plain": ("conv3", "none", "conv3", "none", "none", "skip")}
cells |= {"residual": ("conv3", "none", "conv3", "skip", "none", "skip")}
cells |= {"drawn at random": random_cell(rng), "another": random_cell(rng)}
plotting.cell_graphs(cells, title="Four of 15,625")

# %% [markdown]
# What a cell costs is known before it is trained. For images of $8 \times 8$, with four channels in the first stage:

# %% id="space-costs"
for name, cell in cells.items():
    net = decode(cell, channels=4, stem_stride=1)
    multiply_adds, parameters = count_multiply_adds(net, (3, 8, 8)), count_parameters(net)
    print(f"{name:>15}: {multiply_adds:>7,} multiply-adds, {parameters:>6,} parameters")
print(f"\n{len(OPERATIONS)} operations, {len(EDGES)} edges")

# %% [markdown] id="evaluate"
# ## 2. What is a cell worth?
#
# To know it, one would have to train its network to the end, for each of them. Nobody does: a small version on few
# images for a short time has to do, and one hopes that the order stays. Here: two epochs on a part of the digits, twice
# with other random weights, and the mean accuracy on the rest. That is half a second a cell.

# %% id="evaluate-setup"
part, held = split_validation(load("digits"), 0.3)
(X, y), (X_val, y_val), (X_test, y_test) = (
    ((split.floats() - 0.5).expand(-1, 3, -1, -1).contiguous(), split.labels)
    for split in (part, held, load("digits", "test"))
)
BUDGET, TRIALS = 75_000, 30  # multiply-adds for one image; cells that each search may train


def evaluate(cell, seeds=(0, 1), epochs=2):
    """The mean validation accuracy of the cell's network, in percent."""
    reached = []
    for seed in seeds:
        torch.manual_seed(seed)
        net = decode(cell, channels=4, stem_stride=1)
        train(net, X, y, epochs=epochs, batch_size=32, learning_rate=0.1, seed=seed, verbose=False)
        reached.append(accuracy(net, X_val, y_val))
    return sum(reached) / len(reached)


def cost(cell):
    return count_multiply_adds(decode(cell, channels=4, stem_stride=1), (3, 8, 8))


# %% [markdown]
# How far can such a number be trusted? The same cell, with six seeds.

# %% id="noise"
torch.set_num_threads(1)  # tiny networks: more threads would only wait for one another
for name in ("plain", "residual"):
    values = [evaluate(cells[name], seeds=(seed,)) for seed in range(6)]
    print(f"{name:>9}: {', '.join(f'{v:.1f}' for v in values)}   mean {sum(values) / 6:.1f}")

# %% [markdown]
# The plain cell should differ by ten points or more from seed to seed, the residual one by one or two: another virtue
# of the way around. Between two good cells, then, one point means nothing, and the best of thirty owes a
# part of its number to luck. Remember this when you read of a search that found something better by 0.3 %.

# %% [markdown] id="search"
# ## 3. Two searches
#
# *Random search* draws a cell, looks whether it fits the budget, trains it; thirty times.
#
# *Evolution* begins with eight random cells. Then: draw three of the eight, take the best of them, change one of its
# six words, train the child, put it in; and the *oldest* of the eight dies, not the worst. So a cell that was merely
# lucky dies out, unless its children do well, too.
#
# Both may train thirty cells of at most 75,000 multiply-adds. About half a minute.

# %% id="search-run"
with plotting.LiveTrials("The same budget for both", BUDGET) as live:
    drawn = random_search(evaluate, TRIALS, BUDGET, seed=1, watch=live.watch("random"), cost=cost)
    evolved = evolutionary_search(evaluate, TRIALS, BUDGET, seed=2, watch=live.watch("evolution"), cost=cost)

# %% [markdown]
# The dots of the evolution should move up from left to right: children resemble their parents, and the average gets
# better. The best of it is not much above the best of the random search, though. In a small space, with a noisy
# measure, random search is hard to beat: that is the first thing to compare any clever method with.
#
# What came out? The best of each are trained for longer now, with new seeds, and tested on images that no search has
# seen; beside them the residual cell.

# %% id="best-look"
best = {name: max(trials, key=lambda t: t.accuracy) for name, trials in (("random", drawn), ("evolution", evolved))}
found = {f"{name}: {trial.accuracy:.1f} %": trial.cell for name, trial in best.items()}
plotting.cell_graphs(found, title="The best of thirty, and what they were measured at")

# %% id="best-test"
for name, cell in ({n: t.cell for n, t in best.items()} | {"residual": cells["residual"]}).items():
    tested = []
    for seed in (10, 11, 12):
        torch.manual_seed(seed)
        net = decode(cell, channels=4, stem_stride=1)
        train(net, X, y, epochs=8, batch_size=32, learning_rate=0.1, seed=seed, verbose=False)
        tested.append(accuracy(net, X_test, y_test))
    print(f"{name:>10}: {sum(tested) / 3:.1f} % of the test digits, {cost(cell):,} multiply-adds")

# %% [markdown]
# With eight epochs the three should be close together, or have changed places: what is best after two epochs on small
# images need not be best after eight. A search finds what it is measured by.

# %% [markdown] id="own"
# ## 4. Your own network
#
# Now for all ten classes of `shapes`, $32 \times 32$ pixels in colour. The rules:
#
# | | |
# | --- | --- |
# | takes | (N, 3, 32, 32), values from 0 to 1 |
# | gives | ten scores an image |
# | at most | 300,000 parameters and 30 million multiply-adds an image |
# | you hand in | `shapes_network` in `architectures.py`, and its trained weights in `shapes_network.pt` |
# | points | for 50 % of new images right, and for 60 % |
#
# New images: grading draws 600 that nobody has seen, your network names their classes, and the grader counts. What you
# report yourself plays no part. Where to begin? A linear classifier reaches 39 %, two layers 49 %, LeNet's kind 58 %,
# three convolutions with batch norm 69 %, and the smallest ResNet 80 %, given enough epochs. From the race in
# `architectures.ipynb` you know which blocks learn fast. A cell of this notebook will do as well:
# `decode(cell, channels=24)`.
#
# **Task.** Write `shapes_network` in `architectures.py`. First see what it costs.

# %% id="own-cost-experiment"
candidate = arch.shapes_network()
multiply_adds = count_multiply_adds(candidate) / 1e6
print(f"{count_parameters(candidate):,} parameters of 300,000, {multiply_adds:.1f} M multiply-adds of 30 M")

# %% [markdown]
# Then train it. A part of the images is kept for validation, whole scenes (see `data/README.md`), so that the number at
# the end is honest. `train` knows SGD and, with `adam=True`, AdamW, with which 0.003 is a good learning rate to start
# from. `augment=True` mirrors and shifts the images: slower at first, better in a long run. `deeprob/training.py` is
# short; copy the loop if you want another one.
#
# How long it takes depends on your network: sixteen epochs at 3 M multiply-adds less than a minute, at 30 M some
# minutes. First try two epochs.

# %% id="own-train-experiment"
HOW = {"epochs": 16, "batch_size": 100, "learning_rate": 0.003, "adam": True, "augment": True}
torch.manual_seed(0)
own = arch.shapes_network()
kept, held_out = split_validation(load("shapes"), 0.1)
validation = held_out.floats(), held_out.labels
history = train(own, kept.floats(), kept.labels, **HOW, validation=validation, name="your network")
print(", ".join(f"{right:.1f}" for right in history.accuracies), "% of the validation images after each epoch")

# %% [markdown]
# Save the weights beside `architectures.py`, where the check and the hand-in find them. Only the `state_dict` is saved:
# names and tensors. The network itself is made by your function.

# %% id="own-save-experiment"
path = workspace.folder / "shapes_network.pt"
torch.save(own.state_dict(), path)
print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")

# %%
check("architectures.shapes_network")

# %% [markdown]
# **Experiment.** What does it confuse? On the test images.

# %% id="confusion-experiment"
test = load("shapes", "test")
with torch.no_grad():
    guesses = torch.cat([own(images).argmax(1) for images in test.floats().split(250)])
right = 100 * float((guesses == test.labels).float().mean())
print(f"{right:.1f} % of the test images")
plotting.confusion_matrix(test.labels, guesses, classes=test.classes, title="What is taken for what")

# %% [markdown]
# Off the diagonal the largest numbers should stand beside it: neighbouring classes share an outline or a texture. To
# tell a striped disc from a striped ring, a network must see both, and where they are together.
#
# If you are below the threshold, or want to know how far it goes: train longer, look at where your multiply-adds sit,
# and spend them elsewhere. A small residual network gets above 80 % in twenty epochs.

# %% [markdown] id="next"
# ## What next?
#
# This was the last notebook of the project. You have built, counted, trained, reused and searched; what a network sees
# is no longer the question, but what it is to be asked.

# %% [markdown] id="finish"
# ## Check everything, and hand in
#
# All visible checks of all four notebooks, on this machine's own device: the GPU where there is one.

# %% id="check-all"
check.all(device="auto")

# %% [markdown]
# Fill in your name and id at the top, save this notebook, and build the file to hand in; `shapes_network.pt` is packed
# with it. It says what is still missing.

# %% id="hand-in"
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="architecture_search")
