# %% [markdown] id="title"
# {{badge}}
#
# # Transfer learning
#
# You have 40 photographs and a task. A network that starts from nothing learns the 40 by heart and nothing else. But
# somebody has trained a network on another task, with thousands of images, and what its first layers have learned
# (edges, corners, textures) is not about that task alone. Take off its head, put on a new one, and decide how much of
# the rest may move. In practice nearly every network is made this way.
#
# ![Four panels of bars: a similar and a different task, ten images a class and all of them; a linear probe, the last
# stage, everything, from scratch. On the similar task the network from scratch is the worst, on the different one the
# linear probe is; to train the last stage is good everywhere.](images/transfer_opening.png)
#
# **By the end** you will have written the four functions that this takes, met the trap that frozen layers are not
# frozen, and filled the table that says what to do with much or little data, on a similar or another task.
#
# | | |
# | --- | --- |
# | Time | two to three hours; the notebook itself runs in about two minutes on a CPU |
# | You need | projects 2 to 4: SGD with momentum, batch norm in train and test mode |
# | You write | in section 3 of `architectures.py`: four questions, 13 points, and one answer in words, 3 points |

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
# You write your code in `architectures.py`, at the path above, in its third section. Save it, and the next cell that
# you run uses the new version.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% id="imports"
import torch

from deeprob import plotting
from deeprob.datasets import load
from deeprob.training import accuracy
from deeprob.transfer import (
    OLD_CLASSES,
    chosen_classes,
    digits_task,
    shapes_task,
    trained_network,
    untrained_network,
)

torch.set_num_threads(1)  # these networks are small: more threads would only wait for one another
arch = workspace.exercise("architectures")  # your file

# %% [markdown] id="pretrained-text"
# ## 1. A network that knows something
#
# `trained_network()` is a small VGG with batch norm: three stages of two convolutions, an average, one linear layer;
# 72,000 parameters. It was trained on six of the ten classes of `shapes`: discs, rings and squares, in 30 epochs on
# 6,000 images, a few minutes on a CPU. Its weights come with the kit, in `deeprob/weights/`.

# %% id="pretrained"
network = trained_network()
X_old, y_old = chosen_classes(load("shapes", "test"), OLD_CLASSES)
print("children:", ", ".join(name for name, _ in network.named_children()))
print(f"{accuracy(network, X_old, y_old):.1f} % of the test images of its own six classes are right")

# %% [markdown]
# Two tasks that it has never seen. *Similar*: the four other classes, crosses and stars. *Different*: handwritten
# digits, blown up to $32 \times 32$.

# %% id="tasks"
similar, different = shapes_task(), digits_task()
for title, task in (("Similar: crosses and stars", similar), ("Different: handwriting", different)):
    rows = [int((task.y == label).nonzero()[0]) for label in range(min(len(task.classes), 8))]
    pictures = (task.X[rows] + 0.5).clamp(0, 1)
    plotting.image_grid(pictures, [task.classes[r] for r in range(len(rows))], title=title)

# %% [markdown] id="head"
# ## 2. A new head
#
# The last layer maps 64 features to six scores. Nothing of it is of use for four other classes; all the rest may be.
# *In place* means that the model itself is changed: its last `nn.Linear`, wherever it lies, is taken out and a new one
# put there. `model.named_modules()` goes through all modules at all depths, with names such as `classifier.6`;
# `model.get_submodule(name)` finds one by its name, and `setattr` replaces a child.
#
# A new layer is made in float32, on the CPU, and trainable. Which of these three is right whatever the model is?
#
# **Task.** Write `replace_head` in `architectures.py`.

# %%
check("architectures.replace_head")

# %% [markdown]
# **Experiment.** What does the network say of crosses and stars, with its old head and with an untrained new one?

# %% id="head-experiment"
old_scores = trained_network()(similar.X_test[:400]).softmax(1).detach()
names = [load("shapes").classes[c] for c in OLD_CLASSES]
for number, name in enumerate(similar.classes):
    mean = old_scores[similar.y_test[:400] == number].mean(0)
    print(f"{name:>14}: the old head says {names[int(mean.argmax())]} ({100 * float(mean.max()):.0f} %)")
torch.manual_seed(0)
fresh = arch.replace_head(trained_network(), 4)
print(f"a new head, untrained: {accuracy(fresh, similar.X_test, similar.y_test):.0f} % right; by chance 25 %")

# %% [markdown]
# The old head should name classes of its own that are near, a checked square for a checked cross: the features see
# something. The new head knows nothing yet.

# %% [markdown] id="freeze"
# ## 3. Freeze, and what is not frozen
#
# To keep what the first stages know, do not let the optimizer change them: `requires_grad = False` on their parameters.
# Then autograd computes no gradients for them, and stops where nothing below needs any, which also saves time.
#
# Is the stage frozen then? Its parameters are. But batch norm has two more tensors, its running mean and variance. They
# are *buffers*, not parameters; no gradient touches them, and every forward pass in train mode moves them:
#
# $$\text{running} \leftarrow m \cdot \text{running} + (1 - m) \cdot \text{batch} .$$
#
# So a frozen part must be in eval mode, too, and it must stay there.
#
# **Task.** Write `freeze` in `architectures.py`. A module has `requires_grad_(...)`, with an underscore, for all of its
# parameters. (To *set* `module.requires_grad` makes an attribute that means nothing, without an error.)

# %%
check("architectures.freeze")

# %% [markdown]
# **Experiment.** Freeze everything but the head, then call `model.train()`, as most training loops do. Now show the
# network some of the digits, without any training, and ask again for its old classes.

# %% id="freeze-experiment"
for careless in (False, True):
    network = trained_network()
    names = arch.freeze(network, "flatten")
    if careless:
        network.train()
    with torch.no_grad():
        for batch in different.X[:640].split(64):
            network(batch)
    right = accuracy(network, X_old, y_old)
    print(f"{len(names)} frozen parameters, {'train' if careless else 'eval'} mode: {right:.1f} % of the old classes")

# %% [markdown]
# Ten batches without a single step of the optimizer should cost the careless network dozens of points: no parameter has
# moved, and yet it is another network.

# %% [markdown] id="probe"
# ## 4. The linear probe
#
# The cheapest way: everything is frozen but a new head. What it reaches tells how much of the new task can be read off
# the old features by a linear classifier: hence *probe*.
#
# **Task.** Write `linear_probe` in `architectures.py`. In which order do you freeze and replace?

# %%
check("architectures.linear_probe")

# %% [markdown]
# **Experiment.** The 64 features of images of the four new classes, before any training, on the plane of their two
# largest directions.

# %% id="probe-experiment"
probe = arch.linear_probe(trained_network(), 4)
trainable = sum(p.numel() for p in probe.parameters() if p.requires_grad)
print(f"{trainable} of {sum(p.numel() for p in probe.parameters()):,} parameters are trainable")
alt = "Features of both tasks on a plane: the classes of shapes partly apart, those of the digits mixed"
with plotting.figure(8.6, 3.3, alt=alt, columns=2) as axes:
    for ax, task in zip(axes, (similar, different), strict=True):
        features = probe[:-1](task.X_test[:300]).detach()
        _, _, directions = torch.pca_lowrank(features, q=2)
        places = (features - features.mean(0)) @ directions
        for label, name in enumerate(task.classes):
            ax.plot(*places[task.y_test[:300] == label].T.numpy(), "o", markersize=3, label=name)
        ax.set(title=task.name, xlabel="first direction", ylabel="second direction")
        ax.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))

# %% [markdown]
# Two of 64 dimensions show little. Still, the classes of shapes should lie in clouds of their own, more or less, and
# the digits in a jumble.

# %% [markdown] id="tune"
# ## 5. Fine-tuning
#
# Now the loop that trains what may be trained, and leaves the rest alone. It is the loop of project 2, with autograd:
#
# $$v \leftarrow \mu v + \nabla_w L, \qquad w \leftarrow w - \eta\, v,$$
#
# for those parameters that require a gradient. Two things are new. Modes: what trains is in train mode, what is
# frozen in eval mode, batch norm *and* dropout; so a plain `model.train()` is not enough. And the end: the model comes
# back in eval mode, ready to be used.
#
# **Task.** Write `fine_tune` in `architectures.py`. Each epoch draws a new order (`torch.randperm`), and the last batch
# may be smaller.

# %%
check("architectures.fine_tune")

# %% [markdown]
# **Experiment.** Forty images, ten of each class. The probe, and the same network from scratch.

# %% id="tune-experiment"
few = similar.first(10)
curves = {}
for name, net in (("linear probe", arch.linear_probe(trained_network(), 4)), ("from scratch", untrained_network(4))):
    torch.manual_seed(0)
    curves[name] = arch.fine_tune(net, few.X, few.y, epochs=40, batch_size=16, learning_rate=0.05)
    seen, new = accuracy(net, few.X, few.y), accuracy(net, few.X_test, few.y_test)
    print(f"{name}: {seen:.0f} % of the 40 images, {new:.0f} % of the test images")
plotting.learning_curves(curves, title="Forty images", smooth=10)

# %% [markdown]
# From scratch the forty images should be learned just as well, and the test images less: 72,000 parameters from 40
# images. The probe has 260 to learn, on features that others paid for.

# %% [markdown] id="table"
# ## 6. The table
#
# How much may move? Four ways, from nothing to everything:
#
# | | features | head |
# | --- | --- | --- |
# | linear probe | frozen | new |
# | last stage | `stage1` and `stage2` frozen, `stage3` trained on | new |
# | everything | all trained on | new |
# | from scratch | random at the start | new |
#
# **Experiment.** On the similar and on the different task, with ten images a class and with all. About a minute and a
# half.

# %% id="table-setup"
def probe_of(task):
    return arch.linear_probe(trained_network(), len(task.classes))


def last_stage(task):
    network = arch.replace_head(trained_network(), len(task.classes))
    arch.freeze(network, "stage2")
    return network


def everything(task):
    return arch.replace_head(trained_network(), len(task.classes))


def scratch(task):
    return untrained_network(len(task.classes))


WAYS = {"linear\nprobe": (probe_of, 0.05), "last\nstage": (last_stage, 0.02), "all of it": (everything, 0.02)}
WAYS |= {"from\nscratch": (scratch, 0.05)}

# %% id="table-runs-setup"
def compare(task, epochs, batch_size):
    """The test accuracy of each way."""
    reached = {}
    for way, (make, rate) in WAYS.items():
        torch.manual_seed(0)
        net = make(task)
        arch.fine_tune(net, task.X, task.y, epochs=epochs, batch_size=batch_size, learning_rate=rate)
        reached[way] = accuracy(net, task.X_test, task.y_test)
    return reached


# %% id="table-experiment"
TASKS = {"similar: crosses and stars": (similar, 3), "different: digits": (different, 6)}
results = {(name, "ten images a class"): compare(task.first(10), 40, 16) for name, (task, _) in TASKS.items()}
print("ten images a class: done")
results |= {(name, "all images"): compare(task, epochs, 50) for name, (task, epochs) in TASKS.items()}
print(f"all images ({len(similar.X):,} and {len(different.X):,}): done")

# %% id="table-plot"
plotting.transfer_table(results, title="How much should move?")

# %% [markdown]
# What should be seen: on the similar task, all that starts from the trained network beats the one from scratch, by far
# with ten images a class. The probe is good there, and poor on digits, however many there are: a linear classifier
# cannot make pen strokes out of features for textures. The two first stages are of use for both. With all digits the
# network from scratch comes close. To train everything is not always best: here, on the similar task, the first stages
# are good as they are, and a few epochs with a large learning rate unlearn more than they gain.
#
# **Experiment.** What was forgotten? The last stage of the network was trained for crosses and stars. Give it back its
# old head.

# %% id="forgetting-experiment"
for way, (make, rate) in list(WAYS.items())[:3]:
    torch.manual_seed(0)
    net = make(few)
    arch.fine_tune(net, few.X, few.y, epochs=40, batch_size=16, learning_rate=rate)
    net.fc = trained_network().fc
    name = way.replace("\n", " ")
    print(f"{name:>12}: {accuracy(net, X_old, y_old):.1f} % of the test images of the old six classes")

# %% [markdown]
# The probe forgets nothing: its features are those of before, to the last bit. The others should lose some of what they
# knew, the more the more may move, and this with only forty images. In longer training little is left: this is called
# *catastrophic forgetting*.

# %% [markdown] id="transfer-words"
# ### In words: what would you do?
#
# (a) You have 200 photographs of two kinds of moss, and a network trained on ImageNet. Which of the four ways, and why?
# (b) The same with 50,000 X-ray images. (c) A colleague freezes the body by `requires_grad = False`, calls
# `model.train()` at the start of each epoch, and reports a good validation accuracy, measured in train mode with
# batches of 64. In use, one image at a time in eval mode, the network is bad. Give two reasons. Four to six sentences.

# %% [markdown] written="architectures.inline_transfer"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) Little data, similar task (ImageNet is full of plants and textures): a linear probe, or perhaps the last stage
# with a small learning rate. 200 images cannot determine millions of parameters, and the features are good already.
#
# (b) Much data, another task: fine-tune everything, starting from the trained weights. The first layers (edges) are
# still a good start, the later ones have to change; with 50,000 images there is little danger of learning them by
# heart. From scratch would also be possible, but takes longer.
#
# (c) In train mode the frozen batch norms use the statistics of the batch, so that the head has learned from features
# that were normalized by their own batch; in eval mode the running statistics take their place. And these have moved
# during training, away from what the frozen weights were trained with (with the usual momentum, towards the last
# batches alone). Measured in train mode, an image is also helped by the other 63. The remedy: frozen parts in eval
# mode, and validation in eval mode.
#
# *Points: 1 each for (a) and (b) with a reason from both data and task; 1 for two reasons in (c).*
# ### END SOLUTION

# %% [markdown] id="next"
# ## What next?
#
# So far somebody has always said what the network looks like. In the last notebook a program looks for one, under a
# budget; and then you build your own, train it, and hand in its weights.

# %% [markdown] id="finish"
# ## Check everything, and hand in
#
# All visible checks of all four notebooks, on this machine's own device: the GPU where there is one.

# %% id="check-all"
check.all(device="auto")

# %% [markdown]
# Fill in your name and id at the top, save this notebook, and build the file to hand in. It says what is
# still missing.

# %% id="hand-in"
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="transfer_learning")
