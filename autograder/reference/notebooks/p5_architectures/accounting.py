# %% [markdown] id="title"
# {{badge}}
#
# # What a network costs
#
# Before a network is trained, it can be counted. How large is what comes out of each layer, how far does a number in
# it see, how much memory does it take, how many parameters, how many multiplications? All of this follows from a dozen
# integers, without a single image. The architects of AlexNet, VGG and GoogLeNet worked with such tables, and so does
# everybody who has to fit a network into a phone. They are easy to get wrong: the lecture's own tables have slips, and
# in this notebook you will find them.
#
# ![Bars for each layer of AlexNet and of VGG-16. Memory sits in the first layers, the multiply-adds in the
# convolutions, more than half of the parameters in fc6. Below, the receptive field grows from layer to layer:
# AlexNet's in large steps to 195 pixels, VGG-16's in small ones to 212.](images/accounting_opening.png)
#
# **By the end** you will have written five functions that turn a list of layers into its table, checked three tables
# of the lecture to the digit, found five places where they do not agree, and seen where in a network the costs sit.
#
# | | |
# | --- | --- |
# | Time | two to three hours; the notebook itself runs in half a minute on a CPU |
# | You need | project 3: convolution, padding, stride, pooling |
# | You write | section 1 of `architectures.py`: five questions, 23 points, and one answer in words, 3 points |

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
# You write your code in `architectures.py`, at the path above. Save it, and the next cell that you run uses
# the new version. There is nothing to restart. All four notebooks of this project share the file; this one is about
# its first section.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% id="imports"
from deeprob import plotting
from deeprob.layer_lists import SLIDES, alexnet, blocks, googlenet_stem, lenet5, stack, vgg
from deeprob.plotting.accounting import CostTable, cost_profiles, fields_by_layer, output_sizes
from deeprob.widgets import architecture_explorer

arch = workspace.exercise("architectures")  # your file

# %% [markdown] id="sizes"
# ## 1. How large is what comes out?
#
# A kernel of $K$ pixels slides over $N$ pixels, with $P$ zeros on each side, $S$ pixels at a time. It begins at
# the left border; how many more steps of $S$ fit until it reaches the right one? There are $N + 2P - K$ pixels left to
# walk, so
#
# $$N' = \left\lfloor \frac{N + 2P - K}{S} \right\rfloor + 1 .$$
#
# The $+1$ is the place where it begins. If the last step does not fit, it is not made, and up to $S - 1$ pixels at
# the right are never looked at: hence the floor. Height and width are two calculations of the same kind.
#
# **Task.** Write `conv_output_size` in `architectures.py`.

# %%
check("architectures.conv_output_size")

# %% [markdown]
# **Experiment.** Seven convolutions of $5 \times 5$ without padding, one after the other, on 32 pixels. How long does
# the image last?

# %% id="shrink-experiment"
bare = padded = 32
print("layer  without padding  with a padding of 2")
for layer in range(1, 8):
    bare, padded = arch.conv_output_size(bare, 5), arch.conv_output_size(padded, 5, pad=2)
    print(f"{layer:5} {bare:16} {padded:20}")

# %% [markdown]
# Each layer takes 4 pixels away, and after seven of them 4 are left: without padding no network on small images can be
# deep. With $P = (K - 1) / 2$ the size stays.
#
# **Experiment.** AlexNet begins with a kernel of 11 and a stride of 4. Its paper says that the images have 224
# pixels and that the first layer gives $55 \times 55$. The lecture's table says 227 pixels, and 56. Who is right?

# %% id="stairs-experiment"
inputs = range(216, 236)
found = {f"padding {pad}": {n: arch.conv_output_size(n, 11, 4, pad) for n in inputs} for pad in (0, 2)}
for n in (224, 227):
    print(f"{n} pixels: " + ", ".join(f"{name} gives {sizes[n]}" for name, sizes in found.items()))

# %% id="stairs-plot"
output_sizes(found, title="Each step of the stairs is four pixels wide", marked=(224, 227))

# %% [markdown]
# You should see stairs: four inputs in a row have the same output. Keep the four numbers in mind; you will need them
# in section 4.

# %% [markdown] id="pools"
# ### Pools
#
# A pool slides a window in the same way, with two habits of its own. Without a stride, the windows stand side by
# side: the stride is the kernel's size. And some networks do not want to lose the pixels at the right: with `ceil_mode`
# the quotient is rounded *up*, and the last window reaches beyond the border. There is one catch. A window that begins
# behind the last pixel of the image, in the padding or beyond it, would pool nothing, and does not count.
#
# **Task.** Write `pool_output_size` in `architectures.py`.

# %%
check("architectures.pool_output_size")

# %% [markdown]
# **Experiment.** GoogLeNet pools with a window of 3 and a stride of 2, and its sizes are 112, 56, 28, 14, 7. Some
# implementations pad by 1, some round up. Is that the same?

# %% id="pools-experiment"
print("size  as it is  padded by 1  rounded up")
for size in (112, 56, 28, 14, 55, 27):
    plain, padded = arch.pool_output_size(size, 3, 2), arch.pool_output_size(size, 3, 2, pad=1)
    print(f"{size:4} {plain:9} {padded:12} {arch.pool_output_size(size, 3, 2, ceil_mode=True):11}")

# %% [markdown]
# For even sizes both should halve the image; as it is, a pixel is missing. For odd ones they differ: 55 pixels,
# which is what AlexNet has, give 27 without either, and 28 with padding. The size alone tells only half: padded windows
# begin one pixel further to the left, so weights that were trained with one cannot simply be used with the other.

# %% [markdown] id="field"
# ## 2. How far does it see?
#
# A number in the first layer depends on $K_1$ pixels in each direction. A number in the second depends on $K_2$
# neighbours in the first layer, each of which sees $K_1$ pixels, and next to one another they see nearly the same: each
# further neighbour adds as many pixels as lie between them. That distance is 1 at first, and each stride below
# multiplies it:
#
# $$R = 1 + \sum_{l} (K_l - 1) \prod_{i < l} S_i .$$
#
# Mind the product: it runs over the layers *below* layer $l$. A layer's own stride makes no difference for itself.
#
# **Task.** Write `receptive_field` in `architectures.py`. What a layer's dict looks like is said at the top of the
# section.

# %%
check("architectures.receptive_field")

# %% [markdown]
# **Experiment.** The receptive field after each layer of LeNet-5, AlexNet and VGG-16, as long as there are images.


# %% id="field-setup"
def field_after_each(layers):
    """The receptive field after layer 1, 2, ... of the part of a network that works on images."""
    images = [layer for layer in layers if layer["kind"] in ("conv", "max_pool")]
    return [arch.receptive_field(images[: n + 1]) for n in range(len(images))]


# %% id="field-experiment"
networks = {"AlexNet": alexnet(), "VGG-16": vgg("D"), "LeNet-5": lenet5()}
fields = {name: field_after_each(layers) for name, (layers, _) in networks.items()}
for name, values in fields.items():
    print(f"{name}: {values}")

# %% id="field-plot"
fields_by_layer(fields, title="Pools and strides make the field grow faster and faster", size=224)

# %% [markdown]
# LeNet's last pool should see 16 of 28 pixels, AlexNet's 195 and VGG's 212 of 224. VGG, with nothing but
# $3 \times 3$, begins far slower, and bends upwards with each pool: one layer of $3 \times 3$ adds 2 pixels at the
# bottom and 32 at the top. No number of these three networks sees a whole image until the linear layers put them
# together.

# %% [markdown] id="cost"
# ## 3. What does a layer cost?
#
# Three kinds of cost, and the bottleneck is now this one, now that:
#
# | | convolution, $C \to C'$ channels, $G$ groups | linear, $D \to M$ |
# | --- | --- | --- |
# | output | $C' \times H' \times W'$ | $M$ |
# | memory (KB) | $4\, C' H' W' / 1024$ | $4\, M / 1024$ |
# | parameters | $C' \cdot \frac{C}{G} K^2 + C'$ | $D M + M$ |
# | multiply-adds | $C' H' W' \cdot \frac{C}{G} K^2$ | $D M$ |
#
# Memory is what the layer hands on and what backpropagation has to keep, for each image of the batch; a float32 number
# takes 4 bytes, and 1 KB is 1024 bytes. A multiply-add is one product that is added to a sum; it counts once (others
# count it as two operations: check before you compare). The biases are left out of that column, as in the lecture.
#
# A pool has no parameters. For its operations we follow the lecture, too: $K^2$ for each number of its output.
#
# **Task.** Write `layer_cost` in `architectures.py`, for all six kinds of layers.

# %%
check("architectures.layer_cost")

# %% [markdown]
# **Experiment.** Two layers of $3 \times 3$ see 5 pixels, as one of $5 \times 5$ does; three see 7. What is the
# difference in weights, on $C$ channels everywhere and without biases?

# %% id="small-experiment"
C, weights = 64, {}
for count, kernel in ((1, 5), (2, 3), (1, 7), (3, 3)):
    layers, shape = stack(count, kernel, C)
    parameters = sum(arch.layer_cost({**layer, "input_shape": shape})[2] for layer in layers)
    weights[f"{count} of {kernel} × {kernel}\n(sees {arch.receptive_field(layers)})"] = parameters / C**2
plotting.bars(weights, title="Small kernels see as much for less", ylabel="weights / C²")

# %% [markdown]
# You should read $25\, C^2$ against $18\, C^2$, and $49\, C^2$ against $27\, C^2$: VGG's argument. The multiply-adds
# are in the same proportion, and there are two or three nonlinearities in place of one. What becomes larger?
#
# **Experiment.** Three designs that keep the costs in hand. VGG doubles the channels where it halves the image;
# ResNet's bottleneck leads through a quarter of the channels; and groups let a filter see a part of the channels only.


# %% id="design-setup"
def multiply_adds(layers, shape):
    """The multiply-adds of layers that keep the size of the image, one after the other."""
    total = 0
    for layer in layers:
        shape, _, _, operations = arch.layer_cost({**layer, "input_shape": shape})
        total += operations
    return total


# %% id="design-experiment"
C, H = 64, 28
networks = {
    "3 × 3 on C channels of 2H × 2W": stack(1, 3, C, size=2 * H),
    "3 × 3 on 2C channels of H × W": stack(1, 3, 2 * C, size=H),
    **{f"{name} block on {shape[0]} channels": (layers, shape) for name, (layers, shape) in blocks(C, H).items()},
}
for groups in (1, 4, C):
    (layer,), shape = stack(1, 3, C, size=H)
    networks[f"3 × 3 on C channels, groups: {groups}"] = [{**layer, "groups": groups}], shape
for name, network in networks.items():
    print(f"{name:33} {multiply_adds(*network) / (C * C * H * H):6.2f} HWC²")

# %% [markdown]
# The first two should be equal, $36\, HWC^2$: a layer of VGG costs as much after a pool as before it. The bottleneck
# works on four times as many channels as the basic block for slightly less, 17 against 18. With as many groups as
# channels, a $3 \times 3$ convolution costs next to nothing, and mixes no channels either.

# %% [markdown] id="table"
# ## 4. The table that fills itself
#
# A network is a chain: what one layer gives out is what the next one gets. Walk along the chain, write down a row for
# each layer, and add up the columns.
#
# **Task.** Write `network_table` in `architectures.py`.

# %%
check("architectures.network_table")

# %% [markdown]
# **Experiment.** AlexNet, as one tower, with the lecture's table at its right. The slide counts parameters in
# thousands and multiply-adds in millions. Compare them row by row. Two numbers on the slide are wrong.

# %% id="alexnet-experiment"
layers, shape = alexnet()
rows, totals = arch.network_table(layers, shape)
CostTable(rows, totals, slide=SLIDES["AlexNet"])

# %% [markdown]
# All other rows should agree, once you know how the slide rounds and that its fc7 and fc8 leave out their biases. But
# the sums do not: yours are over all rows. Which rows did the lecture add up?

# %% id="sums-experiment"
for kinds in (("conv",), ("conv", "linear"), ("conv", "linear", "max_pool", "flatten")):
    chosen = [row for layer, row in zip(layers, rows, strict=True) if layer["kind"] in kinds]
    memory, parameters, operations = (
        sum(row[k] for row in chosen) for k in ("memory_kb", "parameters", "multiply_adds")
    )
    sums = f"{memory / 1024:.2f} MB, {parameters / 1e6:.2f} M parameters, {operations / 1e9:.3f} G multiply-adds"
    print(f"{' + '.join(kinds):35} {sums}")

# %% [markdown]
# **Experiment.** The same for the stem of GoogLeNet, which brings 224 pixels down to 28 with little effort. Does the
# last line of the slide hold?

# %% id="stem-experiment"
CostTable(*arch.network_table(*googlenet_stem()), slide=SLIDES["GoogLeNet's stem"])

# %% [markdown]
# Here all rows should agree, and memory and parameters also in the last line; this time the pools are in the sum. The
# multiply-adds are not what the rows add up to, with or without pools.
#
# **Experiment.** VGG-16. The lecture says 48.6 MB, 138 M parameters and 13.6 G multiply-adds. Add up your own table,
# over the convolutions for the memory and over the convolutions and linear layers for the rest, as it does.


# %% id="vgg-setup"
def vgg_sums(layers, shape):
    """Memory of the convolutions, parameters and multiply-adds of all layers with weights, in words."""
    rows, _ = arch.network_table(layers, shape)
    memory = sum(row["memory_kb"] for row in rows if row["name"].startswith("conv"))
    weighted = [row for row in rows if row["parameters"]]
    parameters, operations = (sum(row[k] for row in weighted) for k in ("parameters", "multiply_adds"))
    return f"{memory / 1024:6.2f} MB {parameters / 1e6:8.2f} M {operations / 1e9:7.2f} G"


# %% id="vgg-experiment"
layers, shape = vgg("D")
print("the slide:        " + "     ".join(SLIDES["VGG-16"]["together"]))
print("VGG-16:         ", vgg_sums(layers, shape))
for config in "ABCE":
    print(f"configuration {config}:", vgg_sums(*vgg(config)))

# %% [markdown]
# The paper's parameters, in millions, are 133, 133, 134, 138 and 144 for A to E, and yours should be the same. But
# memory and multiply-adds of VGG-16 are not the slide's, and no other configuration has them. Something is missing.
# What, if one layer is left out?

# %% id="left-out-experiment"
for left_out in [layer["name"] for layer in layers if layer["name"].startswith("conv")]:
    rest = [layer for layer in layers if layer["name"] != left_out]
    print(f"without {left_out}: {vgg_sums(rest, shape)}")

# %% [markdown]
# Most of these lines should have the slide's 13.6 G: half the size and twice the channels, so nearly every layer of VGG
# costs the same. The operations alone do not tell what is missing. Which lines give all three numbers, rounded?

# %% [markdown] id="slips-words"
# ### In words: the slips
#
# (a) Two numbers in the table of AlexNet are wrong. Which, what are they in truth (show the product), and what probably
# happened? (b) The first row says 56. Under which settings is that right, and under which would it be the paper's 55?
# What is odd about the paper's own 224? (c) Where does VGG-16's line come from, and why did nobody notice it in the
# number of parameters? (d) What is wrong in the last line of the stem, and by how much? Five to eight sentences.

# %% [markdown] written="architectures.inline_slips"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) conv4 has $256 \cdot 13^2 \cdot 384 \cdot 3^2 = 149{,}520{,}384$ multiply-adds, 149.5 M and not 145 M: probably
# a digit lost in copying. fc6 has $9216 \cdot 4096 + 4096 = 37{,}752{,}832$ parameters; the slide's 37,725,832 has two
# digits swapped.
#
# (b) 56 comes out for 227 pixels with a padding of 2: $\lfloor (227 + 4 - 11) / 4 \rfloor + 1 = 56$. It is 55 for 227
# without padding, or for 224 with a padding of 2: the slide mixes the two, and its 784 KB and 73 M follow from it
# (756 KB and 70.3 M for 55). 224 pixels without padding, as in the paper, give 54: $\lfloor 213 / 4 \rfloor + 1$.
#
# (c) The slide left out one convolution with 256 channels in the third stage (2, 2, 2, 3, 3 in place of 2, 2, 3, 3, 3):
# with one of conv3_1 to conv3_3 left out it is 48.62 MB and 13.62 G. VGG-16 has 51.68 MB and 15.47 G. In the
# parameters the layer is 0.59 M of 138.36 M, and 137.77 M is also rounded to 138 M.
#
# (d) The convolutions of the stem add up to 478 M multiply-adds (481 M with the pools), 60 M more than the slide's
# 418 M: one digit.
#
# *Points: 1 for (a), with both products; 1 for (b); 1 for (c) and (d), with the layer that is missing.*
# ### END SOLUTION

# %% [markdown] id="where"
# ## 5. Where do the costs sit?
#
# **Experiment.** Share of each layer in the memory, the multiply-adds and the parameters of AlexNet and of VGG-16.

# %% id="where-experiment"
tables = {name: arch.network_table(*network) for name, network in (("AlexNet", alexnet()), ("VGG-16", vgg("D")))}
for name, key, unit in (
    ("MB of memory", "memory_kb", 1024),
    ("M parameters", "parameters", 1e6),
    ("G multiply-adds", "multiply_adds", 1e9),
):
    small, large = (totals[key] / unit for _, totals in tables.values())
    print(f"{name:15} {small:6.2f} and {large:6.2f}: {large / small:.1f} times as much")

# %% id="where-plot"
profiles = {name: rows for name, (rows, _) in tables.items()}
cost_profiles(profiles, title="Memory sits early, parameters in fc6, operations in the convolutions")

# %% [markdown]
# In both networks the memory should sit in the first layers, where the images are large, more than half of the
# parameters in one linear layer, fc6, and nearly all operations in the convolutions. VGG-16 costs some twenty times the
# memory and the operations of AlexNet, but only about twice the parameters. So advice of the kind "use fewer layers"
# depends on what you are short of: to save parameters, change the *end* of the network (GoogLeNet and ResNet average
# over the whole image, where AlexNet and VGG have fc6 and fc7); to save memory, shrink the image *early* (as the stem
# of GoogLeNet does); to save time, look at the convolutions in the *middle*.
#
# **Experiment.** What does that advice bring? VGG-16 with a global average pool in place of flatten, fc6 and fc7.

# %% id="pooled-experiment"
layers, shape = vgg("D")
convolutions = [layer for layer in layers if layer["kind"] in ("conv", "max_pool")]
end = [{"kind": "global_avg_pool"}, {"kind": "flatten"}, {"kind": "linear", "features": 1000, "name": "fc"}]
for name, network in (("VGG-16", layers), ("with a global pool", [*convolutions, *end])):
    _, totals = arch.network_table(network, shape)
    parameters, operations = totals["parameters"] / 1e6, totals["multiply_adds"] / 1e9
    print(f"{name:20} {parameters:7.2f} M parameters, {operations:6.2f} G multiply-adds")

# %% [markdown]
# Nine tenths of the parameters should be gone, and the operations nearly all be left.
#
# ### Look around
#
# The explorer counts whole networks, branches and shortcuts included, and shows them layer by layer or as a diagram.
# (It leaves pools out of the multiply-adds, and layers that can work in place out of the memory.) Where does DenseNet
# keep its memory? What does SqueezeNet save, and what not? Which network has the most even bars?

# %% id="explorer"
architecture_explorer(model="SqueezeNet 1.1")

# %% [markdown] id="next"
# ## What next?
#
# You can say what a network costs. What it is worth is another question: in the next notebook, `architectures`, you
# build LeNet, VGG, Inception and the ResNets, and see what each generation bought for its multiply-adds.

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
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="accounting")
